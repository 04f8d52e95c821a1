"""What the texts of a column can be: plain numbers, numbers in a style of their own, or text.

Each block of texts rules out what cannot be; what all blocks leave is the column's type.
"""

import dataclasses
import itertools

import pyarrow as pa
import pyarrow.compute as pc

from data_ingestion.readers.cell_text import number_pattern
from zeroskew.cell_types import PLAIN, CellType, NumberStyle, NumberType

MISSING_WORDS = frozenset(("", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "?", "-"))
"""What stands for a missing value among numbers, in lower case; the empty one for blanks."""

_STYLES = [
    NumberStyle(thousands, decimal)
    for thousands, decimal in itertools.product(["", *",.' \u2019\u00a0\u202f"], ".,")
    if thousands != decimal
]
_CURRENCY = r"(?:[A-Z]{0,2}\p{Sc}|USD|EUR|GBP|CHF|JPY|CNY|INR|BRL|CAD|AUD|SEK|NOK|DKK|PLN)"
_PARTS = (
    rf"(?s)^(?P<prefix>{_CURRENCY}?)[ \t\x{{a0}}]*(?P<number>.*?)"
    rf"[ \t\x{{a0}}\x{{202f}}]*(?P<suffix>(?:{_CURRENCY}|%|‰)?)$"
)
_SIGNED_PREFIX = rf"^([+-])[ \t]*({_CURRENCY})"
_PARENTHESES = r"^\(([^()]*)\)$"
_LEADING_ZERO = r"^[+-]?0[0-9]+$"
_LONG = r"^[+-]?[0-9]{19,}$"
_SAMPLE = 100
"""Distinct texts that are looked at before all are."""


@dataclasses.dataclass
class Evidence:
    """What has been seen of a column.

    Attributes:
        styles: in which all numbers so far can be written; signs around them apart.
        whole: those of them in which no number has a fraction.
        signs: what stands around the numbers.
        missing: words for a missing value, as they are written.
        numbers: whether there was a number.
        parentheses: whether one stands in parentheses, as negative amounts of money do.
        leading_zeros: whether a number begins with a zero that means nothing to a number.
        too_large: whether a whole number is beyond 64 bits.
    """

    styles: set[NumberStyle] = dataclasses.field(default_factory=lambda: set(_STYLES))
    whole: set[NumberStyle] = dataclasses.field(default_factory=lambda: set(_STYLES))
    signs: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    missing: set[str] = dataclasses.field(default_factory=set)
    numbers: bool = False
    parentheses: bool = False
    leading_zeros: bool = False
    too_large: bool = False

    @property
    def is_text(self) -> bool:
        """Whether the column holds something that is no number, whatever comes."""
        return not self.styles or len(self.signs) > 1

    @property
    def is_code(self) -> bool:
        """Whether the column holds whole numbers that would lose digits as numbers."""
        is_whole = PLAIN in self.whole and not self.signs and not self.parentheses
        return is_whole and (self.leading_zeros or self.too_large)

    @property
    def decimals(self) -> set[str]:
        """What may stand before a fraction in this column."""
        return set() if self.is_text else {style.decimal for style in self.styles}

    def add(self, texts: pa.Array) -> None:
        """Takes the texts of a block into account.

        Args:
            texts: string array; null where a value is missing.
        """
        distinct = pc.utf8_trim(pc.unique(texts).drop_null(), " \t")
        for some in (distinct[:_SAMPLE], distinct[_SAMPLE:]):
            if len(some) and not self.is_text:
                self._add(some)

    def _add(self, texts: pa.Array) -> None:
        is_word = pc.is_in(pc.utf8_lower(texts), pa.array(sorted(MISSING_WORDS)))
        self.missing |= set(texts.filter(is_word).to_pylist())
        texts = texts.filter(pc.invert(is_word))
        if not len(texts):
            return
        self.numbers = True
        self.parentheses |= _any_matches(texts, _PARENTHESES)
        texts = pc.replace_substring_regex(texts, pattern=_PARENTHESES, replacement=r"-\1")
        texts = pc.replace_substring_regex(texts, pattern=_SIGNED_PREFIX, replacement=r"\2\1")
        parts = pc.extract_regex(texts, pattern=_PARTS)
        prefixes, numbers, suffixes = map(parts.field, ("prefix", "number", "suffix"))
        self.signs |= {(prefix, "") for prefix in pc.unique(prefixes).to_pylist() if prefix}
        self.signs |= {("", suffix) for suffix in pc.unique(suffixes).to_pylist() if suffix}
        self.styles = {style for style in self.styles if _all_match(numbers, number_pattern(style))}
        self.whole = {
            style
            for style in self.whole & self.styles
            if _all_match(numbers, number_pattern(style, whole=True))
        }
        self.leading_zeros |= _any_matches(numbers, _LEADING_ZERO)
        self.too_large |= _has_too_large(numbers)

    def type(self, *, decimal_comma: bool) -> str | None:
        """Returns the narrowest type of all values; None if there was neither value nor word.

        Args:
            decimal_comma: whether ``1,234`` is a fraction rather than thousands.
        """
        if self.is_text or not self.numbers:
            return "BYTES" if self.is_text or self.missing else None
        missing = sorted(self.missing)
        if self.is_code:
            why = "whole numbers beyond 64 bits" if self.too_large else "leading zeros"
            return CellType("BYTES", missing, f"{why}, which numbers would lose")
        bare = self._bare_style(decimal_comma)
        ((prefix, suffix),) = self.signs or {("", "")}
        style = dataclasses.replace(bare, prefix=prefix, suffix=suffix)
        if self.parentheses and style == PLAIN:
            return "BYTES"
        kind = "INT" if bare in self.whole and not self.too_large else "FLOAT"
        if style != PLAIN:
            return NumberType(kind, style, missing)
        return CellType(kind, missing) if missing else kind

    def _bare_style(self, decimal_comma: bool) -> NumberStyle:
        usual = [NumberStyle("", ","), NumberStyle(",", ".")]
        order = [PLAIN, *(usual if decimal_comma else reversed(usual)), *_STYLES]
        return next(style for style in order if style in self.styles)


def _all_match(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, pattern=pattern)).as_py())


def _any_matches(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(texts, pattern=pattern)).as_py())


def _has_too_large(numbers: pa.Array) -> bool:
    is_long = pc.match_substring_regex(numbers, pattern=_LONG)
    return any(not -(2**63) <= int(one) < 2**63 for one in numbers.filter(is_long).to_pylist())
