"""How cells of text hold values that are not written plainly: lists, money, words for "missing".

Tags of a column in the schema say so, and every reader of rows obeys them:

| tag | what it says |
| --- | --- |
| `cells:json`, `cells:|` | a cell holds a list: JSON, or values with this between them |
| `number:$1,234.5` | numbers are written as 1234.5 is here; the signs around it may be left out |
| `missing:NA` | a cell with this word has no value; `missing:` is a cell of blanks |
"""

import dataclasses
import re
from collections.abc import Sequence
from typing import TypeVar

from zeroskew.errors import SettingsError

WIDTH = ("INT", "FLOAT", "BYTES")
"""The types, each of which holds the values of those before it."""
CELLS = "cells:"
NUMBER = "number:"
MISSING = "missing:"
ALL_OF_CELLS = (CELLS, NUMBER, MISSING)
"""What the tags begin with."""

_Cells = TypeVar("_Cells", bound="CellType")
_SAMPLE = re.compile(
    r"(?P<prefix>[^\d+-]*)1(?P<thousands>[,.' \u2019\u00a0\u202f]?)234(?P<decimal>[.,])5"
    r"(?P<suffix>[^\d+-]*)"
)


@dataclasses.dataclass(frozen=True)
class NumberStyle:
    """How a column writes numbers.

    Attributes:
        thousands: what stands between groups of three digits, if anything does.
        decimal: what stands before the fraction.
        prefix: what may stand before a number, such as a currency.
        suffix: what may stand behind it. ``12 %`` is the number 12.
    """

    thousands: str = ""
    decimal: str = "."
    prefix: str = ""
    suffix: str = ""

    def __str__(self) -> str:
        return f"{self.prefix}1{self.thousands}234{self.decimal}5{self.suffix}"

    @classmethod
    def from_sample(cls, sample: str) -> "NumberStyle | None":
        """Returns the style in which 1234.5 is written so; None if there is none."""
        found = _SAMPLE.fullmatch(sample)
        if found is None or found["thousands"] == found["decimal"]:
            return None
        return cls(
            found["thousands"], found["decimal"], found["prefix"].strip(), found["suffix"].strip()
        )


PLAIN = NumberStyle()


class CellType(str):
    """The type of a column of which some cells are not plain values; equal to the plain type.

    Attributes:
        missing: words that stand for a missing value, blanks around them apart.
        why: what in the data led to this type, where that is not plain; no schema says it.
    """

    missing: tuple[str, ...]
    why: str

    def __new__(cls: type[_Cells], kind: str, missing: Sequence[str] = (), why: str = "") -> _Cells:
        """Makes the type of this kind."""
        one = super().__new__(cls, kind)
        one.missing, one.why = tuple(missing), why
        return one

    def of_kind(self, kind: str) -> str:
        """Returns the type of another kind whose cells are written alike."""
        return CellType(kind, self.missing) if self.missing else kind

    @property
    def tags(self) -> list[str]:
        """What the schema says of the column's cells."""
        return [f"{MISSING}{word}" for word in self.missing]


class NumberType(CellType):
    """The type of a column whose numbers are written in a style of their own.

    Attributes:
        style: how.
    """

    style: NumberStyle

    def __new__(
        cls, kind: str, style: NumberStyle = PLAIN, missing: Sequence[str] = ()
    ) -> "NumberType":
        """Makes the type of this kind."""
        one = super().__new__(cls, kind, missing)
        one.style = style
        return one

    def of_kind(self, kind: str) -> str:
        """Returns the type of another kind whose cells are written alike."""
        return (
            super().of_kind(kind) if kind == "BYTES" else NumberType(kind, self.style, self.missing)
        )

    @property
    def tags(self) -> list[str]:
        """What the schema says of the column's cells."""
        return [f"{NUMBER}{self.style}", *super().tags]


class ListType(CellType):
    """The type of a column whose lists are written in cells of text.

    Attributes:
        cells: ``"json"``, or what stands between two values.
        length: how many numbers each vector has; None for lists of any length.
    """

    cells: str
    length: int | None

    def __new__(
        cls, kind: str, cells: str = "json", length: int | None = None, missing: Sequence[str] = ()
    ) -> "ListType":
        """Makes the type of this kind."""
        one = super().__new__(cls, kind, missing)
        one.cells, one.length = cells, length
        return one

    @property
    def tags(self) -> list[str]:
        """What the schema says of the column's cells."""
        return [f"{CELLS}{self.cells}", *super().tags]


