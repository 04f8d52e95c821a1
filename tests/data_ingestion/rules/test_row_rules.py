from typing import Any

import pyarrow as pa
import pytest

from data_ingestion.rules.row_rules import Predicate, Predicates
from zeroskew.errors import DataError, SettingsError

TYPES = {"fare": "FLOAT", "seconds": "INT", "company": "BYTES"}
ROWS = pa.RecordBatch.from_pydict(
    {
        "fare": pa.array([1.0, -1.0, None, 5.0]),
        "seconds": pa.array([60, 86_400, 0, None], pa.int64()),
        "company": pa.array([b"Blue", None, b"", b"\xff"], pa.binary()),
    }
)


def evaluate(sql: str, rows: pa.RecordBatch = ROWS) -> list[Any]:
    """Returns True, False, or None where a condition is neither."""
    (verdict,) = Predicates([Predicate("rule", sql)], TYPES).evaluate(rows)
    return [None if value is None else bool(value) for value in verdict.tolist()]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("fare >= 0", [True, False, None, True]),
        ("seconds < 86400", [True, False, True, None]),
        ("fare >= 0 OR seconds = 0", [True, False, True, True]),
        ("company <> ''", [True, False, False, True]),
        ("company = 'Blue'", [True, False, False, False]),
        ("fare IS NOT NULL", [True, True, False, True]),
        ("seconds", [True, True, False, None]),
        ("fare >= 0 -- no trip pays back", [True, False, None, True]),
    ],
)
def test_conditions_are_evaluated_as_sql_does(sql: str, expected: list[Any]) -> None:
    assert evaluate(sql) == expected


def test_a_column_that_the_file_lacks_is_missing() -> None:
    rows = pa.RecordBatch.from_pydict({"fare": pa.array([1.0])})
    assert evaluate("seconds > 0", rows) == [None]
    assert evaluate("company = ''", rows) == [True]


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("fair >= 0", 'Referenced column "fair" not found'),
        ("fare >=", "syntax error"),
        ("sum(fare) > 0", "it is about many rows, not about one"),
        ("(SELECT count(*) FROM read_csv('/etc/passwd')) > 0", "disabled by configuration"),
        ("fare; DROP TABLE rows", "syntax error"),
    ],
)
def test_what_is_no_condition_on_one_row_is_an_error(sql: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Predicates([Predicate("fares", sql)], TYPES)
    rule, allowed, received, _ = str(caught.value).split("\n  ")
    assert rule == "rule 'fares' must be a condition on one row, in SQL"
    assert allowed == "allowed:  DuckDB's SQL over the columns fare, seconds, company"
    assert received.startswith(f"received: {sql} (")
    assert problem in received


@pytest.mark.parametrize(
    ("sql", "column"),
    [
        ("fare > 1", pa.array([[1.0, 2.0]])),
        ("CAST(company AS INTEGER) > 1", pa.array([b"Blue"])),
    ],
)
def test_rows_without_an_answer_are_a_data_error(sql: str, column: pa.Array) -> None:
    name = "company" if "company" in sql else "fare"
    rows = pa.RecordBatch.from_arrays([column], [name])
    with pytest.raises(DataError, match="each rule must have an answer for every row"):
        evaluate(sql, rows)
