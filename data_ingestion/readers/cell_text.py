"""Cells of text made plain: words for a missing value become nulls, ``$1,234.50`` becomes 1234.50.

What is no number in the column's style is left for the caller to refuse.
"""

import functools
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zeroskew.cell_types import CellType, NumberStyle

_BLANKS = "[ \t\u00a0\u202f]*"


def without_missing(texts: pa.Array, kind: str) -> pa.Array:
    """Returns the cells with null where the column's type says that a word means "missing".

    Args:
        texts: binary array.
        kind: the type of the column; only a `CellType` has such words.
    """
    if not isinstance(kind, CellType) or not kind.missing:
        return texts
    # In binary, because not every cell needs to be UTF-8.
    words = "|".join(escape(word) for word in kind.missing)
    is_missing = pc.match_substring_regex(texts, pattern=f"^[ \t]*(?:{words})[ \t]*$")
    return pc.if_else(is_missing.fill_null(False), pa.scalar(None, texts.type), texts)


def plain_numbers(texts: pa.Array, style: NumberStyle) -> tuple[pa.Array, np.ndarray]:
    """Returns numbers as Arrow reads them, and marks the texts that are none in this style.

    Args:
        texts: string array, without blanks around the texts.
        style: how the numbers are written; a negative one may stand in parentheses.
    """
    texts = pc.replace_substring_regex(texts, pattern=r"^\(([^()]*)\)$", replacement=r"-\1")
    pattern = number_pattern(style)
    fits = pc.match_substring_regex(texts, pattern=pattern).fill_null(True)
    found = pc.replace_substring_regex(texts, pattern=pattern, replacement=r"\1\2\3")
    if style.thousands:
        found = pc.replace_substring(found, pattern=style.thousands, replacement="")
    if style.decimal != ".":
        found = pc.replace_substring(found, pattern=style.decimal, replacement=".")
    return found, ~fits.to_numpy(zero_copy_only=False)


@functools.cache
def number_pattern(style: NumberStyle, *, whole: bool = False) -> str:
    """Returns the regular expression of a number in a style: two places for a sign, and digits.

    Args:
        style: how the numbers are written.
        whole: whether a fraction is ruled out.
    """
    digits, sign = "[0-9]+", "([+-]?)"
    if style.thousands:
        digits = f"(?:[0-9]{{1,3}}(?:{escape(style.thousands)}[0-9]{{3}})+|[0-9]+)"
    number = digits
    if not whole:
        mark = escape(style.decimal)
        exponent = "(?:[eE][+-]?[0-9]{1,3})?"
        number = f"(?:{digits}(?:{mark}[0-9]*)?|{mark}[0-9]+){exponent}"
    prefix = f"{sign}{_optional(style.prefix)}" if style.prefix else "()"
    return f"^{prefix}{sign}({number}){_optional(style.suffix)}$"


def _optional(text: str) -> str:
    return f"{_BLANKS}(?:{escape(text)})?{_BLANKS}" if text else ""


def escape(text: str) -> str:
    """Returns the regular expression of a text, for RE2."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)
