import datetime
import decimal
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from data_ingestion.readers.arrow_rows import column_kinds, column_names, to_rows, widest_kinds
from zeroskew.errors import DataError

PARIS = datetime.timezone(datetime.timedelta(hours=2))
HALF_PAST = datetime.datetime(2016, 12, 30, 8, 15, 0, 500_000)
BEFORE_1970 = datetime.datetime(1969, 12, 31, 23, 59, 59, 500_000)
DAY = datetime.date(2016, 12, 30)


def convert(
    values: Sequence[Any], data_type: pa.DataType, kind: str
) -> tuple[list[Any], list[tuple[int, str]]]:
    """Returns the values of a column, and the numbers and reasons of its rejected rows."""
    batch = pa.RecordBatch.from_arrays([pa.array(values, data_type)], ["x"])
    rows = to_rows(batch, {"x": kind}, "trips", 1)
    return rows.batch.column(0).to_pylist(), [(row.line, row.reason) for row in rows.rejected]


@pytest.mark.parametrize(
    ("values", "data_type", "kind", "expected"),
    [
        ([1, None, -3], pa.int8(), "INT", [1, None, -3]),
        ([1, None, -3], pa.int64(), "FLOAT", [1.0, None, -3.0]),
        ([1, None, -3], pa.int32(), "BYTES", [b"1", None, b"-3"]),
        ([2**63 - 1], pa.uint64(), "INT", [2**63 - 1]),
        ([2**63], pa.uint64(), "BYTES", [b"9223372036854775808"]),
        ([2**63], pa.uint64(), "FLOAT", [9223372036854775808.0]),
        ([True, False, None], pa.bool_(), "INT", [1, 0, None]),
        ([True, False, None], pa.bool_(), "FLOAT", [1.0, 0.0, None]),
        ([True, False, None], pa.bool_(), "BYTES", [b"true", b"false", None]),
        (np.array([1.5, 2], np.float16), pa.float16(), "FLOAT", [1.5, 2.0]),
        ([1.5, float("nan"), None], pa.float32(), "FLOAT", [1.5, None, None]),
        ([2.0, float("nan"), -0.0], pa.float64(), "INT", [2, None, 0]),
        ([1.5, 2.0], pa.float64(), "BYTES", [b"1.5", b"2"]),
        ([0.1, float("nan")], pa.float32(), "BYTES", [b"0.1", None]),
        ([decimal.Decimal("0E-9")], pa.decimal128(20, 9), "BYTES", [b"0.000000000"]),
        ([decimal.Decimal(10) ** 30], pa.decimal256(40, 0), "FLOAT", [1e30]),
        ([decimal.Decimal("1.50"), None], pa.decimal128(5, 2), "FLOAT", [1.5, None]),
        ([decimal.Decimal("3.00"), None], pa.decimal128(5, 2), "INT", [3, None]),
        ([decimal.Decimal("1.50"), None], pa.decimal128(5, 2), "BYTES", [b"1.50", None]),
        (["é", "", None], pa.string(), "BYTES", ["é".encode(), b"", None]),
        (["é", "", None], pa.large_string(), "BYTES", ["é".encode(), b"", None]),
        ([b"\xff", None], pa.binary(), "BYTES", [b"\xff", None]),
        ([b"\xff", None], pa.large_binary(), "BYTES", [b"\xff", None]),
        ([b"ab", None], pa.binary(2), "BYTES", [b"ab", None]),
        ([" 7 ", "+8", None], pa.string(), "INT", [7, 8, None]),
        (["1e3", None], pa.string(), "FLOAT", [1000.0, None]),
        ([DAY, None], pa.date32(), "BYTES", [b"2016-12-30", None]),
        ([DAY, datetime.date(1969, 12, 31)], pa.date64(), "INT", [1_483_056_000, -86_400]),
        ([DAY, None], pa.date32(), "FLOAT", [1_483_056_000.0, None]),
        ([DAY, None], pa.date64(), "BYTES", [b"2016-12-30", None]),
        ([2**30], pa.date32(), "INT", [86_400 * 2**30]),
        (
            [datetime.date.min, datetime.date.max],
            pa.date32(),
            "BYTES",
            [b"0001-01-01", b"9999-12-31"],
        ),
        (
            [HALF_PAST, HALF_PAST.replace(microsecond=0), None],
            pa.timestamp("us"),
            "BYTES",
            [b"2016-12-30T08:15:00.500000", b"2016-12-30T08:15:00", None],
        ),
        ([HALF_PAST, BEFORE_1970], pa.timestamp("ms"), "INT", [1_483_085_700, -1]),
        ([HALF_PAST, None], pa.timestamp("ns"), "FLOAT", [1_483_085_700.5, None]),
        (
            [HALF_PAST.replace(microsecond=0, tzinfo=PARIS), None],
            pa.timestamp("s", "Europe/Paris"),
            "BYTES",
            [b"2016-12-30T06:15:00Z", None],
        ),
        ([datetime.time(8, 15), None], pa.time32("s"), "BYTES", [b"08:15:00", None]),
        ([datetime.time(8, 15, 1, 500_000)], pa.time64("us"), "INT", [29_701]),
        ([datetime.time(8, 15, 1, 500_000)], pa.time32("ms"), "FLOAT", [29_701.5]),
        (
            [0, 1, None],
            pa.timestamp("ns"),
            "BYTES",
            [
                b"1970-01-01T00:00:00",
                b"1970-01-01T00:00:00.000000001",
                None,
            ],
        ),
        ([0], pa.timestamp("ms", "Mars/Phobos"), "BYTES", [b"1970-01-01T00:00:00Z"]),
        ([None, None], pa.null(), "FLOAT", [None, None]),
        ([None], pa.null(), "INT", [None]),
        ([None], pa.null(), "BYTES", [None]),
        ([None, []], pa.list_(pa.null()), "INT", [None, []]),
        ([[1, 2], [], None, [3]], pa.list_(pa.int32()), "INT", [[1, 2], [], None, [3]]),
        ([["a"], None], pa.large_list(pa.string()), "BYTES", [[b"a"], None]),
        (
            [[1.0, 2.0], None, [3.0, 4.0]],
            pa.list_(pa.float32(), 2),
            "FLOAT",
            [[1, 2], None, [3, 4]],
        ),
        ([[DAY], []], pa.list_(pa.date32()), "BYTES", [[b"2016-12-30"], []]),
    ],
)
def test_each_type_becomes_what_the_table_says(
    values: Sequence[Any], data_type: pa.DataType, kind: str, expected: list[Any]
) -> None:
    assert convert(values, data_type, kind) == (expected, [])


