"""`:neighbours`, asked of a service that runs as a process."""

import httpx
import numpy as np
import pytest
from vector_questions import LIST, QUERY, assert_nearest, found, post, refused

from model.serving.vectors.space import read_space


@pytest.fixture(scope="module")
def client(searched):
    with httpx.Client(base_url=searched.rest, timeout=30) as one:
        yield one


def test_neighbours_of_rows_are_those_that_comparing_with_each_finds(client, spaces, first):
    fingerprint, vectors = first
    rows = [QUERY, {"company": None, "fare": 20.0}]
    code, answer = post(client, "neighbours", instances=rows, limit=7)
    assert code == 200
    (embedded,) = [post(client, "embed", instances=rows)[1]["embeddings"]]
    for neighbours, query in zip(answer.pop("neighbours"), embedded, strict=True):
        assert len(neighbours) == 7
        assert_nearest(neighbours, vectors, np.array(query))
    assert answer == {
        "metric": "cosine",
        "fingerprint": fingerprint,
        "model_version": "1",
        "index_version": "10",
    }


def test_a_neighbour_has_what_stands_beside_its_vector(client):
    ((one,),) = found(client, keys=["row-6"], limit=1)
    assert one["key"] == "row-6"
    assert one["score"] == pytest.approx(1.0, abs=1e-6)
    assert one["columns"] == {"company": "Ada", "fare": 9.2, "month": 7}
    ((one,),) = found(client, keys=["row-5"], limit=1, filter={"id": "row-5"})
    assert one["columns"]["fare"] is None


@pytest.mark.parametrize("count", [1, 30])
def test_neighbours_of_keys_are_those_of_their_vectors(client, first, count):
    _, vectors = first
    some = found(client, keys=[f"row-{place}" for place in range(count)])
    assert len(some) == count
    for place, neighbours in enumerate(some):
        assert len(neighbours) == 10
        assert_nearest(neighbours, vectors, vectors[place])


def test_vectors_of_the_space_are_compared_whatever_their_length(client, first):
    fingerprint, vectors = first
    query = (3.0 * vectors[9]).tolist()
    (neighbours,) = found(client, vectors=[query], fingerprint=fingerprint)
    assert_nearest(neighbours, vectors, vectors[9])


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ({"company": "Red"}, lambda row: row["company"] == "Red"),
        ({"company": ["Red", "Ada"]}, lambda row: row["company"] in ("Red", "Ada")),
        ({"fare": {"min": 10, "max": 20.5}}, lambda row: 10 <= (row["fare"] or 0) <= 20.5),
        ({"month": {"min": 11}, "company": "Ada"}, lambda row: row["month"] == 11),
        ({"company": "Green"}, lambda row: False),
        ({}, lambda row: True),
    ],
)
def test_a_filter_leaves_the_nearest_of_those_that_have_what_it_wants(
    client, first, wanted, chosen
):
    _, vectors = first
    left = [place for place, row in enumerate(LIST) if chosen(row)]
    (neighbours,) = found(client, keys=["row-3"], limit=100, filter=wanted)
    assert len(neighbours) == len(left)
    assert_nearest(neighbours, vectors, vectors[3], left)


def test_pages_end_to_end_are_one_long_page(client):
    pages = [
        one
        for offset in range(0, 50, 7)
        for one in found(client, keys=["row-3"], limit=7, offset=offset)[0]
    ]
    (whole,) = found(client, keys=["row-3"], limit=1000)
    assert pages == whole
    assert len(whole) == 40
    assert found(client, keys=["row-3"], limit=10, offset=9_990) == [[]]


@pytest.mark.parametrize(
    ("vector", "text"),
    [
        ([1.0], "a list of 1"),
        ("DIMENSION+1", "a list of "),
        ([True], "a list of 1"),
        ("a", "'a'"),
        (None, "None"),
        ("TEXT", "a list with 'x'"),
        ("BOOLEAN", "a list with True"),
        ("NAN", "a vector of length nan"),
        ("INFINITY", "a vector of length inf"),
        ("HUGE", "a vector of length inf"),
        ("ZERO", "a vector of length 0"),
    ],
)
def test_what_is_no_vector_is_refused_with_its_place(client, first, vector, text):
    fingerprint, vectors = first
    size = vectors.shape[1]
    ones = [1.0] * (size - 1)
    made = {
        "DIMENSION+1": [1.0] * (size + 1),
        "TEXT": [*ones, "x"],
        "BOOLEAN": [*ones, True],
        "NAN": [*ones, float("nan")],
        "INFINITY": [*ones, float("inf")],
        "HUGE": [*ones, 1e300],
        "ZERO": [0] * size,
    }
    query = made.get(vector, vector) if isinstance(vector, str) else vector
    body = {"vectors": [vectors[0].tolist(), query], "fingerprint": fingerprint}
    code, error = refused(client, **body)
    assert code == 400
    assert error.startswith(("vectors[1] must be a vector ", "vectors[1] must have a vector "))
    assert f"received: {text}" in error


def test_vectors_of_another_space_are_refused_with_both_fingerprints(client, first, spaces):
    fingerprint, vectors = first
    other = read_space(spaces["second"]).fingerprint
    code, error = refused(client, vectors=vectors[:1].tolist(), fingerprint=other)
    assert code == 400
    assert f"allowed:  {fingerprint}, " in error
    assert f"received: {other}, " in error
    code, error = refused(client, vectors=vectors[:1].tolist())
    assert code == 400
    assert f"allowed:  {fingerprint}, " in error
    assert "received: none, " in error
    assert refused(client, keys=["row-1"], fingerprint=other)[0] == 400
    assert len(found(client, keys=["row-1"], fingerprint=fingerprint)) == 1


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({"keys": ["row-40"]}, 404, "a key is that of a row in the index"),
        ({"keys": ["row-1"] * 20 + ["x"]}, 404, "a key is that of a row in the index"),
        ({"keys": [7]}, 404, "a key is that of a row in the index"),
        ({"keys": ["row-1", None]}, 400, "keys[1] must be the key of a row in the index"),
        ({"keys": [True]}, 400, "keys[0] must be the key of a row in the index"),
        ({"keys": [["row-1"]]}, 400, "keys[0] must be the key of a row in the index"),
        ({"instances": [{"fair": 1}]}, 400, "the columns of row 0 must be those of"),
        ({"instances": [{}], "keys": ["row-1"]}, 400, "the body must have exactly one of"),
        ({"keys": ["row-1"], "limit": 1001}, 400, "limit must be a whole number"),
        ({"keys": ["row-1"], "offset": 9991}, 400, "offset must be a whole number"),
        ({"keys": ["row-1"], "filter": {"compani": "Red"}}, 400, "a filter names columns"),
        ({"keys": ["row-1"], "filter": {"month": "x"}}, 400, "a filter of 'month' holds values"),
        ({"keys": ["row-1"], "filter": {"month": {"least": 1}}}, 400, "a filter of 'month' holds"),
        ({"keys": ["row-1"], "filter": {"month": None}}, 400, "a filter of 'month' holds"),
    ],
)
def test_a_wrong_question_is_refused(client, body, code, text):
    assert refused(client, **body)[0] == code
    assert refused(client, **body)[1].startswith(text)
