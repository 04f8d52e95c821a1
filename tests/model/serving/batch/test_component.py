"""BatchPredict, on artifacts and in a pipeline."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from echo_model import save_echo
from example_files import write_split
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.dsl.components.common.importer import Importer
from tfx.orchestration.local.local_dag_runner import LocalDagRunner
from tfx.orchestration.metadata import sqlite_metadata_connection_config
from tfx.orchestration.pipeline import Pipeline
from tfx.types.standard_artifacts import Examples, Model, ModelBlessing, PushedModel, Schema

from model.artifacts import Predictions
from model.serving.batch.component import BatchPredict, Executor
from model.serving.predict import predict_rows
from zeroskew.artifacts import ABSENT
from zeroskew.errors import DataError, SettingsError

ROWS: Mapping[str, Any] = {
    "id": pa.array([2**60 + 1, None, 3, 4]),
    "fare": pa.array([1.5, None, 2.5, 3.5], pa.float32()),
    "company": pa.array([b"a", "ü".encode(), None, b"d"]),
    "tags": pa.array([[b"a", b"b"], None, [], [b"c"]], pa.list_(pa.binary())),
}
SCHEMA = """
feature { name: "id" type: INT value_count { min: 0 max: 1 } }
feature { name: "company" type: BYTES value_count { min: 0 max: 1 } }
feature { name: "tags" type: BYTES value_count { min: 1 } }
feature { name: "never" type: FLOAT value_count { min: 0 max: 1 } }
"""


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    return save_echo(folder / "Format-Serving", lists=True)


@pytest.fixture
def examples(tmp_path: Path) -> Examples:
    batch = pa.RecordBatch.from_pydict(dict(ROWS))
    write_split(tmp_path, "train", 0, batch.slice(0, 3))
    write_split(tmp_path, "train", 1, batch.slice(3, 1))
    write_split(tmp_path, "eval", 0, batch.slice(1, 1))
    write_split(tmp_path, "none", 0, None)
    found = Examples()
    found.uri = str(tmp_path)
    found.splits = ["train", "eval", "none"]
    return found


@pytest.fixture
def schema(tmp_path: Path) -> Schema:
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "schema.pbtxt").write_text(SCHEMA)
    assert text_format.Parse(SCHEMA, schema_pb2.Schema()).feature
    found = Schema()
    found.uri = str(tmp_path / "schema")
    return found


def artifact(kind: type[Any], uri: Path, **properties: int | str) -> Any:
    found = kind()
    found.uri = str(uri)
    for name, value in properties.items():
        if isinstance(value, int):
            found.set_int_custom_property(name, value)
        else:
            found.set_string_custom_property(name, value)
    return found


def predict(
    target: Path, keys: str = "[]", splits: str = "[]", **inputs: Any
) -> tuple[Predictions, dict[str, list[dict[str, Any]]]]:
    """Runs the executor; returns its artifact and the rows of each split."""
    predictions = artifact(Predictions, target)
    Executor().Do(
        {name: [one] for name, one in inputs.items()},
        {"predictions": [predictions]},
        {"keys": keys, "splits": splits},
    )
    files = {file.parent.name: pq.read_table(file) for file in target.rglob("*.parquet")}
    return predictions, {name.removeprefix("Split-"): t.to_pylist() for name, t in files.items()}


def test_each_split_has_a_line_for_each_example_with_its_number(
    tmp_path: Path, echo: Path, examples: Examples
) -> None:
    model = artifact(Model, echo.parent)
    predictions, found = predict(tmp_path / "out", examples=examples, model=model)
    rows = [
        dict(zip(ROWS, values, strict=True))
        for values in zip(*(one.to_pylist() for one in ROWS.values()), strict=True)
    ]
    answers = predict_rows(echo, rows)
    identity = {"model_version": None, "model_fingerprint": None}
    expected = {
        "train": [{"row": row, **one, **identity} for row, one in enumerate(answers)],
        "eval": [{"row": 0, **answers[1], **identity}],
        "none": [],
    }
    np.testing.assert_equal(found, expected)
    assert predictions.split_names == '["train", "eval", "none"]'
    assert predictions.get_int_custom_property("rows_train") == 4


def test_keys_are_what_the_schema_says_they_are(
    tmp_path: Path, echo: Path, examples: Examples, schema: Schema
) -> None:
    version = tmp_path / "1764000000"
    version.symlink_to(echo)
    pushed = artifact(PushedModel, tmp_path, pushed=1, pushed_destination=str(version))
    _, found = predict(
        tmp_path / "out",
        keys='["id", "tags", "never"]',
        splits='["train"]',
        examples=examples,
        pushed_model=pushed,
        schema=schema,
    )
    assert [*found] == ["train"]
    names = ("id", "tags", "never", "model_version")
    assert [tuple(row[name] for name in names) for row in found["train"]] == [
        (2**60 + 1, ["a", "b"], None, 1764000000),
        (None, [], None, 1764000000),
        (3, [], None, 1764000000),
        (4, ["c"], None, 1764000000),
    ]


@pytest.mark.parametrize(
    "inputs",
    [
        {"model_blessing": artifact(ModelBlessing, Path("nowhere"), blessed=0)},
        {"pushed_model": artifact(PushedModel, Path("nowhere"), pushed=0)},
    ],
)
def test_a_model_that_was_not_blessed_or_pushed_is_not_asked(
    tmp_path: Path, echo: Path, examples: Examples, inputs: dict[str, Any]
) -> None:
    model = artifact(Model, echo.parent)
    predictions, found = predict(tmp_path / "out", examples=examples, model=model, **inputs)
    assert (predictions.get_int_custom_property(ABSENT), found) == (1, {})


@pytest.mark.parametrize(
    ("options", "error", "rule", "received"),
    [
        (
            {"keys": '["idd"]'},
            SettingsError,
            "a key of BatchPredict is a column of the schema that it is given",
            "'idd'",
        ),
        (
            {"splits": '["trian"]'},
            SettingsError,
            "a split of BatchPredict is one of its examples",
            "'trian'",
        ),
    ],
)
def test_a_key_and_a_split_must_be_known(
    tmp_path: Path,
    echo: Path,
    examples: Examples,
    schema: Schema,
    options: dict[str, str],
    error: type[Exception],
    rule: str,
    received: str,
) -> None:
    inputs = {"examples": examples, "model": artifact(Model, echo.parent), "schema": schema}
    with pytest.raises(error) as caught:
        predict(tmp_path / "out", **options, **inputs)
    assert (caught.value.rule, caught.value.received) == (rule, received)


@pytest.mark.parametrize(
    ("column", "keys", "reason"),
    [
        ({"fare": pa.array([[1.0], [1.0, 2.0]])}, "[]", "the example 1 of the split: fare holds"),
        ({"id": pa.array([[1], [1, 2]])}, '["id"]', "several values of the key 'id'"),
        ({"company": pa.array([b"a", b"\xff"])}, '["company"]', "company is not UTF-8"),
    ],
)
def test_an_example_that_cannot_be_taken_is_an_error(
    tmp_path: Path, echo: Path, schema: Schema, column: dict[str, Any], keys: str, reason: str
) -> None:
    write_split(tmp_path, "all", 0, pa.RecordBatch.from_pydict(column))
    examples = artifact(Examples, tmp_path)
    examples.splits = ["all"]
    inputs = {"examples": examples, "model": artifact(Model, echo.parent), "schema": schema}
    with pytest.raises(DataError, match=reason):
        predict(tmp_path / "out", keys=keys, **inputs)


def test_it_runs_in_a_pipeline(tmp_path: Path, echo: Path, examples: Examples) -> None:
    rows = Importer(
        source_uri=examples.uri,
        artifact_type=Examples,
        properties={"split_names": examples.split_names},
    ).with_id("Rows")
    trained = Importer(source_uri=str(echo.parent), artifact_type=Model).with_id("Trained")
    step = BatchPredict(
        examples=rows.outputs["result"], model=trained.outputs["result"], splits=["eval"]
    )
    database = str(tmp_path / "metadata.sqlite")
    LocalDagRunner().run(
        Pipeline(
            pipeline_name="batch",
            pipeline_root=str(tmp_path / "root"),
            components=[rows, trained, step],
            metadata_connection_config=sqlite_metadata_connection_config(database),
        )
    )
    (file,) = (tmp_path / "root" / "BatchPredict" / "predictions").rglob("*.parquet")
    assert (file.parent.name, pq.read_table(file).num_rows) == ("Split-eval", 1)