def widest(one: str, other: str) -> str:
    """Returns the type that holds the values of both, and how both write them.

    Text is all that holds numbers in two styles.

    Args:
        one: ``"FLOAT"``, ``"INT"`` or ``"BYTES"``, or a `CellType` that is no `ListType`.
        other: as well.
    """
    kind = max(one, other, key=WIDTH.index)
    missing = sorted({word for type_ in (one, other) for word in missing_words(type_)})
    if kind == "BYTES":
        return CellType(kind, missing) if missing_words(one) and missing_words(other) else "BYTES"
    styles = {type_.style for type_ in (one, other) if isinstance(type_, NumberType)}
    if not styles:
        return CellType(kind, missing) if missing else kind
    has_points = any(
        type_ == "FLOAT" and not isinstance(type_, NumberType) for type_ in (one, other)
    )
    style, *others = styles
    if others or (has_points and style.decimal != "."):
        return "BYTES"
    return NumberType(kind, style, missing)


def reads(stated: str, found: str) -> bool:
    """Tells whether cells that are written as `found` says can be read as `stated` says.

    Args:
        stated: the type of a column of numbers.
        found: the type that its values have, of numbers too.
    """
    if not set(missing_words(found)) <= set(missing_words(stated)):
        return False
    if not isinstance(found, NumberType):
        return True
    return isinstance(stated, NumberType) and all(
        found_sign in ("", sign)
        for found_sign, sign in [
            (found.style.prefix, stated.style.prefix),
            (found.style.suffix, stated.style.suffix),
        ]
    )


def tags_of(kind: str) -> list[str]:
    """Returns what the schema says of the cells of a column of this type."""
    return kind.tags if isinstance(kind, CellType) else []


def missing_words(kind: str) -> tuple[str, ...]:
    """Returns the words that stand for a missing value in a column of this type."""
    return kind.missing if isinstance(kind, CellType) else ()


def cell_type(name: str, kind: str, length: int | None, tags: Sequence[str]) -> str:
    """Returns the type of a column with what the tags say of its cells.

    Args:
        name: of the column.
        kind: ``"FLOAT"``, ``"INT"`` or ``"BYTES"``.
        length: how many values a row has; None for any number.
        tags: of the column; others than those of this module mean nothing here.

    Raises:
        SettingsError: the tags contradict themselves, or the column.
    """
    cells, numbers, missing = (
        [tag[len(start) :] for tag in tags if tag.startswith(start)] for start in ALL_OF_CELLS
    )
    if cells and (length == 1 or len(cells) > 1 or not cells[0] or numbers):
        raise SettingsError(
            f"the column {name!r} of the schema says once how its cells hold lists",
            allowed=f'one tag, such as "{CELLS}json" or "{CELLS}|", and a value_count of more '
            "than 1",
            received=", ".join(tag for tag in tags if tag.startswith((CELLS, NUMBER))),
            action="correct annotation or value_count in the schema",
        )
    if cells:
        # Words and whole numbers make lists, however many there are; TFDV counts those.
        return ListType(kind, cells[0], length if kind == "FLOAT" else None, missing)
    if numbers:
        return NumberType(kind, _style(name, kind, numbers), missing)
    return CellType(kind, missing) if missing else kind


def _style(name: str, kind: str, samples: Sequence[str]) -> NumberStyle:
    style = NumberStyle.from_sample(samples[0])
    if style is None or len(samples) > 1 or kind == "BYTES":
        raise SettingsError(
            f"the column {name!r} of the schema says once how it writes the number 1234.5",
            allowed=f'one tag, such as "{NUMBER}$1,234.5", "{NUMBER}1234,5" or "{NUMBER}1234.5%", '
            "and a type of INT or FLOAT",
            received=f"{kind} with {', '.join(NUMBER + sample for sample in samples)}",
            action="correct annotation or type in the schema",
        )
    return style
