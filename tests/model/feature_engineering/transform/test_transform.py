"""Our Transform against TFX's own, on the same files."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pyarrow as pa
import tensorflow_transform as tft
from example_files import write_split
from google.protobuf import text_format
from made_up_columns import rows_of
from tensorflow_metadata.proto.v0 import anomalies_pb2, statistics_pb2
from tfx.components.transform import executor as stock
from tfx.types import standard_artifacts
from tfx.types import standard_component_specs as specs
from tfx.types.channel_utils import as_channel
from transform_runs import FEATURES, FUNCTION, SCHEMA, SPLITS, inputs_of, made_up_rows, run

from benchmarks.statistics_difference import find_differences
from model.feature_engineering.feature_set import ROW_KEY
from model.feature_engineering.transform import transform
from model.feature_engineering.transform.transform import Executor, Transform
from model.feature_engineering.typical_row import read_typical_row
from zeroskew.encoding.record_batches import read_record_batches
from zeroskew.errors import DataError

DATES = """
from model import DateTime, FeatureSet, YesNo

FEATURES = FeatureSet(
    label=YesNo("tipped", lambda row: row["tips"] > 1.0, uses=("tips",)),
    features=[DateTime("company"), DateTime("hour")],
)
"""
"""A word that is no date, and a number that is one: some seconds after 1970 began."""


@pytest.fixture(scope="module")
def rows_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    for number in range(3):
        write_split(folder, "train", number, made_up_rows(400, number))
    write_split(folder, "eval", 0, made_up_rows(300, 9))
    (folder / "schema").mkdir()
    (folder / "schema" / "schema.pbtxt").write_text(text_format.MessageToString(SCHEMA))
    (folder / "features.py").write_text(FEATURES)
    return folder


@pytest.fixture(scope="module")
def both(rows_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    target = tmp_path_factory.mktemp("transformed")
    for name, executor in (("stock", stock.Executor), ("ours", Executor)):
        run(executor, rows_folder, target / name)
    return target / "stock", target / "ours"


def transformed(folder: Path, split: str) -> dict[str, np.ndarray]:
    """Returns the transformed columns, ordered by row key, and label: no feature reads the tip."""
    batches = list(rows_of(folder / specs.TRANSFORMED_EXAMPLES_KEY / f"Split-{split}"))
    columns = {
        name: np.concatenate([batch[name].flatten().to_numpy() for batch in batches])
        for name in batches[0].schema.names
    }
    order = np.lexsort([columns["tipped"], columns[ROW_KEY]])
    return {name: values[order] for name, values in columns.items()}


@pytest.mark.parametrize(("split", "count"), [("train", 1200), ("eval", 300)])
def test_the_transformed_examples_are_those_of_stock(
    both: tuple[Path, Path], split: str, count: int
) -> None:
    expected, received = (transformed(folder, split) for folder in both)
    assert sorted(received) == sorted(expected)
    assert {len(values) for values in received.values()} == {count}
    for name, values in expected.items():
        np.testing.assert_allclose(received[name], values, rtol=1e-6, err_msg=name)


def column(file: Path, name: str) -> list[list[Any]]:
    return [row for batch in read_record_batches(str(file)) for row in batch[name].to_pylist()]


def test_a_row_keeps_its_place(rows_folder: Path, both: tuple[Path, Path]) -> None:
    _, ours = both
    for split in SPLITS:
        raw = sorted((rows_folder / f"Split-{split}").iterdir())
        after = sorted((ours / specs.TRANSFORMED_EXAMPLES_KEY / f"Split-{split}").iterdir())
        for number, (source, target) in enumerate(zip(raw, after, strict=True)):
            assert target.name == f"transformed_examples-{number:05d}-of-{len(raw):05d}.gz"
            expected = [[int(bool(tips) and tips[0] > 1.0)] for tips in column(source, "tips")]
            assert column(target, "tipped") == expected


def test_the_graph_is_readable_by_tf_transform(both: tuple[Path, Path]) -> None:
    expected, received = (
        tft.TFTransformOutput(str(folder / specs.TRANSFORM_GRAPH_KEY)) for folder in both
    )
    assert received.transformed_metadata.schema == expected.transformed_metadata.schema
    assert received.raw_metadata.schema == expected.raw_metadata.schema == SCHEMA
    lines = received.vocabulary_by_name("vocabularies")
    assert lines == expected.vocabulary_by_name("vocabularies")
    assert lines[0] == b"\tcompany"
    assert len(lines) == 1 + 3 + 1 + 5 + 1


def with_all_columns(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Adds the column that no file has, and that TFX's reader makes up from the schema."""
    never = pa.array([[]] * len(batch), pa.list_(pa.binary()))
    return pa.RecordBatch.from_arrays([*batch.columns, never], [*batch.schema.names, "never"])


