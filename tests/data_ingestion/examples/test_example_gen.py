"""The ExampleGen, against TFX's own and as a component."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
from google.protobuf import json_format
from text_files import write
from tfx.components.example_gen.csv_example_gen import executor
from tfx.components.util import examples_utils
from tfx.proto import example_gen_pb2
from tfx.types import standard_component_specs as specs
from tfx.types.artifact_utils import decode_split_names
from tfx.types.channel_utils import as_channel
from tfx.types.standard_artifacts import Examples, Schema

from data_ingestion.artifacts import IngestionReport, RejectedRows
from data_ingestion.examples.example_gen import (
    DATA_KEY,
    REJECTED_KEY,
    REPORT_KEY,
    UPSTREAM_KEY,
    Driver,
    ExampleGen,
    Executor,
)
from data_ingestion.examples.intake import take_in
from data_ingestion.readers.source import SPLITS, locate
from data_ingestion.settings import DataSettings
from zeroskew.encoding.record_batches import read_record_batches
from zeroskew.schema import column_types, read_schema, schema_file

TAXI_SCHEMA = Path(__file__).parents[3] / "data_ingestion/schema/taxi.pbtxt"
TYPES = {"fare": "FLOAT", "month": "INT", "company": "BYTES"}


def records_in(file: Path) -> list[bytes]:
    """Returns the sorted records, each with its columns in order, which TFX leaves open."""
    records = tf.data.TFRecordDataset(str(file), "GZIP").as_numpy_iterator()
    examples = [tf.train.Example.FromString(record) for record in records]
    return sorted(one.SerializeToString(deterministic=True) for one in examples)


def run_stock_example_gen(folder: Path, target: Examples, shares: Mapping[str, int]) -> None:
    splits = [
        example_gen_pb2.SplitConfig.Split(name=name, hash_buckets=parts)
        for name, parts in shares.items()
    ]
    inputs = example_gen_pb2.Input(
        splits=[example_gen_pb2.Input.Split(name="single", pattern="*.csv")]
    )
    outputs = example_gen_pb2.Output(split_config=example_gen_pb2.SplitConfig(splits=splits))
    executor.Executor().Do(
        {},
        {specs.EXAMPLES_KEY: [target]},
        {
            specs.INPUT_BASE_KEY: str(folder),
            specs.INPUT_CONFIG_KEY: json_format.MessageToJson(inputs),
            specs.OUTPUT_CONFIG_KEY: json_format.MessageToJson(outputs),
            specs.OUTPUT_DATA_FORMAT_KEY: example_gen_pb2.FORMAT_TF_EXAMPLE,
            specs.OUTPUT_FILE_FORMAT_KEY: example_gen_pb2.FORMAT_TFRECORDS_GZIP,
        },
    )


def examples_in(folder: Path) -> list[tf.train.Example]:
    files = sorted(map(str, folder.iterdir()))
    records = tf.data.TFRecordDataset(files, "GZIP").as_numpy_iterator()
    return [tf.train.Example.FromString(record) for record in records]


def ingest(
    data: DataSettings, target: Path, types: Mapping[str, str] | None = None
) -> dict[str, Path]:
    """Takes the data in; returns the folder of each split."""
    folders = {split: target / split for split in ("train", "eval")}
    take_in(data, types, {name: str(one) for name, one in folders.items()}, str(target / "report"))
    return folders


def months_in(folder: Path) -> list[int]:
    return [one.features.feature["month"].int64_list.value[0] for one in examples_in(folder)]


class TestExamples:
    def test_a_row_becomes_an_example_with_what_it_has(self, tmp_path: Path) -> None:
        lines = ["company,note,fare,month", "Blue,x,12.5,3", ",y,,"]
        write(tmp_path / "train" / "a.csv", lines)
        write(tmp_path / "eval" / "a.csv", lines)
        data = DataSettings(path=str(tmp_path), split="folders")
        full, empty = examples_in(ingest(data, tmp_path / "out", TYPES)["train"])
        assert sorted(full.features.feature) == ["company", "fare", "month"]
        assert list(full.features.feature["company"].bytes_list.value) == [b"Blue"]
        assert list(full.features.feature["fare"].float_list.value) == [12.5]
        assert list(full.features.feature["month"].int64_list.value) == [3]
        kinds = {name: one.WhichOneof("kind") for name, one in empty.features.feature.items()}
        assert kinds == {"company": "bytes_list", "fare": "float_list", "month": "int64_list"}
        assert not any(one.ListFields()[0][1].value for one in empty.features.feature.values())

    def test_rows_and_splits_are_those_of_tfxs_own_example_gen(self, tmp_path: Path) -> None:
        stock = Examples()
        stock.uri = str(tmp_path / "stock")
        (trips,) = locate(DataSettings()).files
        run_stock_example_gen(trips.parent, stock, {"train": 4, "eval": 1})
        folders = ingest(DataSettings(), tmp_path, column_types(read_schema(TAXI_SCHEMA)))
        counts = {}
        for split, folder in folders.items():
            (file,) = Path(stock.uri, f"Split-{split}").iterdir()
            (ours,) = folder.iterdir()
            assert records_in(ours) == records_in(file)
            counts[split] = len(records_in(ours))
        assert counts == {"train": 12_002, "eval": 3_000}


class TestComponent:
    """Driver and executor of the component, with the properties that it hands them."""

    @pytest.mark.parametrize(
        ("files", "split"),
        [(["all.csv"], "hash"), (["train/a.csv", "eval/b.csv"], "folders")],
    )
    def test_writes_the_splits_of_the_source(
        self, tmp_path: Path, files: list[str], split: Literal["hash", "folders"]
    ) -> None:
        for number, file in enumerate(files):
            months = range(number * 100, number * 100 + 100)
            write(tmp_path / "data" / file, ["month", *map(str, months)])
        schema, examples = Schema(), Examples()
        report, rejected = IngestionReport(), RejectedRows()
        for artifact in (schema, examples, report, rejected):
            artifact.uri = str(tmp_path / artifact.type_name)
        write(schema_file(schema), ['feature { name: "month" type: INT }'])
        data = DataSettings(path=str(tmp_path / "data"), split=split)
        component = ExampleGen(data, as_channel([schema]))
        Executor().Do(
            {specs.SCHEMA_KEY: [schema]},
            {specs.EXAMPLES_KEY: [examples], REPORT_KEY: [report], REJECTED_KEY: [rejected]},
            component.exec_properties,
        )
        assert decode_split_names(examples.split_names) == ["train", "eval"]
        assert examples_utils.get_payload_format_string(examples) == "FORMAT_TF_EXAMPLE"
        assert examples_utils.get_file_format(examples) == "tfrecords_gzip"
        found = {name: months_in(Path(examples.uri, f"Split-{name}")) for name in SPLITS}
        assert sorted(found["train"] + found["eval"]) == list(range(100 * len(files)))
        if split == "folders":
            assert found["eval"] == list(range(100, 200))
        assert [file.name for file in Path(report.uri).iterdir()] == ["ingestion.json"]
        assert [file.name for file in Path(rejected.uri).iterdir()] == ["rejected.parquet"]

    def test_what_only_the_gate_needs_does_not_make_it_run_again(self, tmp_path: Path) -> None:
        rules = write(tmp_path / "rules.yaml", ["rows: [{name: fares, sql: fare > 0}]"])
        before = ExampleGen(DataSettings(rules=rules)).exec_properties
        write(
            rules,
            [
                "rows: [{name: fares, sql: fare > 0}]",
                "allow: [{rule: fares, until: 2027-01-01, reason: refunds}]",
            ],
        )
        tolerant = DataSettings(
            rules=rules, allowed_rejected=0.5, max_rate_change=0.1, serving_log="log.csv"
        )
        assert ExampleGen(tolerant).exec_properties == before
        write(rules, ["rows: [{name: fares, sql: fare >= 0}]"])
        assert ExampleGen(DataSettings(rules=rules)).exec_properties != before

    def test_takes_in_what_another_example_gen_wrote(self, tmp_path: Path) -> None:
        write(tmp_path / "data" / "a.csv", ["month", *map(str, range(100))])
        upstream, examples = Examples(), Examples()
        report, rejected = IngestionReport(), RejectedRows()
        for name, artifact in zip("abcd", (upstream, examples, report, rejected), strict=True):
            artifact.uri = str(tmp_path / name)
        run_stock_example_gen(tmp_path / "data", upstream, {"all": 1})
        component = ExampleGen(DataSettings(), examples=as_channel([upstream]))
        settled = Driver(None).resolve_exec_properties(component.exec_properties, None, None)
        Executor().Do(
            {UPSTREAM_KEY: [upstream]},
            {specs.EXAMPLES_KEY: [examples], REPORT_KEY: [report], REJECTED_KEY: [rejected]},
            settled,
        )
        found = {name: months_in(Path(examples.uri, f"Split-{name}")) for name in SPLITS}
        assert sorted(found["train"] + found["eval"]) == list(range(100))
        assert min(map(len, found.values())) > 0

    def test_the_driver_settles_span_version_and_fingerprint(self, tmp_path: Path) -> None:
        for place in ("7/v1", "8/v1", "8/v3"):
            write(tmp_path / place / "a.csv", ["month", "1"])
        data = DataSettings(path=f"{tmp_path}/{{SPAN}}/v{{VERSION}}")
        component = ExampleGen(data)
        settled = Driver(None).resolve_exec_properties(component.exec_properties, None, None)
        assert (settled["span"], settled["version"]) == (8, 3)
        assert DataSettings.model_validate_json(settled[DATA_KEY]).span == 8
        again = Driver(None).resolve_exec_properties(component.exec_properties, None, None)
        assert settled == again
        write(tmp_path / "8/v3" / "b.csv", ["month", "2"])
        changed = Driver(None).resolve_exec_properties(component.exec_properties, None, None)
        assert changed["input_fingerprint"] != settled["input_fingerprint"]


def test_examples_come_back_as_columns_of_lists(tmp_path: Path) -> None:
    for split in SPLITS:
        write(tmp_path / split / "a.csv", ["company,month", "Blue,1", ",2"])
    data = DataSettings(path=str(tmp_path), split="folders")
    (file,) = ingest(data, tmp_path / "out", TYPES)["train"].iterdir()
    (columns,) = [batch.to_pydict() for batch in read_record_batches(str(file))]
    assert columns["month"] == [[1], [2]]
    assert columns["company"] == [[b"Blue"], []]
