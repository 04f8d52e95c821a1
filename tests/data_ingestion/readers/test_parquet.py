import importlib.util
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parquet_files import generated, read, write

from data_ingestion.examples.ingestion_report import REJECTED_FILE
from data_ingestion.examples.intake import take_in
from data_ingestion.readers import parquet
from data_ingestion.readers.parquet import ParquetReader
from data_ingestion.readers.source import locate
from data_ingestion.settings import DataSettings
from zeroskew.errors import DataError
from zeroskew.schema import column_types, read_schema

TAXI = Path(__file__).parents[3] / "data_ingestion" / "schema" / "taxi.pbtxt"


def test_reads_the_wanted_columns_of_all_files(tmp_path: Path) -> None:
    files = [
        write(tmp_path / "a.parquet", {"a": [1, 2], "b": ["x", None], "c": [1.5, 2.5]}),
        write(tmp_path / "b.parquet", {"b": ["y"], "a": [3.0]}),
    ]
    reader = ParquetReader(files)
    assert reader.columns() == {"a": "FLOAT", "b": "BYTES", "c": "FLOAT"}
    assert list(reader.column_names().values()) == [["a", "b", "c"], ["b", "a"]]
    rows, lines = read(files, {"a": "INT", "b": "BYTES"})
    assert rows == [{"a": 1, "b": b"x"}, {"a": 2, "b": None}, {"a": 3, "b": b"y"}]
    assert lines == [1, 2, 1]


@pytest.mark.parametrize("row_group", [1, 7, 100, 10_000])
def test_chunks_hold_each_row_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row_group: int
) -> None:
    file = write(tmp_path / "a.parquet", {"a": list(range(1_000))}, row_group)
    for chunk, batch in ((64, 10), (300, 1_000)):
        monkeypatch.setattr(parquet, "CHUNK", chunk)
        monkeypatch.setattr(parquet, "BATCH", batch)
        rows, lines = read([file], {"a": "INT"})
        assert [row["a"] for row in rows] == list(range(1_000))
        assert lines == list(range(1, 1_001))
    assert len(ParquetReader([file]).chunks()) == 4


def test_nested_columns_are_read_by_their_dotted_names(tmp_path: Path) -> None:
    place = {"city": "Paris", "zip": [1, 2], "other": 0}
    file = write(tmp_path / "a.parquet", {"place": [place], "tags": [["x", "y"]]})
    rows, _ = read([file], {"place.city": "BYTES", "place.zip": "INT", "tags": "BYTES"})
    assert rows == [{"place.city": b"Paris", "place.zip": [1, 2], "tags": [b"x", b"y"]}]


def test_the_examples_are_those_of_the_same_table_in_csv(tmp_path: Path) -> None:
    (taxi,) = locate(DataSettings()).files
    options = pa.csv.ConvertOptions(strings_can_be_null=True)
    file = tmp_path / "taxi.parquet"
    pq.write_table(pa.csv.read_csv(str(taxi), convert_options=options), str(file))
    types = column_types(read_schema(TAXI))
    written = []
    for name, path in (("csv", str(taxi)), ("parquet", str(file))):
        folders = {split: str(tmp_path / name / split) for split in ("train", "eval")}
        report = take_in(DataSettings(path=path), types, folders, str(tmp_path / name / "report"))
        assert report.examples == {"train": 12_002, "eval": 3_000}
        shards = [next(Path(folder).iterdir()).read_bytes() for folder in folders.values()]
        written.append(shards)
    assert written[0] == written[1]


def test_what_tfx_ships_is_read() -> None:
    package = importlib.util.find_spec("tfx")
    assert package is not None
    assert package.submodule_search_locations is not None
    root = Path(next(iter(package.submodule_search_locations)))
    folder = root / "components" / "testdata" / "external" / "parquet"
    source = locate(DataSettings(path=str(folder)))
    rows = [piece.batch.num_rows for _, piece in source.rows({"fare": "FLOAT"})]
    assert sum(rows) == 10_000


@pytest.mark.parametrize(
    ("names", "received", "action"),
    [
        (["a", "a"], "with the columns a, a", "rename the columns called 'a'"),
        (["a", " "], "with the columns a,  ", "name each"),
    ],
)
def test_columns_need_names_of_their_own(
    tmp_path: Path, names: list[str], received: str, action: str
) -> None:
    file = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names), str(file))
    with pytest.raises(DataError) as caught:
        ParquetReader([file]).column_names()
    assert str(caught.value).splitlines() == [
        "each column must have a name of its own",
        f"  received: {file} {received}",
        f"  do:       {action}",
    ]


@pytest.mark.parametrize(
    ("table", "received"),
    [
        (pa.table({"a": pa.array([], pa.int64())}), "with no rows"),
        (pa.table({"a": [1]}).select([]), "with no columns"),
    ],
)
def test_files_without_any_row_or_column_are_an_error(
    tmp_path: Path, table: pa.Table, received: str
) -> None:
    file = tmp_path / "a.parquet"
    pq.write_table(table, str(file))
    with pytest.raises(DataError) as caught:
        ParquetReader([file]).chunks()
    assert str(caught.value).splitlines() == [
        "a data file must hold at least one column and one row",
        f"  received: {file} {received}",
        "  do:       check the program that wrote the file",
    ]