@pytest.mark.parametrize("when", ["pre", "post"])
def test_the_statistics_are_those_of_stock(
    rows_folder: Path, both: tuple[Path, Path], when: str
) -> None:
    expected, received = (
        statistics_pb2.DatasetFeatureStatisticsList.FromString(
            (folder / f"{when}_transform_stats" / "FeatureStats.pb").read_bytes()
        )
        for folder in both
    )
    assert received.datasets[0].num_examples == (1200 if when == "pre" else 1500)
    transformed_rows = both[1] / specs.TRANSFORMED_EXAMPLES_KEY
    folders = [rows_folder / "Split-train"] if when == "pre" else list(transformed_rows.iterdir())
    rows = [with_all_columns(batch) for folder in folders for batch in rows_of(folder)]
    assert find_differences(expected, received, rows) == []
    schemas = [
        (folder / f"{when}_transform_schema" / "schema.pbtxt").read_text() for folder in both
    ]
    assert schemas[0] == schemas[1]


def test_the_anomalies_are_those_of_stock(both: tuple[Path, Path]) -> None:
    expected, received = (
        anomalies_pb2.Anomalies.FromString(
            (folder / specs.POST_TRANSFORM_ANOMALIES_KEY / "SchemaDiff.pb").read_bytes()
        )
        for folder in both
    )
    assert received == expected
    assert not received.anomaly_info
    assert received.baseline.feature


def test_a_feature_without_any_value_is_reported(both: tuple[Path, Path]) -> None:
    file = both[1] / specs.POST_TRANSFORM_STATS_KEY / "dead_features.json"
    assert json.loads(file.read_text()) == {
        "never": "is the same in every row after Transform: remove it, or look at what it reads, "
        "'never'"
    }


def test_a_typical_row_lies_beside_the_graph(both: tuple[Path, Path]) -> None:
    row = read_typical_row(str(both[1] / specs.TRANSFORM_GRAPH_KEY))
    assert sorted(row) == ["area", "company", "fare", "hour", "never"]
    assert (row["never"], row["hour"]) == ("a word", 12)
    assert row["fare"] == pytest.approx(8.4, abs=1.0)
    assert row["company"] in {"Blue", "Flash", "City", "x"}
    assert row["area"] in range(1, 9)


def test_without_statistics_it_holds_a_value_of_each_type(
    rows_folder: Path, tmp_path: Path
) -> None:
    run(Executor, rows_folder, tmp_path, **{specs.DISABLE_STATISTICS_KEY: 1})
    row = read_typical_row(str(tmp_path / specs.TRANSFORM_GRAPH_KEY))
    assert row == {"area": 0, "company": "a word", "fare": 0.0, "hour": 0, "never": "a word"}


def test_dates_that_could_not_be_read_are_reported(rows_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "features.py").write_text(DATES)
    properties = {specs.CUSTOM_CONFIG_KEY: json.dumps({"features": f"{tmp_path}/features.py"})}
    run(Executor, rows_folder, tmp_path / "out", **properties)
    files = list(rows_folder.rglob("*.gz"))
    batches = [batch for file in files for batch in read_record_batches(str(file))]
    there = sum(len(one.column("company").flatten()) for one in batches)
    file = tmp_path / "out" / specs.POST_TRANSFORM_STATS_KEY / "unread_dates.json"
    assert json.loads(file.read_text()) == {
        "company": f"takes {there:,} of {there:,} values of 'company' as no date, and missing: say "
        "its format, unit or time zone, or correct the data"
    }
    assert json.loads(file.with_name("unequal_lists.json").read_text()) == {}


