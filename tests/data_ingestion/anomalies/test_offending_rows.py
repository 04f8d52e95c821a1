"""Rows that show an anomaly are found again in the files they came from."""

import dataclasses
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from data_ingestion.anomalies.anomaly import Anomaly
from data_ingestion.anomalies.offending_rows import with_rows
from data_ingestion.readers.source import locate
from data_ingestion.rules.row_rules import Predicate
from data_ingestion.settings import DataSettings
from zeroskew.schema import column_types

SCHEMA = """
feature { name: "month" type: INT int_domain { min: 1 max: 12 } }
feature { name: "fare" type: FLOAT float_domain { min: 0.5 } }
feature { name: "way" type: BYTES domain: "ways" }
feature { name: "paid" type: BYTES bool_domain { true_value: "yes" false_value: "no" } }
feature { name: "stops" type: INT value_count { min: 1 max: 2 } int_domain { max: 9 } }
string_domain { name: "ways" value: "Cash" value: "Card" }
"""


def shown(
    data: Path, *kinds: tuple[str, str], rules: tuple[Predicate, ...] = ()
) -> dict[tuple[str, str], list[tuple[int, str]]]:
    """Returns line and reason of the rows of each anomaly."""
    schema: Any = text_format.Parse(SCHEMA, schema_pb2.Schema())
    anomalies = [Anomaly(subject, kind) for subject, kind in kinds]
    source = locate(DataSettings(path=str(data)))
    found = with_rows(anomalies, source, schema, column_types(schema), rules)
    assert [dataclasses.replace(one, rows=()) for one in found] == anomalies
    return {(one.subject, one.kind): [(row.line, row.reason) for row in one.rows] for one in found}


def write(folder: Path, *lines: str) -> Path:
    file = folder / "trips.csv"
    file.write_text("\n".join(["month,fare,way,paid", *lines, ""]), encoding="utf-8")
    return file


def test_the_first_three_of_each_with_file_line_and_value(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "1,0.25,Cash,yes",
        "13,1,Bit,maybe",
        "0,1,Cash,no",
        ",1,,",
        "99,1,Coin,no",
        "98,1,Card,no",
        "x,1,Card,no",
    )
    kinds = [("month", "range"), ("fare", "range"), ("way", "domain"), ("paid", "domain")]
    assert shown(file, *kinds, ("month", "presence"), ("month", "type")) == {
        ("month", "range"): [(3, "month is 13"), (4, "month is 0"), (6, "month is 99")],
        ("fare", "range"): [(2, "fare is 0.25")],
        ("way", "domain"): [(3, "way is 'Bit'"), (6, "way is 'Coin'")],
        ("paid", "domain"): [(3, "paid is 'maybe'")],
        ("month", "presence"): [(5, "month is missing")],
        ("month", "type"): [(8, "month is 'x', not INT")],
    }


def test_the_text_of_the_row_is_there_too(tmp_path: Path) -> None:
    file = write(tmp_path, "1,1,Cash,yes", '13,1,"Cash",yes')
    schema: Any = text_format.Parse(SCHEMA, schema_pb2.Schema())
    source = locate(DataSettings(path=str(file)))
    (one,) = with_rows([Anomaly("month", "range")], source, schema, column_types(schema))
    (row,) = one.rows
    assert (row.source, row.line, row.raw) == (str(file), 3, '13,1,"Cash",yes')


def test_rows_that_were_rejected_for_a_rule_show_nothing(tmp_path: Path) -> None:
    file = write(tmp_path, "13,-1,Cash,yes", "14,1,Cash,yes")
    rule = Predicate("fares", "fare >= 0", rejects=True)
    assert shown(file, ("month", "range"), rules=(rule,)) == {
        ("month", "range"): [(3, "month is 14")]
    }


def test_a_file_without_the_column_misses_it_in_each_row(tmp_path: Path) -> None:
    for name, text in (("a.csv", "fare\n1\n2\n"), ("b.csv", "fare,month\n3,4\n5,\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert shown(tmp_path, ("month", "presence")) == {
        ("month", "presence"): [
            (2, "month is missing"),
            (3, "month is missing"),
            (3, "month is missing"),
        ]
    }


def test_lists(tmp_path: Path) -> None:
    rows = pa.table({"stops": [[1, 2], [], [3, 10], None, [1, 2, 3], [4]]})
    pq.write_table(rows, tmp_path / "trips.parquet")
    assert shown(tmp_path, ("stops", "value_count"), ("stops", "range")) == {
        ("stops", "value_count"): [
            (2, "stops is []"),
            (4, "stops is missing"),
            (5, "stops is [1, 2, 3]"),
        ],
        ("stops", "range"): [(3, "stops is [3, 10]")],
    }


def test_what_no_row_shows_has_none(tmp_path: Path) -> None:
    file = write(tmp_path, "1,1,Cash,yes")
    kinds = [("way", "drift"), ("weather", "new_column"), ("number of rows", "row_count")]
    assert shown(file, *kinds) == {kind: [] for kind in kinds}
