"""What models are measured by on its own: the values of a column, or ranges of a number."""

import dataclasses
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, pairwise
from typing import Any

from model.feature_engineering.columns import Column, describe_length
from zeroskew.errors import SettingsError

MISSING = "missing"
"""What a slice of the rows without a value is called: ``fare=missing``."""


@dataclasses.dataclass(frozen=True)
class Cut:
    """A column, and where it is cut.

    Attributes:
        column: the raw column.
        edges: where a number is cut, in order; none, if each value stands alone.
        quantiles: into how many parts of equally many rows it is cut instead; 0 for none.
    """

    column: str
    edges: tuple[float, ...] = ()
    quantiles: int = 0

    @property
    def is_cut(self) -> bool:
        """Whether the column's ranges are measured instead of its values."""
        return bool(self.edges or self.quantiles)


@dataclasses.dataclass(frozen=True)
class SliceBy:
    """One or two columns; all combinations of what they hold are measured.

    Attributes:
        cuts: the columns.
    """

    cuts: tuple[Cut, ...]

    @property
    def columns(self) -> list[str]:
        """The columns, in the order in which slices name them."""
        return [cut.column for cut in self._in_order]

    @property
    def is_cut(self) -> bool:
        """Whether one of them is cut."""
        return any(cut.is_cut for cut in self.cuts)

    def holds(self, name: str) -> bool:
        """Tells whether a slice may have this name."""
        return bool(re.fullmatch(", ".join(map(_pattern, self._in_order)), name, re.DOTALL))

    @property
    def names(self) -> str:
        """What its slices may be called."""
        return ", ".join(
            f"{cut.column}={' | '.join(_names(cut)) or 'VALUE'}" for cut in self._in_order
        )

    @property
    def _in_order(self) -> list[Cut]:
        return sorted(self.cuts, key=lambda cut: cut.column)


def _names(cut: Cut) -> list[str]:
    """Returns what a column's slices are called, if that is known without the rows."""
    return [*range_names(cut.edges), MISSING] if cut.edges else []


def _pattern(cut: Cut) -> str:
    unknown = _OF_UNKNOWN_EDGES if cut.quantiles else ".+"
    return re.escape(f"{cut.column}=") + f"({'|'.join(map(re.escape, _names(cut))) or unknown})"


_OF_UNKNOWN_EDGES = rf"below \S+|\S+ to \S+|\S+ and more|any|{MISSING}"


def range_names(edges: Sequence[float]) -> list[str]:
    """Returns what ranges are called; each holds its lower end, and not its upper one."""
    if not edges:
        return ["any"]
    ends = [repr(float(edge)).removesuffix(".0") for edge in edges]
    between = [f"{low} to {high}" for low, high in pairwise(ends)]
    return [f"below {ends[0]}", *between, f"{ends[-1]} and more"]


def slice_order(name: str) -> list[tuple[str, int, float, str]]:
    """Returns what the names of slices are sorted by: numbers and ranges by size, missing last."""
    return [_order(*part.partition("=")[::2]) for part in name.split(", ")]


def _order(column: str, held: str) -> tuple[str, int, float, str]:
    if held == MISSING:
        return column, 2, 0.0, ""
    number = _NUMBER_OR_RANGE.fullmatch(held)
    if number is None:
        return column, 1, 0.0, held
    return column, 0, -math.inf if number["below"] else float(number["low"]), held


_NUMBER_OR_RANGE = re.compile(
    r"(?P<below>below )?(?P<low>-?\d+(\.\d*)?(e[+-]?\d+)?)( to \S+| and more)?", re.ASCII
)


def parse_slices(slices: Sequence[Any]) -> list[SliceBy]:
    """Reads the setting `slices`.

    Args:
        slices: each a column's name, ``{column: [edge, ...]}``, ``{column: {quantiles: 4}}``, or a
            pair of such.

    Raises:
        SettingsError: one is something else, or two are of the same columns.
    """
    found = [_slice_by(one) for one in slices]
    for number, one in enumerate(found):
        if one.columns in (other.columns for other in found[:number]):
            raise SettingsError(
                "a column, or a pair of columns, is sliced by once",
                received=", ".join(one.columns) + " twice",
                action="leave one of them in 'slices'",
            )
    return found


def check_slices(slices: Sequence[SliceBy], columns: Mapping[str, Column]) -> None:
    """Checks slices against the schema's columns.

    Raises:
        SettingsError: a column does not exist, is no number and is cut, or is one of any size and
            is not cut.
    """
    for cut in chain.from_iterable(one.cuts for one in slices):
        if cut.column not in columns:
            raise SettingsError(
                "a slice must be a column of the schema",
                allowed=", ".join(columns),
                received=repr(cut.column),
            )
        _check_cut(cut, columns[cut.column])


def check_bounded(names: Iterable[str], slices: Sequence[SliceBy]) -> None:
    """Checks that slices of these names can be among those that are measured.

    Raises:
        SettingsError: one cannot.
    """
    for name in names:
        if not any(one.holds(name) for one in slices):
            raise SettingsError(
                "gate.slices bounds slices that are measured",
                allowed="; ".join(one.names for one in slices) or "none",
                received=repr(name),
                action="name its column in 'slices'",
            )


def _check_cut(cut: Cut, column: Column) -> None:
    is_number = column.type != "BYTES" and column.length == 1
    if cut.is_cut and not is_number:
        raise SettingsError(
            "only a column of one number is cut into slices",
            received=f"{cut.column!r}, {describe_length(column.length)} of type {column.type}",
            action="slice by its values, without edges, or by another column",
        )
    if column.type == "FLOAT" and not is_number:
        raise SettingsError(
            "a column of many fractions has no values to slice by",
            received=f"{cut.column!r}, {describe_length(column.length)}",
            action="slice by another column",
        )
    if column.type == "FLOAT" and not cut.is_cut:
        raise SettingsError(
            "a column of fractions is cut into slices: each of its values alone would be one",
            allowed=f"{{{cut.column}: [1, 10]}} or {{{cut.column}: {{quantiles: 4}}}}",
            received=repr(cut.column),
            action="write edges, or a number of quantiles, in 'slices'",
        )


def _slice_by(value: Any) -> SliceBy:
    if not isinstance(value, list | tuple):
        return SliceBy((_cut(value),))
    found = SliceBy(tuple(map(_cut, value)))
    _require(len(set(found.columns)) == len(value) == 2, value)
    return found


def _cut(value: Any) -> Cut:
    if isinstance(value, str):
        return Cut(value)
    _require(isinstance(value, dict) and len(value) == 1, value)
    ((column, where),) = value.items()
    _require(isinstance(column, str), value)
    if isinstance(where, dict):
        parts: Any = where.get("quantiles")
        _require(len(where) == 1 and type(parts) is int and 2 <= parts <= 100, value)
        return Cut(column, quantiles=parts)
    _require(isinstance(where, list | tuple) and bool(where), value)
    _require(all(type(edge) in (int, float) and math.isfinite(edge) for edge in where), value)
    _require(all(low < high for low, high in pairwise(where)), value)
    return Cut(column, tuple(map(float, where)))


def _require(condition: bool, value: Any) -> None:
    if not condition:
        raise SettingsError(
            "a slice is a column, a number cut at edges or into quantiles, or a pair of such",
            allowed="COLUMN, {COLUMN: [1, 10]} with growing edges, {COLUMN: {quantiles: 4}}, "
            "[COLUMN, COLUMN]",
            received=repr(value),
            action="correct 'slices' in the settings",
        )
