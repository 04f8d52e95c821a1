"""What needs TensorFlow or TFDV, whose imports take seconds: in one module."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
from google.protobuf import json_format
from tfx.components.example_gen.csv_example_gen import executor
from tfx.proto import example_gen_pb2
from tfx.types import standard_component_specs as specs
from tfx.types.artifact_utils import decode_split_names
from tfx.types.channel_utils import as_channel
from tfx.types.standard_artifacts import Examples, Schema

from data_ingestion.example_gen import (
    FILE_NAME,
    CsvExampleGen,
    Executor,
    choose_split,
    write_examples,
)
from data_ingestion.schema_inference import infer_schema
from data_ingestion.source import locate
from data_ingestion.statistics_gen import read_record_batch
from zeroskew.errors import DataError, WorkspaceError
from zeroskew.schema import column_types, read_schema, schema_file

TAXI_SCHEMA = Path(__file__).parents[2] / "data_ingestion/schema/taxi.pbtxt"
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
    records = tf.data.TFRecordDataset(str(folder / FILE_NAME), "GZIP").as_numpy_iterator()
    return [tf.train.Example.FromString(record) for record in records]


class TestInferSchema:
    ROWS = ("company,fare,month,tip", "Blue,12.5,3,1", "Red,7,4,", ",8.25,5,2.5", "Blue,9,6,3")

    def test_finds_the_type_of_each_column_and_asks_for_a_review(self, tmp_path: Path) -> None:
        data = write(tmp_path / "trips of 2016.csv", self.ROWS)
        target = tmp_path / "new folder" / "trips.pbtxt"
        assert infer_schema(locate(str(data), split_by_folder=False), target) == 4
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
        infer_schema(locate(str(tmp_path / "data"), split_by_folder=False), target)
        assert column_types(read_schema(target)) == {"month": "FLOAT"}

    def test_never_overwrites(self, tmp_path: Path) -> None:
        data = write(tmp_path / "trips.csv", self.ROWS)
        target = write(tmp_path / "trips.pbtxt", ["# corrected by hand"])
        with pytest.raises(WorkspaceError) as caught:
            infer_schema(locate(str(data), split_by_folder=False), target)
        assert str(caught.value) == (
            "a schema is never overwritten, because it may hold a person's corrections\n"
            f"  received: {target}\n"
            "  do:       name another file with --output, and compare the two"
        )
        assert target.read_text(encoding="utf-8") == "# corrected by hand\n"


class TestWriteExamples:
    def test_a_row_becomes_an_example_with_what_it_has(self, tmp_path: Path) -> None:
        data = write(tmp_path / "a.csv", ["company,note,fare,month", "Blue,x,12.5,3", ",y,,"])
        source = locate(str(data), split_by_folder=False)
        rows = write_examples(source, TYPES, {"all": tmp_path / "out"}, {})
        assert rows == {"all": 2}
        full, empty = examples_in(tmp_path / "out")
        assert sorted(full.features.feature) == ["company", "fare", "month"]
        assert list(full.features.feature["company"].bytes_list.value) == [b"Blue"]
        assert list(full.features.feature["fare"].float_list.value) == [12.5]
        assert list(full.features.feature["month"].int64_list.value) == [3]
        values = [one.WhichOneof("kind") for one in empty.features.feature.values()]
        counts = [
            len(getattr(one, kind).value) if kind else 0
            for one, kind in zip(empty.features.feature.values(), values, strict=True)
        ]
        assert sum(counts) == 0

    def test_each_split_has_its_own_files(self, tmp_path: Path) -> None:
        write(tmp_path / "train" / "a.csv", ["month", "1", "2"])
        write(tmp_path / "train" / "b.csv", ["month", "3"])
        write(tmp_path / "eval" / "c.csv", ["month", "4"])
        source = locate(str(tmp_path), split_by_folder=True)
        folders = {split: tmp_path / "out" / split for split in ("train", "eval")}
        assert write_examples(source, TYPES, folders, {}) == {"train": 3, "eval": 1}
        months = [
            one.features.feature["month"].int64_list.value[0]
            for one in examples_in(folders["train"])
        ]
        assert months == [1, 2, 3]

    def test_every_row_goes_to_one_split_and_the_shares_are_kept(self, tmp_path: Path) -> None:
        data = write(tmp_path / "a.csv", ["month", *map(str, range(5_000))])
        source = locate(str(data), split_by_folder=False)
        folders = {split: tmp_path / "out" / split for split in ("train", "eval")}
        rows = write_examples(source, TYPES, folders, {"train": 4, "eval": 1})
        months = {
            split: {
                one.features.feature["month"].int64_list.value[0] for one in examples_in(folder)
            }
            for split, folder in folders.items()
        }
        assert {split: len(values) for split, values in months.items()} == rows
        assert months["train"] | months["eval"] == set(range(5_000))
        assert not months["train"] & months["eval"]
        assert rows["eval"] == pytest.approx(1_000, abs=100)

    def test_a_row_stays_in_its_split_when_other_rows_come_and_go(self, tmp_path: Path) -> None:
        shares = {"train": 4, "eval": 1}
        found = []
        for number, months in enumerate((range(100), range(50, 300))):
            data = write(tmp_path / f"{number}.csv", ["month", *map(str, months)])
            folders = {split: tmp_path / str(number) / split for split in shares}
            write_examples(locate(str(data), split_by_folder=False), TYPES, folders, shares)
            evaluated = {
                one.features.feature["month"].int64_list.value[0]
                for one in examples_in(folders["eval"])
            }
            found.append(evaluated & set(range(50, 100)))
        assert found[0] == found[1] != set()

    def test_rows_and_splits_are_those_of_tfxs_own_example_gen(self, tmp_path: Path) -> None:
        source = locate("taxi", split_by_folder=False)
        stock = Examples()
        stock.uri = str(tmp_path / "stock")
        shares = {"train": 4, "eval": 1}
        run_stock_example_gen(source.folder, stock, shares)
        folders = {split: tmp_path / split for split in shares}
        types = column_types(read_schema(TAXI_SCHEMA))
        rows = write_examples(source, types, folders, shares)
        assert rows == {"train": 12_002, "eval": 3_000}
        for split, folder in folders.items():
            (file,) = Path(stock.uri, f"Split-{split}").iterdir()
            assert records_in(folder / FILE_NAME) == records_in(file)

    def test_text_where_the_schema_says_number(self, tmp_path: Path) -> None:
        data = write(tmp_path / "a.csv", ["month", "1", "x"])
        source = locate(str(data), split_by_folder=False)
        with pytest.raises(DataError, match=r"a\.csv, line 3: month is 'x', not INT"):
            write_examples(source, TYPES, {"all": tmp_path / "out"}, {})


class TestComponent:
    """The component's executor, with the properties that the component hands it."""

    @pytest.mark.parametrize(
        ("files", "by_folder"),
        [(["all.csv"], False), (["train/a.csv", "eval/b.csv"], True)],
    )
    def test_writes_the_splits_of_the_source(
        self, tmp_path: Path, files: list[str], by_folder: bool
    ) -> None:
        for number, file in enumerate(files):
            months = range(number * 100, number * 100 + 100)
            write(tmp_path / "data" / file, ["month", *map(str, months)])
        schema, examples = Schema(), Examples()
        schema.uri, examples.uri = str(tmp_path / "schema"), str(tmp_path / "examples")
        write(schema_file(schema), ['feature { name: "month" type: INT }'])
        source = locate(str(tmp_path / "data"), split_by_folder=by_folder)
        component = CsvExampleGen(source, as_channel([schema]), {"train": 4, "eval": 1})
        Executor().Do(
            {specs.SCHEMA_KEY: [schema]},
            {specs.EXAMPLES_KEY: [examples]},
            component.exec_properties,
        )
        assert decode_split_names(examples.split_names) == ["train", "eval"]
        months_of = {
            split: [
                one.features.feature["month"].int64_list.value[0]
                for one in examples_in(Path(examples.uri, f"Split-{split}"))
            ]
            for split in ("train", "eval")
        }
        assert sorted(months_of["train"] + months_of["eval"]) == list(range(100 * len(files)))
        if by_folder:
            assert months_of["eval"] == list(range(100, 200))


def test_a_split_is_chosen_by_content_and_in_the_order_of_the_shares() -> None:
    assert choose_split(b"a row", {"only": 3}) == "only"
    chosen = [choose_split(str(row).encode(), {"a": 1, "b": 2, "c": 1}) for row in range(4_000)]
    assert [chosen.count(split) for split in "abc"] == pytest.approx([1_000, 2_000, 1_000], abs=150)


def test_examples_come_back_as_columns_of_lists(tmp_path: Path) -> None:
    data = write(tmp_path / "a.csv", ["company,month", "Blue,1", ",2"])
    write_examples(locate(str(data), split_by_folder=False), TYPES, {"all": tmp_path / "out"}, {})
    columns = read_record_batch(tmp_path / "out").to_pydict()
    assert columns["month"] == [[1], [2]]
    assert columns["company"][0] == [b"Blue"]
    assert not columns["company"][1]
