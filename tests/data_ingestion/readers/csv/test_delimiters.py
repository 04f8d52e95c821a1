"""The delimiter that all lines agree on, and the reader that takes it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_files import quoted

from data_ingestion.readers.csv.delimiters import KNOWN, find_delimiter
from data_ingestion.readers.csv.heap import small_heap
from data_ingestion.readers.source import locate
from data_ingestion.settings import CsvSettings, DataSettings
from zeroskew.cell_types import tags_of


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with small_heap():
        yield


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        (b"a;b\n1,5;2\n3;4,25\n", ";"),
        (b"a\tb\r\n1,5\t2\r\n", "\t"),
        (b"a|b|c\n1|2|3\n\n4|5|6\n", "|"),
        (b"a,b\n1;5,2\n3,4\n", ","),
        (b"a,b\n1,2\n3\n", ","),
        (b'a;b\n"x;y\nz";2\n', ";"),
        (b"a\nx;y\n", ","),
        (b"a;b\n1;2\n3;4;5\n", ","),
        (b"a;b,c\n1;2,3\n", ","),
        (b"a\n1\n", ","),
        (b"", ","),
        (b"\0\xff;b\n1;2\n", ";"),
        (b'0;","\n0;1\n', ";"),
        (b'a;"b,c"\n1;"2,3"\n', ";"),
        (b'\xef\xbb\xbf"a,b";c\n"1,2";3\n', ";"),
        (b'a;b\n5" pipe;1\n', ";"),
    ],
)
def test_what_all_lines_agree_on_and_else_the_comma(text: bytes, delimiter: str) -> None:
    assert find_delimiter(text, whole=True) == delimiter


def test_a_row_that_is_cut_off_has_no_say() -> None:
    assert find_delimiter(b"a;b\n1;2\n3", whole=False) == ";"
    assert find_delimiter(b"a;b\n1;2\n3", whole=True) == ","


cells = st.text(st.sampled_from("abc 1."), min_size=1, max_size=5)


@given(
    st.integers(2, 6).flatmap(
        lambda n: st.lists(st.lists(cells, min_size=n, max_size=n), min_size=1)
    )
)
def test_a_table_is_found_by_each_delimiter(table: list[list[str]]) -> None:
    for delimiter in KNOWN:
        text = "".join(f"{delimiter.join(row)}\n" for row in table)
        assert find_delimiter(text.encode(), whole=True) == delimiter


words = st.text(st.sampled_from('ab,;\t|"\n'), min_size=1, max_size=4)


@given(
    st.integers(2, 4).flatmap(
        lambda n: st.lists(st.lists(words, min_size=n, max_size=n), min_size=1)
    )
)
def test_a_delimiter_in_quotes_is_none(table: list[list[str]]) -> None:
    for delimiter in KNOWN:
        text = "".join(f"{delimiter.join(map(quoted, row))}\n" for row in table)
        assert find_delimiter(text.encode(), whole=True) == delimiter


def test_files_of_several_delimiters_are_read_as_one_and_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("fare,n\n1.5,1\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("n;fare\n2;2.5\n", encoding="utf-8")
    source = locate(DataSettings(path=str(tmp_path)))
    assert source.types() == {"fare": "FLOAT", "n": "INT"}
    found = [row for _, rows in source.rows(source.types()) for row in rows.batch.to_pylist()]
    assert found == [{"fare": 1.5, "n": 1}, {"n": 2, "fare": 2.5}]
    assert source.remarks() == [
        "b.csv: ';' stands between the fields, found in the file; to set it: data.csv.delimiter"
    ]


def test_a_delimiter_that_is_set_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    for delimiter, names in ((",", ["a;b"]), (";", ["a", "b"])):
        settings = DataSettings(path=str(tmp_path), csv=CsvSettings(delimiter=delimiter))
        source = locate(settings)
        assert [*source.types()] == names
        assert source.remarks() == []


def test_a_file_as_a_spreadsheet_writes_it_where_the_decimal_is_a_comma(tmp_path: Path) -> None:
    text = "\ufeffPreis; Ort ;Anteil\r\n1.234,50 €;Köln;12,5 %\r\n-;Ulm;7 %\r\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8", newline="")
    source = locate(DataSettings(path=str(tmp_path)))
    types = source.types()
    assert types == {"Preis": "FLOAT", "Ort": "BYTES", "Anteil": "FLOAT"}
    assert tags_of(types["Preis"]) == ["number:1.234,5€", "missing:-"]
    ((_, rows),) = source.rows(types)
    assert rows.batch.to_pylist() == [
        {"Preis": 1234.5, "Ort": "Köln".encode(), "Anteil": 12.5},
        {"Preis": None, "Ort": b"Ulm", "Anteil": 7.0},
    ]
    assert source.remarks()[1:] == [
        "names of columns are read without the blanks around them: ' Ort '"
    ]
