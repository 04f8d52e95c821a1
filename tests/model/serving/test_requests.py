"""The requests beside a model are such as the model answers."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from model.feature_engineering.columns import Column
from model.feature_engineering.typical_row import typical_row
from model.serving.predict import predict_with
from model.serving.requests import EXAMPLE, REQUEST, ROW_SCHEMA, WARMUP, row_schema, write_requests

COLUMNS = [
    Column("annual income", "FLOAT"),
    Column("rooms", "INT"),
    Column("größe", "BYTES"),
    Column("tags", "BYTES", None),
    Column("vector", "FLOAT", 2),
]
ROW = {"annual income": 1.5, "rooms": 3, "größe": "groß", "tags": ["a"], "vector": [0.5, 1.0]}


@pytest.fixture(scope="module")
def asked(world, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with requests for the model of all kinds."""
    folder = tmp_path_factory.mktemp("asked")
    columns = [world.columns[name] for name in world.features.sources]
    write_requests(str(folder), columns, typical_row(None, columns))
    return folder


def test_the_request_is_answered(asked: Path, saved_model: Any) -> None:
    request = json.loads((asked / REQUEST).read_text(encoding="utf-8"))
    assert request["signature_name"] == "serving_columns"
    (answer,) = predict_with(saved_model, request["instances"])
    assert 0.0 < answer["probability"] < 1.0


def test_the_example_says_what_the_request_says(asked: Path, saved_model: Any) -> None:
    request = json.loads((asked / REQUEST).read_text(encoding="utf-8"))
    (answer,) = predict_with(saved_model, request["instances"])
    example = np.array([(asked / EXAMPLE).read_bytes()], object)
    served = saved_model.call("serving_default", {"examples": example})["probability"]
    assert served.tolist() == pytest.approx([answer["probability"]], abs=1e-6)


def test_each_first_request_of_a_server_is_answered(asked: Path, saved_model: Any) -> None:
    records = [*tf.data.TFRecordDataset(str(asked / WARMUP)).as_numpy_iterator()]
    found = []
    for record in records:
        request = prediction_log_pb2.PredictionLog.FromString(record).predict_log.request
        inputs = {name: tf.make_ndarray(one) for name, one in request.inputs.items()}
        answers = saved_model.call(request.model_spec.signature_name, inputs)["probability"]
        found.append((request.model_spec.signature_name, len(answers), len(set(answers.tolist()))))
    assert found == [
        ("serving_default", 1, 1),
        ("serving_columns", 1, 1),
        ("serving_default", 32, 1),
        ("serving_columns", 32, 1),
    ]


def test_the_schema_of_a_row_holds_for_the_typical_one(asked: Path) -> None:
    schema = json.loads((asked / ROW_SCHEMA).read_text(encoding="utf-8"))
    (row,) = schema["examples"]
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    validator.validate(row)


@pytest.mark.parametrize(
    "changed",
    [
        {"annual income": None},
        {"rooms": None, "größe": None, "tags": None, "vector": None},
        {"tags": []},
        {"another": 1},
    ],
)
def test_a_value_may_be_missing(changed: dict[str, Any]) -> None:
    jsonschema.validate({**ROW, **changed}, row_schema(COLUMNS, ROW))
    jsonschema.validate({}, row_schema(COLUMNS, ROW))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("annual income", "1.5"),
        ("rooms", 1.5),
        ("rooms", 2**63),
        ("größe", 3),
        ("tags", "a"),
        ("tags", [1]),
        ("vector", [1.0]),
        ("vector", [1.0, "a"]),
    ],
)
def test_another_type_is_refused_where_it_stands(name: str, value: Any) -> None:
    with pytest.raises(jsonschema.ValidationError) as caught:
        jsonschema.validate({**ROW, name: value}, row_schema(COLUMNS, ROW))
    assert caught.value.absolute_path[0] == name
