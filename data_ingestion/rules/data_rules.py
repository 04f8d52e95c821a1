"""Rules about all rows together: unique keys, enough rows, fresh rows, values that exist."""

import datetime
from collections.abc import Sequence

import duckdb
import pyarrow as pa
import pyarrow.dataset

from data_ingestion.rules.results import DataRuleResult
from data_ingestion.rules.rules_file import DataRule, Fresh, MinRows, References, Unique
from zeroskew.errors import DataError

SAMPLES = 3


def check_data(
    rules: Sequence[DataRule], rows: int, kept: Sequence[pa.Table], now: datetime.datetime
) -> list[DataRuleResult]:
    """Evaluates the rules.

    Args:
        rules: what the data must keep.
        rows: how many there are.
        kept: `_source`, `_line` and the columns of the rules, of all rows.
        now: what fresh is measured from.
    """
    with duckdb.connect(config={"enable_external_access": False}) as connection:
        if kept:
            connection.register(
                "rows", pyarrow.dataset.dataset(pa.concat_tables(kept, promote=True))
            )
        return [_check(rule, rows, connection, now) for rule in rules]


def _check(
    rule: DataRule, rows: int, connection: duckdb.DuckDBPyConnection, now: datetime.datetime
) -> DataRuleResult:
    if isinstance(rule, MinRows):
        return _result(rule, rows >= rule.min_rows, f"{rows:,} rows")
    if isinstance(rule, Fresh):
        latest = _latest(rule, connection)
        age = (now - latest).total_seconds() / 86_400 if latest else None
        text = f"the latest is {latest:%Y-%m-%d %H:%M} UTC" if latest else "no row has a value"
        return _result(rule, age is not None and age <= rule.within_days, text)
    condition = _uniqueness(rule) if isinstance(rule, Unique) else _reference(rule)
    shown = ", ".join(["_source", "_line", *map(_quoted, rule.columns)])
    (count,) = connection.execute(f"SELECT count(*) FROM rows WHERE {condition}").fetchone() or (0,)
    samples = connection.execute(
        f"SELECT {shown} FROM rows WHERE {condition} ORDER BY _source, _line LIMIT {SAMPLES}"
    ).fetchall()
    return _result(rule, count == 0, f"{count:,} rows break it", rule.columns, samples)


def _uniqueness(rule: Unique) -> str:
    key = ", ".join(map(_quoted, rule.unique))
    whole = " AND ".join(f"{_quoted(name)} IS NOT NULL" for name in rule.unique)
    again = f"SELECT {key} FROM rows WHERE {whole} GROUP BY ALL HAVING count(*) > 1"
    return f"({key}) IN ({again})"


def _reference(rule: References) -> str:
    every, other = _quoted(rule.every), _quoted(rule.is_in)
    known = f"SELECT {other} FROM rows WHERE {other} IS NOT NULL"
    return f"{every} IS NOT NULL AND {every} NOT IN ({known})"


def _latest(rule: Fresh, connection: duckdb.DuckDBPyConnection) -> datetime.datetime | None:
    (value,) = connection.execute(f"SELECT max({_quoted(rule.fresh)}) FROM rows").fetchone() or (
        None,
    )
    if value is None:
        return None
    try:
        if isinstance(value, bytes):
            found = datetime.datetime.fromisoformat(value.decode().replace("Z", "+00:00"))
            return found if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)
        return datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
    except (ValueError, OverflowError, OSError) as error:
        raise DataError(
            f"column {rule.fresh!r} must hold times, for it must be fresh",
            allowed="seconds since 1970-01-01, or text such as 2016-12-30T08:00:00",
            received=repr(value),
            action="correct the column, or the rule",
        ) from error


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _result(
    rule: DataRule,
    ok: bool,
    text: str,
    columns: Sequence[str] = (),
    samples: Sequence[tuple[object, ...]] = (),
) -> DataRuleResult:
    names = ("source", "line", *columns)
    shown = tuple(dict(zip(names, map(_plain, sample), strict=True)) for sample in samples)
    return DataRuleResult(str(rule), rule.severity.upper(), ok, text, shown)


def _plain(value: object) -> object:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value