@pytest.mark.parametrize(
    ("values", "data_type", "kind", "kept", "rejected"),
    [
        ([1, 2**63], pa.uint64(), "INT", [1], (2, f"x is {2**63}, beyond a 64-bit integer")),
        ([1.5, 1.0], pa.float64(), "INT", [1], (1, "x is 1.5, not INT")),
        ([1.0, 1e30], pa.float64(), "INT", [1], (2, "x is 1e+30, beyond a 64-bit integer")),
        ([1.0, float("inf")], pa.float64(), "INT", [1], (2, "x is inf, beyond a 64-bit integer")),
        ([1.0, -float("inf")], pa.float64(), "FLOAT", [1.0], (2, "x is '-inf', not a finite")),
        ([1e39, 1.0], pa.float64(), "FLOAT", [1.0], (1, "x is '1e+39', not a finite 32-bit")),
        ([1.0, float("inf")], pa.float32(), "BYTES", [b"1"], (2, "x is inf, not a finite number")),
        ([2**30], pa.date32(), "BYTES", [], (1, "x is <value out of range: 1073741824>, not in")),
        ([2**60], pa.timestamp("s"), "BYTES", [], (1, "x is <value out of range: 11529215046")),
        (
            [0, 253_402_300_800_000],
            pa.timestamp("ms"),
            "BYTES",
            [b"1970-01-01T00:00:00"],
            (2, "x is 10000-01-01 00:00:00.000, not in the years 1 to 9999"),
        ),
        ([decimal.Decimal("1.5")], pa.decimal128(5, 1), "INT", [], (1, "x is 1.5, not INT")),
        (["7", "seven"], pa.string(), "INT", [7], (2, "x is 'seven', not INT")),
        ([b"\xff", b"7"], pa.binary(), "FLOAT", [7.0], (1, "x is not UTF-8")),
        ([[1], [1, None]], pa.list_(pa.int64()), "INT", [[1]], (2, "x is a list with a missing")),
        ([[1.5], [2.0, 2.5]], pa.list_(pa.float64()), "INT", [], (1, "x is 1.5, not INT")),
    ],
)
def test_a_value_that_does_not_fit_rejects_its_row(
    values: Sequence[Any],
    data_type: pa.DataType,
    kind: str,
    kept: list[Any],
    rejected: tuple[int, str],
) -> None:
    found, reasons = convert(values, data_type, kind)
    assert found == kept
    assert len(reasons) == len(values) - len(kept)
    assert reasons[0][0] == rejected[0]
    assert reasons[0][1].startswith(rejected[1])


def test_what_is_held_by_a_dictionary_or_a_struct_is_taken_out() -> None:
    city = pa.array(["a", "b", "a"]).dictionary_encode()
    fields = pa.struct([("street", pa.string()), ("number", pa.int64())])
    values = [{"street": "x", "number": 1}, None, {"street": None, "number": 3}]
    address = pa.array(values, fields)
    batch = pa.RecordBatch.from_arrays([city, address], ["city", "address"])
    assert column_names(batch.schema) == ["city", "address.street", "address.number"]
    kinds = column_kinds(batch.schema)
    assert kinds == {"city": "BYTES", "address.street": "BYTES", "address.number": "INT"}
    assert to_rows(batch, kinds, "trips", 1).batch.to_pylist() == [
        {"city": b"a", "address.street": b"x", "address.number": 1},
        {"city": b"b", "address.street": None, "address.number": None},
        {"city": b"a", "address.street": None, "address.number": 3},
    ]


