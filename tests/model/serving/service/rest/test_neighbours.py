"""The body of a question for neighbours; what is answered is tested in ../test_neighbours.py."""

import json

import pytest

from model.serving.service.refusals import Code, RefusedError
from model.serving.service.rest.neighbours import Question, check_space, read_question
from model.serving.service.settings import ServeSettings
from model.serving.vectors.space import VectorSpace

SETTINGS = ServeSettings(request_rows=20_000)
SPACE = VectorSpace("a" * 16, "b" * 16, 3, True, ["x"], {"x": "FLOAT"})


def read(**body):
    return read_question(json.dumps(body).encode(), SETTINGS)


def refused(**body):
    with pytest.raises(RefusedError) as caught:
        read(**body)
    assert caught.value.code is Code.INVALID_ARGUMENT
    return caught.value.message


def test_what_is_not_said_is_as_usual():
    assert read(keys=["a"]) == Question("keys", ["a"], 10, 0, None, None)


def test_all_may_be_said():
    found = read(instances=[{}], limit=1000, offset=9000, filter={"a": 1}, fingerprint="x")
    assert found == Question("instances", [{}], 1000, 9000, {"a": 1}, "x")


@pytest.mark.parametrize(
    "kinds", [{}, {"keys": [1], "vectors": [[1]]}, {"keys": [1], "instances": [1]}]
)
def test_one_kind_of_query_is_asked(kinds):
    message = refused(**kinds)
    assert message.startswith("the body must have exactly one of the keys for what is looked for\n")
    assert "  allowed:  instances, keys, vectors" in message


@pytest.mark.parametrize("queries", [[], "a", {"a": 1}, None])
def test_queries_are_a_list_that_is_not_empty(queries):
    assert refused(keys=queries).startswith("keys must be a list with at least one row")


@pytest.mark.parametrize("limit", [0, 1001, -1, 1.0, True, "10", None])
def test_a_limit_out_of_bounds_is_refused(limit):
    message = refused(keys=["a"], limit=limit)
    assert message.startswith("limit must be a whole number within its bounds\n")
    assert "  allowed:  1 to 1000\n" in message
    assert f"  received: {limit!r}" in message


@pytest.mark.parametrize(("offset", "limit"), [(-1, 10), (9_991, 10), (9_001, 1_000), (0.5, 10)])
def test_an_offset_out_of_bounds_is_refused(offset, limit):
    message = refused(keys=["a"], offset=offset, limit=limit)
    assert message.startswith("offset must be a whole number within its bounds\n")
    assert f"  allowed:  0 to {10_000 - limit}: offset and limit are no more than 10000" in message


def test_all_queries_together_look_for_so_many_rows_at_most():
    assert read(keys=["a"] * 10, offset=9_000, limit=1_000).offset == 9_000
    message = refused(keys=["a"] * 11, offset=9_000, limit=1_000)
    assert message.startswith("the queries of a request may not look for more rows than allowed\n")
    assert "  received: 11 queries for 10000 each\n" in message


def test_more_queries_than_rows_of_a_request_are_refused():
    message = refused(keys=["a"] * 20_001, limit=1)
    assert message.startswith("a request may have no more rows than allowed")


@pytest.mark.parametrize("wanted", [[], "a", 1])
def test_a_filter_is_an_object(wanted):
    assert refused(keys=["a"], filter=wanted).startswith("filter must be an object")


def test_a_key_that_is_misspelled_is_named():
    message = refused(keys=["a"], filters={})
    assert message.startswith("the body must have no other keys than")
    assert message.endswith("do:       did you mean 'filter'?")


def test_a_fingerprint_is_text():
    assert refused(keys=["a"], fingerprint=5).startswith("fingerprint must be a text")


@pytest.mark.parametrize("kind", ["instances", "keys"])
def test_rows_and_keys_need_no_fingerprint_but_may_not_have_another(kind):
    check_space(read(**{kind: ["a"]}), SPACE)
    check_space(read(**{kind: ["a"], "fingerprint": "a" * 16}), SPACE)
    with pytest.raises(RefusedError) as caught:
        check_space(read(**{kind: ["a"], "fingerprint": "c" * 16}), SPACE)
    assert "a" * 16 in caught.value.message
    assert "c" * 16 in caught.value.message


@pytest.mark.parametrize(("said", "shown"), [({"fingerprint": "c" * 16}, "c" * 16), ({}, "none")])
def test_vectors_say_of_which_space_they_are(said, shown):
    check_space(read(vectors=[[1, 2, 3]], fingerprint="a" * 16), SPACE)
    with pytest.raises(RefusedError) as caught:
        check_space(read(vectors=[[1, 2, 3]], **said), SPACE)
    assert caught.value.code is Code.INVALID_ARGUMENT
    assert f"  allowed:  {'a' * 16}, the fingerprint of the model's vectors" in caught.value.message
    assert f"  received: {shown}, that of the vectors of the request" in caught.value.message
