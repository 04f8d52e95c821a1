import base64
import json

import numpy as np
import pytest
from served import ROW

from model.serving.service.engine.answers import split
from model.serving.service.refusals import RefusedError
from model.serving.service.rest.predict import read_predict, write_predict
from model.serving.service.settings import ServeSettings

SETTINGS = ServeSettings(request_rows=5)
COLUMNS = "company, fare, month, tags, vector"


def read(loaded, body, unknown="refuse"):
    counted = []
    settings = SETTINGS.model_copy(update={"unknown_columns": unknown})
    asked = read_predict(json.dumps(body).encode(), loaded, settings, counted.append)
    return asked, counted


def answered(loaded, body, unknown="refuse"):
    asked, _ = read(loaded, body, unknown)
    outcome = asked.signature.answer([asked.request])
    (answer,) = split(outcome.outputs, [asked.request.count])
    return json.loads(write_predict(answer, asked.by_row))


def by_columns(**inputs):
    return {"signature_name": "serving_columns", "inputs": inputs}


def by_rows(*rows):
    return {"signature_name": "serving_columns", "instances": rows}


def test_rows_and_columns_are_answered_alike(loaded):
    rows = [ROW, {"fare": 2.0, "tags": ["x"]}, {"company": {"b64": "w7w="}, "vector": None}]
    found = answered(loaded, by_rows(*rows))["predictions"]
    assert [one["double"] for one in found] == [3.0, 4.0, None]
    assert [one["name"] for one in found] == ["Blue", "", "ü"]
    assert [one["tags"] for one in found] == [2, 1, 0]
    assert [one["vector"] for one in found] == [[1.0, 0.5], [None, None], [None, None]]
    columns = {name: [row.get(name) for row in rows] for name in ROW}
    outputs = answered(loaded, by_columns(**columns))["outputs"]
    assert outputs == {name: [one[name] for one in found] for name in found[0]}


def test_the_second_of_two_rows_alike_is_checked_as_well(loaded):
    for _ in range(2):
        read(loaded, by_rows(ROW))
    with pytest.raises(RefusedError, match=r"instances\[0\]\.month"):
        read(loaded, by_rows({**ROW, "month": 2**63}))
    with pytest.raises(RefusedError, match=r"instances\[0\]\.fare"):
        read(loaded, by_rows({**ROW, "fare": "1"}))


def test_an_error_names_row_and_column_and_shows_a_row(loaded):
    with pytest.raises(RefusedError) as caught:
        read(loaded, by_rows(ROW, {**ROW, "fare": "cheap"}))
    assert caught.value.message == (
        "instances[1].fare does not fit its column\n"
        "  allowed:  a number, or null\n"
        "  received: 'cheap'\n"
        f"  do:       send rows such as {json.dumps(ROW)}"
    )
    with pytest.raises(RefusedError) as caught:
        read(loaded, by_columns(fare=[1.0, 2.0], vector=[[1.0, 2.0], [1.0]]))
    assert caught.value.message.startswith("inputs.vector[1] does not fit its column")


@pytest.mark.parametrize(
    ("body", "rule", "received"),
    [
        ({}, "the body must have the key 'instances'", "no key"),
        ({"instances": []}, "instances must be a list with at least one row", "[]"),
        ({"instances": [ROW] * 6}, "a request may have no more rows than allowed", "6"),
        (by_columns(fare=[1.0] * 6), "a request may have no more rows than allowed", "6"),
        ({"instances": [1], "inputs": [1]}, "the body must have one of the keys", None),
        ({"signature_name": 1, "instances": [1]}, "signature_name must be a text", "int"),
        ({"signature_name": "x", "instances": [1]}, "signature_name must name a signature", "x"),
        (by_rows(1), "instances[0] must be an object with the inputs of 'serving_columns'", "1"),
        (by_rows(ROW, [1]), "instances[1] must be an object", "[1]"),
        (by_rows({"fair": 1.0}), "the columns of row 0 must be those of the signature", "fair"),
        ({"instances": [ROW]}, "the columns of row 0 must be those of the signature", COLUMNS),
        (by_columns(fare=[1.0], month=[1, 2]), "each of the inputs must be a list", "fare with 1"),
        (by_columns(fare=1.0), "each of the inputs must be a list", "fare with 0"),
        (by_columns(fare=[]), "each of the inputs must be a list", "fare with 0"),
        (by_columns(), "each of the inputs must be a list", "no input"),
        ({"signature_name": "serving_columns", "inputs": [1]}, "inputs must be an object", "[1]"),
        (
            {"signature_name": "tensors", "instances": [{"image": [[1, 2], [3, 4]]}]},
            "the columns of row 0 must be those of the signature 'tensors'",
            "no times",
        ),
    ],
)
def test_a_wrong_body_is_refused_with_what_was_received(loaded, body, rule, received):
    with pytest.raises(RefusedError) as caught:
        read(loaded, body)
    assert caught.value.message.startswith(rule)
    assert received is None or f"  received: {received}" in caught.value.message
    assert caught.value.http == 400


def test_other_columns_are_refused_or_ignored_and_counted(loaded):
    row = {**ROW, "tip": 1.0}
    assert answered(loaded, by_rows(row), "ignore") == answered(loaded, by_rows(ROW))
    _, counted = read(loaded, by_rows(row, ROW, row), "ignore")
    assert counted == [2]
    with pytest.raises(RefusedError, match="did you mean 'tags'"):
        read(loaded, by_rows({**ROW, "tag": 1.0}))


def test_a_misplaced_row_of_columns_is_sent_to_its_signature(loaded):
    with pytest.raises(RefusedError, match='send "signature_name": "serving_columns"'):
        read(loaded, {"instances": [ROW]})


def test_the_only_input_needs_no_name_and_the_only_output_gets_none(loaded, place):
    example = (place / "3" / "assets.extra" / "example.pb").read_bytes()
    sent = {"b64": base64.b64encode(example).decode()}
    for body in ({"instances": [sent, sent]}, {"instances": [{"examples": sent}] * 2}):
        assert answered(loaded, body) == {"predictions": [3.0, 3.0]}
    for inputs in ([sent, sent], {"examples": [sent, sent]}):
        assert answered(loaded, {"inputs": inputs}) == {"outputs": [3.0, 3.0]}


def test_inputs_without_rows_are_asked_by_columns(loaded):
    body = {"signature_name": "tensors", "inputs": {"image": [[[1, 2], [3, 4]]], "times": 2.0}}
    assert answered(loaded, body) == {
        "outputs": {"image": [[[1.0, 2.0], [3.0, 4.0]]], "sum_bytes": [{"b64": "MjAuMDAwMDAw"}]}
    }


def test_an_answer_by_rows_needs_rows():
    (answer,) = split({"a": np.zeros(2), "b": np.zeros(3)}, [2])
    with pytest.raises(RefusedError, match="send 'inputs' instead of 'instances'"):
        write_predict(answer, by_row=True)