def test_lists_may_hold_what_is_held_by_a_dictionary() -> None:
    tags = pa.ListArray.from_arrays([0, 1, 1, 3], pa.array(["a", "b", "a"]).dictionary_encode())
    batch = pa.RecordBatch.from_arrays([tags], ["tags"])
    assert column_kinds(batch.schema) == {"tags": "BYTES"}
    rows = to_rows(batch, {"tags": "BYTES"}, "trips", 1)
    assert rows.batch.column(0).to_pylist() == [[b"a"], [], [b"b", b"a"]]


@pytest.mark.parametrize("data_type", [pa.list_(pa.int64()), pa.list_(pa.int64(), 2)])
def test_part_of_a_batch_has_its_own_lists(data_type: pa.DataType) -> None:
    values = [[1, 2], None, [3, 4], [5, 6]]
    batch = pa.RecordBatch.from_arrays([pa.array(values, data_type)], ["x"]).slice(1, 2)
    assert to_rows(batch, {"x": "INT"}, "trips", 1).batch.column(0).to_pylist() == values[1:3]


def test_a_column_without_values_takes_its_kind_from_elsewhere() -> None:
    schemas = [
        pa.schema([("a", pa.null()), ("b", pa.null()), ("c", pa.int64())]),
        pa.schema([("a", pa.int64()), ("b", pa.list_(pa.null())), ("c", pa.float32())]),
    ]
    assert widest_kinds(schemas) == {"a": "INT", "b": "BYTES", "c": "FLOAT"}


@pytest.mark.parametrize(
    "unreadable",
    [
        pa.array([2**40], pa.timestamp("s")),
        pa.array([2**40], pa.timestamp("s", "Mars/Phobos")),
        pa.array([[2**40]], pa.list_(pa.timestamp("s"))),
    ],
)
def test_a_rejected_row_shows_what_python_cannot_hold(unreadable: pa.Array) -> None:
    batch = pa.RecordBatch.from_arrays([pa.array([1.5]), unreadable], ["a", "b"])
    (rejected,) = to_rows(batch, {"a": "INT"}, "trips", 1).rejected
    assert rejected.reason == "a is 1.5, not INT"
    assert "<value out of range: 1099511627776>" in json.loads(rejected.raw)["b"]


def test_rows_have_numbers_and_their_text_is_json() -> None:
    batch = pa.RecordBatch.from_pydict({"a": [1.0, float("inf"), 3.0], "b": ["é", "x", None]})
    rows = to_rows(batch, {"a": "FLOAT"}, "trips.parquet", 11)
    assert rows.batch.to_pylist() == [{"a": 1.0}, {"a": 3.0}]
    assert rows.lines.tolist() == [11, 13]
    assert [rows.raw(0), rows.raw(1)] == ['{"a": 1.0, "b": "é"}', '{"a": 3.0, "b": null}']
    (rejected,) = rows.rejected
    assert (rejected.source, rejected.line) == ("trips.parquet", 12)
    assert rejected.raw == '{"a": Infinity, "b": "x"}'


@pytest.mark.parametrize(
    "data_type",
    [
        pa.map_(pa.string(), pa.int64()),
        pa.list_(pa.list_(pa.int64())),
        pa.list_(pa.struct([("a", pa.int64())])),
        pa.duration("s"),
    ],
)
def test_a_type_without_a_place_stops_only_if_the_schema_names_it(data_type: pa.DataType) -> None:
    batch = pa.RecordBatch.from_arrays([pa.array([1]), pa.nulls(1, data_type)], ["a", "x"])
    assert column_kinds(batch.schema) == {"a": "INT"}
    assert to_rows(batch, {"a": "INT"}, "trips", 1).batch.to_pylist() == [{"a": 1}]
    with pytest.raises(DataError) as caught:
        to_rows(batch, {"a": "INT", "x": "BYTES"}, "trips", 1)
    rule, _, received, _ = str(caught.value).splitlines()
    assert rule == "column 'x' must be of a type that a tf.Example can hold"
    assert received == f"  received: {data_type}"


def test_at_least_one_column_is_in_the_schema() -> None:
    batch = pa.RecordBatch.from_pydict({"fare": [1.0]})
    with pytest.raises(DataError) as caught:
        to_rows(batch, {"tips": "FLOAT"}, "trips", 1)
    assert str(caught.value).splitlines() == [
        "the data must have at least one column of the schema",
        "  allowed:  tips",
        "  received: trips with the columns fare",
    ]
