"""The few operations of TensorFlow that values need, on NumPy arrays.

With them an expression is checked in a moment, without loading TensorFlow. Their names and
arguments are TensorFlow's; text is an array of objects, bytes.
"""

import re
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

abs = np.abs
equal, not_equal = np.equal, np.not_equal
greater, greater_equal, less, less_equal = np.greater, np.greater_equal, np.less, np.less_equal
logical_and, logical_or = np.logical_and, np.logical_or
ones_like, where, zeros_like = np.ones_like, np.where, np.zeros_like
gather, reshape, searchsorted, shape = np.take, np.reshape, np.searchsorted, np.shape


def cast(values: Any, dtype: str) -> Any:
    """Returns the values as another type."""
    return np.asarray(values).astype(dtype)


def constant(value: Any, dtype: str) -> Any:
    """Returns one value, or a list of them."""
    is_text = dtype == "string"
    encoded = value.encode() if isinstance(value, str) else value
    return np.array(encoded, object if is_text else dtype)


def _lower(texts: Any, encoding: str) -> Any:
    return _each(texts, lambda text: text.decode(encoding, "replace").lower().encode(), object)


def _regex_full_match(texts: Any, pattern: str) -> Any:
    found = re.compile(pattern.encode())
    return _each(texts, lambda text: bool(found.fullmatch(text)), bool)


def _regex_replace(texts: Any, pattern: str, rewrite: str) -> Any:
    found = re.compile(pattern.encode())
    template = re.sub(r"\\([0-9])", r"\\g<\1>", rewrite).encode()
    return _each(texts, lambda text: found.sub(template, text), object)


def _decode_csv(lines: Any, defaults: Sequence[Any]) -> list[Any]:
    rows = [line.split(b",") for line in lines]
    return [
        np.array([row[place] or default[0] for row in rows], object).astype(default.dtype)
        for place, default in enumerate(defaults)
    ]


def _as_string(numbers: Any) -> Any:
    return np.array([str(one).encode() for one in numbers.tolist()], object)


def _length(texts: Any, unit: str) -> Any:
    del unit
    return _each(texts, lambda text: len(text.decode("utf-8", "replace")), np.int64)


def _each(texts: Any, function: Callable[[bytes], Any], dtype: Any) -> Any:
    return np.array([function(text) for text in texts], dtype)


math = SimpleNamespace(exp=np.exp, is_finite=np.isfinite, log=np.log, sqrt=np.sqrt)
strings = SimpleNamespace(
    as_string=_as_string,
    lower=_lower,
    regex_full_match=_regex_full_match,
    regex_replace=_regex_replace,
    length=_length,
)
io = SimpleNamespace(decode_csv=_decode_csv)
