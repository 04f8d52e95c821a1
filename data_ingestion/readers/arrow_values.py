"""Values of any Arrow type to the three kinds that a tf.Example holds.

| Arrow type | FLOAT | INT | BYTES | if the schema does not say |
| --- | --- | --- | --- | --- |
| integers | the number | the number | decimal text | INT |
| bool | 0 or 1 | 0 or 1 | `true`, `false` | INT |
| float16, float32, float64 | the number | if it is whole | decimal text | FLOAT |
| decimal | the nearest number | if it is whole | its text | FLOAT |
| text, binary | as CSV is read | as CSV is read | the bytes | BYTES |
| date | seconds since 1970 | seconds since 1970 | `2016-12-30` | BYTES |
| timestamp | seconds since 1970 | whole seconds, rounded down | `2016-12-30T08:15:00` | BYTES |
| time | seconds since midnight | whole seconds, rounded down | `08:15:00` | BYTES |
| null | missing | missing | missing | BYTES |

A timestamp with a time zone is put in UTC, and its text ends with `Z`. NaN is a missing value.
Infinity has no text, and neither has a day before the year 1 or after 9999.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as of

from data_ingestion.readers.cell_text import without_missing
from data_ingestion.readers.text_values import (
    ARROW_TYPES,
    is_bounded,
    parse_values,
    reject_unbounded,
)

Faults = dict[int, str]

_SECONDS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_YEAR_1 = -62_135_596_800
_YEAR_10000 = 253_402_300_800
_LARGEST = 2**63


def kind_of(data_type: pa.DataType) -> str | None:
    """Returns the kind that values of a type become if no schema says; None if there is none."""
    if of.is_integer(data_type) or of.is_boolean(data_type):
        return "INT"
    if of.is_floating(data_type) or of.is_decimal(data_type):
        return "FLOAT"
    if _is_text(data_type) or of.is_temporal(data_type) or of.is_null(data_type):
        return None if of.is_duration(data_type) else "BYTES"
    return None


def convert_values(array: pa.Array, kind: str, name: str) -> tuple[pa.Array, Faults]:
    """Converts the values of a column that holds no lists.

    Args:
        array: of a type for which `kind_of` knows a kind.
        kind: ``"FLOAT"``, ``"INT"`` or ``"BYTES"``; a `CellType` says how texts are written.
        name: of the column.

    Returns:
        A float64, int64 or binary array, and for each value that is not of this kind, by its
        index, the reason; such a value is null in the array.
    """
    if of.is_null(array.type):
        return pa.nulls(len(array), ARROW_TYPES[kind]), {}
    if _is_text(array.type):
        texts = array.cast(pa.large_binary()).cast(pa.binary())
        if kind == "BYTES":
            return without_missing(texts, kind), {}
        return parse_values(texts, kind, name)
    if of.is_floating(array.type):
        array = _without_nan(array)
    return _CONVERSIONS[kind](array, name)


def _is_text(data_type: pa.DataType) -> bool:
    checks: tuple[Callable[[pa.DataType], bool], ...] = (
        of.is_string,
        of.is_large_string,
        of.is_binary,
        of.is_large_binary,
        of.is_fixed_size_binary,
    )
    return any(check(data_type) for check in checks)


def _without_nan(array: pa.Array) -> pa.Array:
    numbers = array.to_numpy(zero_copy_only=False)
    # A 32-bit 0.1 stays one, for its text is not that of the 64-bit number.
    numbers = numbers.astype(np.promote_types(numbers.dtype, np.float32), copy=False)
    return pa.array(numbers, mask=np.isnan(numbers))


def _to_float(array: pa.Array, name: str) -> tuple[pa.Array, Faults]:
    if of.is_temporal(array.type):
        array = _seconds(array, whole=False)
    elif of.is_boolean(array.type):
        array = array.cast(pa.int64())
    numbers = array.cast(pa.float64(), safe=False)
    if is_bounded(numbers).all():
        return numbers, {}
    return reject_unbounded(numbers, as_text(array).cast(pa.binary()), {}, name)


def _to_integer(array: pa.Array, name: str) -> tuple[pa.Array, Faults]:
    if of.is_temporal(array.type):
        return _seconds(array, whole=True), {}
    if of.is_boolean(array.type):
        return array.cast(pa.int64()), {}
    try:
        return array.cast(pa.int64()), {}
    except pa.ArrowInvalid:
        values = array.to_pylist()
    faults = {
        index: f"{name} is {value}, {_why_no_integer(value)}"
        for index, value in enumerate(values)
        if value is not None and _why_no_integer(value)
    }
    whole = [None if index in faults else value for index, value in enumerate(values)]
    return pa.array([None if one is None else int(one) for one in whole], pa.int64()), faults


def _why_no_integer(value: float) -> str:
    if -_LARGEST <= value < _LARGEST:
        return "" if value == int(value) else "not INT"
    return "beyond a 64-bit integer"


def _to_bytes(array: pa.Array, name: str) -> tuple[pa.Array, Faults]:
    texts = as_text(array).cast(pa.binary())
    wrong, reason = _without_text(array)
    if not wrong.any():
        return texts, {}
    faults = {
        int(index): f"{name} is {show(array.slice(index, 1))}, {reason}"
        for index in np.flatnonzero(wrong)
    }
    return pc.if_else(pa.array(wrong), pa.scalar(None, pa.binary()), texts), faults


def show(one: pa.Array) -> str:
    """Returns the only value of an array as Arrow shows it, which it can for every value."""
    return " ".join(one.to_string().split())[1:-1].strip()


def _without_text(array: pa.Array) -> tuple[np.ndarray, str]:
    """Marks values that no text stands for, and says why."""
    if of.is_floating(array.type):
        numbers = array.fill_null(0).to_numpy(zero_copy_only=False)
        return ~np.isfinite(numbers), "not a finite number"
    if of.is_date(array.type) or of.is_timestamp(array.type):
        seconds = _seconds(array, whole=True).fill_null(0).to_numpy(zero_copy_only=False)
        return (seconds < _YEAR_1) | (seconds >= _YEAR_10000), "not in the years 1 to 9999"
    return np.zeros(len(array), bool), ""


def as_text(array: pa.Array) -> pa.Array:
    """Returns each value, not a text itself, as text."""
    if of.is_decimal(array.type):
        distinct = array.dictionary_encode()
        texts = [f"{number:f}" for number in distinct.dictionary.to_pylist()]
        return pa.array(texts, pa.string()).take(distinct.indices)
    if of.is_timestamp(array.type):
        return _moments(array)
    text = array.cast(pa.string())
    if of.is_time(array.type):
        return pc.replace_substring_regex(text, pattern=r"\.0+$", replacement="")
    return text


def _moments(array: pa.Array) -> pa.Array:
    """Returns timestamps as text, without a fraction where it is zero."""
    plain = array.cast(pa.timestamp(array.type.unit))
    in_seconds = plain.cast(pa.timestamp("s"), safe=False)
    is_whole = pc.equal(in_seconds.cast(plain.type, safe=False), plain)
    texts = pc.if_else(is_whole, in_seconds.cast(pa.string()), plain.cast(pa.string()))
    texts = pc.replace_substring(texts, pattern=" ", replacement="T", max_replacements=1)
    return pc.binary_join_element_wise(texts, "Z", "") if array.type.tz else texts


def _seconds(array: pa.Array, *, whole: bool) -> pa.Array:
    """Returns seconds since 1970, or since midnight, as int64 or float64."""
    if of.is_date32(array.type):
        return pc.multiply(array.cast(pa.int32()).cast(pa.int64()), 86_400)
    if of.is_date64(array.type):
        array = array.cast(pa.timestamp("ms"))
    if of.is_time(array.type):
        array = array.cast(pa.time64("ns"))
    ticks = array.cast(pa.int64())
    numbers = ticks.fill_null(0).to_numpy(zero_copy_only=False)
    per_second = _SECONDS["ns" if of.is_time(array.type) else array.type.unit]
    seconds = numbers // per_second if whole else numbers / per_second
    return pa.array(seconds, mask=ticks.is_null().to_numpy(zero_copy_only=False))


_CONVERSIONS: dict[str, Callable[[pa.Array, str], tuple[pa.Array, Faults]]] = {
    "FLOAT": _to_float,
    "INT": _to_integer,
    "BYTES": _to_bytes,
}
