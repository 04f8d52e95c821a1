"""The rows that show an anomaly: the source is read again until some of each are found."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_ingestion.anomalies.anomaly import Anomaly
from data_ingestion.anomalies.expectations import bounds, domain_values, find_feature
from data_ingestion.readers.rows import RejectedRow, Rows
from data_ingestion.readers.source import Source
from data_ingestion.rules.row_rules import Predicate, Predicates

SHOWN = 3

_Test = Callable[[pa.Array], np.ndarray]
_Key = tuple[str, str]


def with_rows(
    anomalies: Sequence[Anomaly],
    source: Source,
    schema: Any,
    types: Mapping[str, str],
    rules: Sequence[Predicate] = (),
) -> list[Anomaly]:
    """Returns the anomalies with the first rows that show them, where rows can.

    Args:
        anomalies: what was found.
        source: the rows it was found in.
        schema: the `schema_pb2.Schema` that they break.
        types: ``"FLOAT"``, ``"INT"`` or ``"BYTES"`` by column.
        rules: a row that breaks one is not used, so it shows nothing.
    """
    wanted = {(one.subject, one.kind): _test(one, schema) for one in anomalies}
    tests = {key: test for key, test in wanted.items() if test is not None}
    of_a_type = {column for column, kind in wanted if kind == "type"}
    found: dict[_Key, list[RejectedRow]] = {key: [] for key in tests}
    found |= {(column, "type"): [] for column in of_a_type}
    predicates = Predicates(rules, types)
    chunks = source.rows(types) if found else iter(())
    for name, rows in chunks:
        for column in of_a_type:
            of_column = [row for row in rows.rejected if row.reason.startswith(f"{column} is ")]
            found[column, "type"] += of_column
        used = _used(predicates, rows)
        for key, test in tests.items():
            if len(found[key]) < SHOWN:
                found[key] += _rows_of(key[0], test, name, rows, used)
        if all(len(shown) >= SHOWN for shown in found.values()):
            break
    return [
        dataclasses.replace(one, rows=found.get((one.subject, one.kind), [])[:SHOWN] or one.rows)
        for one in anomalies
    ]


def _used(predicates: Predicates, rows: Rows) -> np.ndarray:
    used = np.ones(rows.batch.num_rows, bool)
    for verdict in predicates.evaluate(rows.batch):
        used &= verdict.filled(True)
    return used


def _rows_of(
    column: str, test: _Test, source: str, rows: Rows, used: np.ndarray
) -> Iterator[RejectedRow]:
    index = rows.batch.schema.get_field_index(column)
    if index < 0:
        values = pa.nulls(rows.batch.num_rows)
        shown = used
    else:
        values = rows.batch.column(index)
        shown = used & test(values)
    for row in np.flatnonzero(shown)[:SHOWN].tolist():
        yield RejectedRow(
            source, int(rows.lines[row]), _words(column, values[row].as_py()), rows.raw(row)
        )


def _words(column: str, value: Any) -> str:
    if value is None:
        return f"{column} is missing"
    if isinstance(value, list):
        return f"{column} is {[_plain(one) for one in value]}"
    return f"{column} is {_plain(value)!r}"


def _plain(value: Any) -> Any:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value


def _test(anomaly: Anomaly, schema: Any) -> _Test | None:
    """Returns what tells for each value of a column whether it shows the anomaly."""
    feature = find_feature(schema, anomaly.subject)
    if feature is None:
        return None
    if anomaly.kind == "presence":
        return lambda values: values.is_null().to_numpy(zero_copy_only=False)
    if anomaly.kind == "value_count":
        constraint = feature.value_count
        return lambda values: _is_outside(_counts(values), constraint.min, constraint.max or None)
    allowed = domain_values(schema, feature)
    if anomaly.kind == "domain" and allowed is not None:
        known = pa.array([value.encode() for value in allowed], pa.binary())
        return lambda values: _any(values, lambda flat: ~_numpy(pc.is_in(flat, value_set=known)))
    if anomaly.kind in ("range", "domain"):
        low, high = bounds(feature)
        return lambda values: _any(values, lambda flat: _is_outside(_numpy(flat), low, high))
    return None


def _is_outside(numbers: np.ndarray, low: float | None, high: float | None) -> np.ndarray:
    outside = np.zeros(len(numbers), bool)
    if low is not None:
        outside |= numbers < low
    if high is not None:
        outside |= numbers > high
    return outside


def _any(values: pa.Array, is_bad: _Test) -> np.ndarray:
    """Tells for each row whether one of its values is bad."""
    counts = _counts(values)
    flat = values.flatten() if pa.types.is_nested(values.type) else values.drop_null()
    bad = np.zeros(len(values), bool)
    bad[np.repeat(np.arange(len(values)), counts)[is_bad(flat)]] = True
    return bad


def _counts(values: pa.Array) -> np.ndarray:
    """Returns how many values each row has."""
    if pa.types.is_nested(values.type):
        return _numpy(values.value_lengths().fill_null(0))
    return _numpy(values.is_valid()).astype(np.int64)


def _numpy(values: pa.Array) -> np.ndarray:
    return values.to_numpy(zero_copy_only=False)
