"""The types of columns of CSV files, and that all rows can be read with them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from data_ingestion.readers.csv import reader as csv_reader
from data_ingestion.readers.csv.heap import small_heap
from data_ingestion.readers.csv.reader import CsvReader
from zeroskew.cell_types import tags_of


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with small_heap():
        yield


def write(folder: Path, *lines: str, name: str = "data.csv") -> Path:
    file = folder / name
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


def inferred(files: Sequence[Path]) -> dict[str, tuple[str, ...]]:
    """Returns the type of each column, with its tags; proves that it reads every row."""
    reader = CsvReader(tuple(files))
    types = reader.columns()
    assert [
        row for chunk in reader.chunks() for rows in chunk.read(types) for row in rows.rejected
    ] == []
    return {name: (str.__str__(kind), *tags_of(kind)) for name, kind in types.items()}


def test_codes_keep_their_zeros(tmp_path: Path) -> None:
    file = write(tmp_path, "zip,n,f,signed", "00123,0,0.5,+05", "9,10,-0.5,1", '"7",0,0,2')
    assert inferred([file]) == {
        "zip": ("BYTES",), "n": ("INT",), "f": ("FLOAT",), "signed": ("BYTES",)
    }  # fmt: skip
    (rows,) = CsvReader((file,)).chunks()[0].read({"zip": "BYTES"})
    assert rows.batch.column(0).to_pylist() == [b"00123", b"9", b"7"]


@pytest.mark.parametrize("first", ["00123", '"00123"', " 00123", "1\n00123"])
def test_a_leading_zero_is_seen_wherever_the_field_begins(tmp_path: Path, first: str) -> None:
    assert inferred([write(tmp_path, "a", first, "1")]) == {"a": ("BYTES",)}
    assert inferred([write(tmp_path, "b,a", f"x,{first.split()[-1]}", "y,1")])["a"] == ("BYTES",)


def test_whole_numbers_beyond_64_bits_are_text(tmp_path: Path) -> None:
    file = write(tmp_path, "id,large", f"{2**64 - 1},1e20", "1,2")
    assert inferred([file]) == {"id": ("BYTES",), "large": ("FLOAT",)}


def test_words_for_missing_values_do_not_make_numbers_text(tmp_path: Path) -> None:
    file = write(tmp_path, "a,b,c,d", "1,NaN,NA,NA", "?,1.5,x,N/A", ",,,", " ,2,,")
    assert inferred([file]) == {
        "a": ("INT", "missing:", "missing:?"),
        "b": ("FLOAT", "missing:NaN"),
        "c": ("BYTES",),
        "d": ("BYTES",),
    }


def test_all_blocks_of_all_files_have_a_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_reader, "BLOCK", 100)
    monkeypatch.setattr(csv_reader, "CHUNK", 200)
    plain = write(tmp_path, "a,b,c", *["1,2,3"] * 200)
    late = write(tmp_path, "c,a,b", *["1,2,3"] * 200, '"1,000",?,x', name="late.csv")
    assert len(CsvReader((plain, late)).chunks()) > 4
    assert inferred([plain, late]) == {
        "a": ("INT", "missing:?"), "b": ("BYTES",), "c": ("INT", "number:1,234.5")
    }  # fmt: skip


def test_what_a_comma_is_another_column_shows(tmp_path: Path) -> None:
    rows = ('"1,234","1,5"', '"5,678","2,5"')
    assert inferred([write(tmp_path, "a,b", *rows)])["a"] == ("FLOAT", "number:1234,5")
    points = ('"1,234",1.5', '"5,678",2.5')
    assert inferred([write(tmp_path, "a,b", *points)])["a"] == ("INT", "number:1,234.5")


def test_rows_that_are_none_have_no_say(tmp_path: Path) -> None:
    file = write(tmp_path, "a,b", "1,2", "x", "NA,3")
    reader = CsvReader((file,))
    assert {
        name: (str.__str__(kind), *tags_of(kind)) for name, kind in reader.columns().items()
    } == {
        "a": ("INT", "missing:NA"),
        "b": ("INT",),
    }