def test_a_file_without_rows_adds_none(tmp_path: Path) -> None:
    empty = write(tmp_path / "a.parquet", {"a": pa.array([], pa.int64())})
    full = write(tmp_path / "b.parquet", {"a": [1]})
    assert read([empty, full], {"a": "INT"}) == ([{"a": 1}], [1])


def test_long_rows_are_read_a_few_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [random.Random(row).randbytes(10_000) for row in range(100)]
    file = write(tmp_path / "a.parquet", {"a": list(range(100)), "b": texts})
    monkeypatch.setattr(parquet, "BATCH_BYTES", 100_000)
    (chunk,) = ParquetReader([file]).chunks()
    pieces = list(chunk.read({"a": "INT", "b": "BYTES"}))
    assert max(piece.batch.num_rows for piece in pieces) == 9
    assert [row for piece in pieces for row in piece.batch.column(1).to_pylist()] == texts


def test_hidden_files_are_passed_over(tmp_path: Path) -> None:
    file = write(tmp_path / "a.parq", {"a": [1]})
    (tmp_path / ".a.parquet").write_bytes(b"")
    (tmp_path / ".a.tfrecord.crc").write_bytes(b"")
    assert locate(DataSettings(path=str(tmp_path))).files == (file,)


def test_a_list_decides_on_no_split(tmp_path: Path) -> None:
    file = write(tmp_path / "a.parquet", {"tags": [["x"], ["y", "z"]]})
    folders = {split: str(tmp_path / split) for split in ("train", "eval")}
    data = DataSettings(path=str(file), split="key", key="tags")
    with pytest.raises(DataError) as caught:
        take_in(data, {"tags": "BYTES"}, folders, str(tmp_path / "report"))
    assert str(caught.value).splitlines() == [
        "a column that splits or rules need must hold one value in each row",
        "  received: tags, which holds lists",
        "  do:       choose another column, or another data.split",
    ]


def test_rejected_rows_and_examples_are_all_rows(tmp_path: Path) -> None:
    fares = [float("inf") if row % 10 == 0 else row + 0.5 for row in range(1_000)]
    file = write(tmp_path / "a.parquet", {"fare": fares}, 300)
    folders = {split: str(tmp_path / split) for split in ("train", "eval")}
    report = take_in(
        DataSettings(path=str(file)), {"fare": "FLOAT"}, folders, str(tmp_path / "report")
    )
    assert (report.rows_in, report.rejected, sum(report.examples.values())) == (1_000, 100, 900)
    rejected = pq.read_table(str(tmp_path / "report" / REJECTED_FILE)).to_pylist()
    assert [row["line"] for row in rejected] == list(range(1, 1_001, 10))
    assert rejected[1] == {
        "source": str(file),
        "line": 11,
        "reason": "fare is 'inf', not a finite 32-bit number",
        "raw": '{"fare": Infinity}',
    }


columns = st.fixed_dictionaries(
    {
        "a": st.lists(st.integers(0, 2**64 - 1) | st.none(), min_size=5, max_size=5),
        "b": st.lists(st.floats() | st.none(), min_size=5, max_size=5),
        "c": st.lists(st.binary(max_size=5) | st.none(), min_size=5, max_size=5),
    }
)


@generated
@given(columns, st.sampled_from([pa.uint64(), pa.float64()]), st.integers(1, 6))
def test_generated_tables_lose_no_row(
    tmp_path_factory: pytest.TempPathFactory,
    made: dict[str, list[Any]],
    first: pa.DataType,
    row_group: int,
) -> None:
    folder = tmp_path_factory.getbasetemp()
    numbers = [None if one is None else float(one) for one in made["a"]]
    whole = pa.array(made["a"] if pa.types.is_integer(first) else numbers, first)
    file = write(folder / "made.parquet", made | {"a": whole}, row_group)
    types = {"a": "INT", "b": "FLOAT", "c": "BYTES"}
    (chunk,) = ParquetReader([file]).chunks()
    pieces = list(chunk.read(types))
    lines = [line for piece in pieces for line in piece.lines.tolist()]
    rejected = [row for piece in pieces for row in piece.rejected]
    assert sorted([*lines, *(row.line for row in rejected)]) == [1, 2, 3, 4, 5]
    for row in rejected:
        assert row.reason.startswith(("a is ", "b is "))
    for piece in pieces:
        for line, row in zip(piece.lines.tolist(), piece.batch.to_pylist(), strict=True):
            assert row["c"] == made["c"][line - 1]
            number = whole[line - 1].as_py()
            assert row["a"] == (None if number is None else int(number))


@pytest.mark.parametrize(
    ("data_type", "values", "texts"),
    [
        (pa.uint64(), [2**64 - 1, 1, None], [b"18446744073709551615", b"1", None]),
        (pa.list_(pa.uint64()), [[1, 2**63], [], None], [[b"1", b"9223372036854775808"], [], None]),
    ],
)
def test_whole_numbers_beyond_64_bits_with_a_sign_are_text(
    tmp_path: Path, data_type: pa.DataType, values: list[Any], texts: list[Any]
) -> None:
    table = pa.table({"id": pa.array(values, data_type), "small": pa.array([1, 2, 3], pa.uint64())})
    pq.write_table(table, tmp_path / "a.parquet")
    reader = ParquetReader([tmp_path / "a.parquet"])
    assert reader.columns() == {"id": "BYTES", "small": "INT"}
    rows, _ = read([*reader.files], reader.columns())
    assert [row["id"] for row in rows] == texts