class TestWhichWay:
    @pytest.fixture
    def never_fast(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: Any) -> None:
            raise AssertionError("the faster way was taken")

        monkeypatch.setattr(transform, "learn_graph", fail)

    def test_is_tfx_transform_with_another_executor(self) -> None:
        component = Transform(
            examples=as_channel([standard_artifacts.Examples()]),
            schema=as_channel([standard_artifacts.Schema()]),
            preprocessing_fn=FUNCTION,
        )
        assert component.executor_spec.executor_class is Executor
        assert component.id == "Transform"

    @pytest.mark.usefixtures("never_fast")
    def test_stock_takes_chosen_splits(self, rows_folder: Path, tmp_path: Path) -> None:
        chosen = '{"analyze": ["train"], "transform": ["eval"]}'
        run(Executor, rows_folder, tmp_path, **{specs.SPLITS_CONFIG_KEY: chosen})
        folder = tmp_path / specs.TRANSFORMED_EXAMPLES_KEY
        assert [split.name for split in folder.iterdir()] == ["Split-eval"]

    @pytest.mark.usefixtures("never_fast")
    @pytest.mark.parametrize(
        ("inputs", "outputs", "properties", "beam_args", "reason"),
        [
            ({specs.ANALYZER_CACHE_KEY: [1]}, {}, {}, [], "the cache of analyzers"),
            ({}, {specs.UPDATED_ANALYZER_CACHE_KEY: [1]}, {}, [], "the cache of analyzers"),
            ({}, {specs.TRANSFORMED_EXAMPLES_KEY: []}, {}, [], "materialize=False"),
            ({}, {}, {}, ["--runner=FlinkRunner"], "a distributed runner"),
            ({}, {}, {specs.MODULE_FILE_KEY: "a.py"}, [], "module_file"),
            ({}, {}, {specs.FORCE_TF_COMPAT_V1_KEY: 1}, [], "force_tf_compat_v1"),
            ({}, {}, {specs.STATS_OPTIONS_UPDATER_FN_KEY: "a.b"}, [], "stats_options_updater_fn"),
        ],
    )
    def test_stock_runs_what_only_it_covers(
        self,
        rows_folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        inputs: dict[str, Any],
        outputs: dict[str, Any],
        properties: dict[str, Any],
        beam_args: list[str],
        reason: str,
    ) -> None:
        ran = []
        monkeypatch.setattr(stock.Executor, "Do", lambda *_: ran.append("stock"))
        context = Executor.Context(beam_pipeline_args=beam_args, tmp_dir="", unique_id="1")
        all_outputs = {specs.TRANSFORMED_EXAMPLES_KEY: [standard_artifacts.Examples()], **outputs}
        with caplog.at_level("INFO", "zeroskew"):
            Executor(context).Do({**inputs_of(rows_folder), **inputs}, all_outputs, properties)
        assert ran == ["stock"]
        assert caplog.messages == [f"TFX's own Transform runs, because of {reason}"]


def test_a_split_without_files_is_refused(tmp_path: Path, rows_folder: Path) -> None:
    inputs = inputs_of(rows_folder)
    inputs[specs.EXAMPLES_KEY][0].uri = str(tmp_path)
    with pytest.raises(DataError, match="each split must have files of examples"):
        run(Executor, rows_folder, tmp_path / "out", inputs)


def test_a_column_of_another_type_is_refused(tmp_path: Path, rows_folder: Path) -> None:
    for split in SPLITS:
        rows = made_up_rows(5, 1).to_pydict()
        rows["hour"] = [1.5] * 5
        write_split(tmp_path, split, 0, pa.RecordBatch.from_pydict(rows))
    inputs = inputs_of(rows_folder)
    inputs[specs.EXAMPLES_KEY][0].uri = str(tmp_path)
    with pytest.raises(DataError, match="must have the types of the schema") as caught:
        run(Executor, rows_folder, tmp_path / "out", inputs)
    assert "column 'hour' holds INT" in str(caught.value)
    assert "FLOAT in " in str(caught.value)
