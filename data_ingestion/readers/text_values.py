"""Text to values: what is a number, what is text, and why a value is neither."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_ingestion.readers.cell_text import plain_numbers, without_missing
from zeroskew.cell_types import NumberType

ARROW_TYPES = {"FLOAT": pa.float64(), "INT": pa.int64(), "BYTES": pa.binary()}

_PLAIN = {
    "INT": r"^-?[0-9]{1,18}$",
    "FLOAT": r"^-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?$",
}
_WHOLE = re.compile(r"-?[0-9]+")
_SHOWN = 60


def parse_values(texts: pa.Array, kind: str, name: str) -> tuple[pa.Array, dict[int, str]]:
    """Parses the values of a column.

    Numbers may stand between blanks and have a sign; an integer may be hexadecimal, such as 0x1F.

    Args:
        texts: binary array; null where a value is missing.
        kind: ``"FLOAT"``, ``"INT"`` or ``"BYTES"``; a `CellType` says how they are written.
        name: of the column.

    Returns:
        A float64, int64 or binary array, and for each value that is not of this kind, by its
        index, the reason; such a value is null in the array.
    """
    texts = without_missing(texts, kind)
    faults = dict.fromkeys(_not_utf8(texts), f"{name} is not UTF-8")
    texts = _without(texts, faults)
    if kind == "BYTES":
        return texts, faults
    trimmed = pc.utf8_trim(texts.cast(pa.string()), " \t")
    if isinstance(kind, NumberType):
        trimmed, unfit = plain_numbers(trimmed, kind.style)
        bad = np.flatnonzero(unfit).tolist()
        for index in bad:
            shown = show(texts[index].as_py())
            faults[index] = f"{name} is {shown}, not {kind} written as {kind.style}"
        trimmed = _without(trimmed, bad)
    trimmed = pc.replace_substring_regex(trimmed, pattern=r"^\+([0-9.])", replacement=r"\1")
    try:
        values = trimmed.cast(ARROW_TYPES[kind])
    except pa.ArrowInvalid:
        bad = _not_numbers(trimmed, kind)
        faults.update({index: _why(texts[index].as_py(), kind, name) for index in bad})
        values = _without(trimmed, bad).cast(ARROW_TYPES[kind])
    return reject_unbounded(values, texts, faults, name) if kind == "FLOAT" else (values, faults)


def reject_unbounded(
    values: pa.Array, texts: pa.Array, faults: dict[int, str], name: str
) -> tuple[pa.Array, dict[int, str]]:
    """Adds to `faults` the values that are NaN, infinite or beyond a 32-bit float."""
    unbounded = [int(index) for index in np.flatnonzero(~is_bounded(values))]
    found = {index: _why(texts[index].as_py(), "FLOAT", name) for index in unbounded}
    return _without(values, found), {**faults, **found}


def is_bounded(values: pa.Array) -> np.ndarray:
    """Tells for each float64 whether it is missing, or finite as a 32-bit float as well."""
    numbers = values.fill_null(0.0).to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):
        return np.isfinite(numbers.astype(np.float32))


def _not_utf8(texts: pa.Array) -> list[int]:
    try:
        texts.cast(pa.string())
    except pa.ArrowInvalid:
        return [index for index, text in enumerate(texts.to_pylist()) if not _is_utf8(text)]
    return []


def _is_utf8(text: bytes | None) -> bool:
    try:
        (text or b"").decode()
    except UnicodeDecodeError:
        return False
    return True


def _not_numbers(texts: pa.Array, kind: str) -> list[int]:
    plain = pc.match_substring_regex(texts, pattern=_PLAIN[kind]).fill_null(True)
    doubtful = np.flatnonzero(~plain.to_numpy(zero_copy_only=False))
    return [int(index) for index in doubtful if not _parses(texts[index], kind)]


def _parses(text: pa.Scalar, kind: str) -> bool:
    try:
        text.cast(ARROW_TYPES[kind])
    except pa.ArrowInvalid:
        return False
    return True


def show(text: bytes) -> str:
    """Returns a text in quotes, cut off if it is long."""
    shown = text.decode(errors="backslashreplace")
    return repr(shown if len(shown) <= _SHOWN else shown[: _SHOWN - 3] + "...")


def _why(text: bytes, kind: str, name: str) -> str:
    shown = show(text)
    if kind == "INT" and _WHOLE.fullmatch(shown[1:-1].strip().lstrip("+")):
        return f"{name} is {shown}, beyond a 64-bit integer"
    if kind == "FLOAT" and _parses(pa.scalar(text.decode().strip().lstrip("+")), kind):
        return f"{name} is {shown}, not a finite 32-bit number"
    return f"{name} is {shown}, not {kind}"


def _without(values: pa.Array, indices: list[int] | dict[int, str]) -> pa.Array:
    """Returns the array with null at `indices`."""
    if not indices:
        return values
    keep = np.ones(len(values), bool)
    keep[list(indices)] = False
    return pc.if_else(pa.array(keep), values, pa.scalar(None, values.type))
