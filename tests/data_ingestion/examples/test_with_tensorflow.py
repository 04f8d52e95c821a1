"""What needs TensorFlow or TFDV, whose imports take seconds: in one module."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
from google.protobuf import json_format
from tfx.components.example_gen.csv_example_gen import executor
from tfx.components.util import examples_utils
from tfx.proto import example_gen_pb2
from tfx.types import standard_component_specs as specs
from tfx.types.artifact_utils import decode_split_names
from tfx.types.channel_utils import as_channel
from tfx.types.standard_artifacts import Examples, Schema

from data_ingestion.artifacts import IngestionReport, RejectedRows
from data_ingestion.encoding import binary_arrays
from data_ingestion.encoding.record_batches import read_record_batches
from data_ingestion.encoding.tf_example import encode_examples
from data_ingestion.encoding.tf_record import frame_records, gzip_writer
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
from data_ingestion.schema.inference import infer_schema
from data_ingestion.settings import DataSettings
from zeroskew.errors import WorkspaceError
from zeroskew.schema import column_types, read_schema, schema_file

TAXI_SCHEMA = Path(__file__).parents[3] / "data_ingestion/schema/taxi.pbtxt"
TYPES = {"fare": "FLOAT", "month": "INT", "company": "BYTES"}


def write(file: Path, lines: Sequence[str]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


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


class TestInferSchema:
    ROWS = ("company,fare,month,tip", "Blue,12.5,3,1", "Red,7,4,", ",8.25,5,2.5", "Blue,9,6,3")

    def test_finds_the_type_of_each_column_and_asks_for_a_review(self, tmp_path: Path) -> None:
        data = write(tmp_path / "trips of 2016.csv", self.ROWS)
        target = tmp_path / "new folder" / "trips.pbtxt"
        assert infer_schema(locate(DataSettings(path=str(data))), target) == 4
        schema = read_schema(target)
        types = {"company": "BYTES", "fare": "FLOAT", "month": "INT", "tip": "FLOAT"}
        assert column_types(schema) == types
        presence = {one.name: one.presence.min_fraction for one in schema.feature}
        assert {name for name, fraction in presence.items() if fraction == 1.0} == {"fare", "month"}
        assert target.read_text(encoding="utf-8").startswith(
            "# The data contract: what each column holds. "
            "Inferred from data, then reviewed by a person.\nfeature {\n"
        )

    def test_reads_every_file_of_a_folder(self, tmp_path: Path) -> None:
        write(tmp_path / "data" / "a.csv", ["month", "1"])
        write(tmp_path / "data" / "b.csv", ["month", "2.5"])
        target = tmp_path / "trips.pbtxt"
        infer_schema(locate(DataSettings(path=str(tmp_path / "data"))), target)
        assert column_types(read_schema(target)) == {"month": "FLOAT"}

    def test_never_overwrites(self, tmp_path: Path) -> None:
        data = write(tmp_path / "trips.csv", self.ROWS)
        target = write(tmp_path / "trips.pbtxt", ["# corrected by hand"])
        with pytest.raises(WorkspaceError) as caught:
            infer_schema(locate(DataSettings(path=str(data))), target)
        assert str(caught.value) == (
            "a schema is never overwritten, because it may hold a person's corrections\n"
            f"  received: {target}\n"
            "  do:       name another file with --output, or compare: zeroskew schema diff"
        )
        assert target.read_text(encoding="utf-8") == "# corrected by hand\n"


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

    @given(
        st.lists(
            st.tuples(
                st.none() | st.integers(-(2**63), 2**63 - 1),
                st.none() | st.floats(width=32, allow_nan=False, allow_infinity=False),
                st.none() | st.binary(max_size=300),
                st.none() | st.lists(st.integers(-5, 500), max_size=5),
                st.none() | st.lists(st.binary(max_size=5), max_size=3),
                st.none() | st.lists(st.floats(width=32, allow_nan=False), max_size=3),
            ),
            min_size=1,
            max_size=30,
        )
    )
    def test_bytes_are_those_of_protocol_buffers(self, rows: list[tuple]) -> None:
        types = [pa.int64(), pa.float64(), pa.binary()]
        types += [pa.list_(pa.int64()), pa.list_(pa.binary()), pa.list_(pa.float64())]
        names = ["z", "a column with a long name " * 8, "é", "ints", "texts", "floats"]
        columns = [
            pa.array(one, kind) for one, kind in zip(zip(*rows, strict=True), types, strict=True)
        ]
        batch = pa.RecordBatch.from_arrays(columns, names=names)
        for start in (0, len(rows) // 2):
            encoded = encode_examples(batch.slice(start)).to_pylist()
            assert encoded == [by_protocol_buffers(names, row) for row in rows[start:]]

    def test_every_record_can_be_read_back(self, tmp_path: Path) -> None:
        records = [bytes([n % 251]) * n for n in range(0, 3_000, 7)]
        array = pa.array(records, pa.binary())
        path = tmp_path / "below" / "records.gz"
        with gzip_writer(str(path)) as stream:
            stream.write(binary_arrays.data(frame_records(array, records)))
        found = tf.data.TFRecordDataset(str(path), "GZIP").as_numpy_iterator()
        assert list(found) == records


def by_protocol_buffers(names: Sequence[str], row: Sequence[object]) -> bytes:
    """Encodes a row with TensorFlow's own classes."""
    example = tf.train.Example()
    kinds = ["int64_list", "float_list", "bytes_list", "int64_list", "bytes_list", "float_list"]
    for name, kind, value in zip(names, kinds, row, strict=True):
        found = getattr(example.features.feature[name], kind)
        found.SetInParent()
        found.value.extend(value if isinstance(value, list) else [] if value is None else [value])
    return example.SerializeToString(deterministic=True)


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
