"""What the rows hold of one column to slice by: its values, or the ranges of its numbers."""

from collections.abc import Sequence

import numpy as np

from model.slice_settings import MISSING, Cut, range_names

Held = tuple[int | float | bytes, ...]
"""The values of one row; a range is a value, too."""

PARTS = 4
"""Into so many parts of about equally many rows whole numbers of many values are cut."""


class ColumnOfValues:
    """A column of which each value makes a slice; kept of a row are four bytes.

    Args:
        names_missing: whether a row without a value holds `MISSING`, instead of nothing.
    """

    def __init__(self, *, names_missing: bool) -> None:
        self._names_missing = names_missing
        self._known: dict[Held, int] = {}
        self._codes: list[np.ndarray] = []

    def __len__(self) -> int:
        """Returns how many different values there are, not counting that of a row without one."""
        return len(self._known) - (() in self._known)

    def add(self, values: Sequence[Held]) -> None:
        """Adds rows."""
        known = self._known
        codes = (known.setdefault(one, len(known)) for one in values)
        self._codes.append(np.fromiter(codes, np.int32, len(values)))

    def found(self) -> tuple[np.ndarray, list[Held]]:
        """Returns for each row the place of what it holds, and what that is."""
        held = map(_named, self._known) if self._names_missing else self._known
        return np.concatenate([*self._codes, np.empty(0, np.int32)]), list(held)

    def as_numbers(self, cut: Cut) -> "ColumnOfNumbers":
        """Returns the same rows, cut."""
        numbers = ColumnOfNumbers(cut, np.float64)
        held = list(self._known)
        for codes in self._codes:
            numbers.add([held[code] for code in codes.tolist()])
        return numbers


class ColumnOfNumbers:
    """A column of which ranges make the slices; kept of a row is its number.

    Args:
        cut: where.
        dtype: of the numbers. Edges are rounded to it, so that 0.7 is not below 0.7.
    """

    def __init__(self, cut: Cut, dtype: type[np.floating]) -> None:
        self._cut = cut
        self._dtype = dtype
        self._parts: list[np.ndarray] = []

    def add(self, values: Sequence[Held]) -> None:
        """Adds rows."""
        self._parts.append(np.array([one[0] if one else np.nan for one in values], self._dtype))

    def found(self) -> tuple[np.ndarray, list[Held]]:
        """Returns for each row the place of its range, and what the ranges are called."""
        numbers = np.concatenate([*self._parts, np.empty(0, self._dtype)])
        edges = self._cut.edges or _quantiles(numbers, self._cut.quantiles)
        names = [*range_names(edges), MISSING]
        ranges = np.digitize(numbers, np.array(edges, self._dtype))
        places = np.where(np.isnan(numbers), len(names) - 1, ranges)
        return places, [(name.encode(),) for name in names]


_MISSING: Held = (MISSING.encode(),)


def _named(held: Held) -> Held:
    """Returns the values of which none is missing, or the word for it; no text is no value."""
    return tuple(one for one in held if one != b"") or _MISSING


def _quantiles(numbers: np.ndarray, parts: int) -> list[float]:
    """Returns edges between parts of about equally many rows, with few digits.

    Of so many digits at least that rounding moves no more than a hundredth of the rows.
    """
    known = np.sort(numbers[np.isfinite(numbers)])
    if not len(known):
        return []
    edges = np.unique(np.quantile(known, np.linspace(0, 1, parts + 1)[1:-1], method="higher"))
    below = np.searchsorted(known, edges)
    for digits in range(_LEAST_DIGITS, _MOST_DIGITS):
        rounded = [float(f"{one:.{digits}g}") for one in edges]
        moved = np.searchsorted(known, np.array(rounded, known.dtype)) - below
        if np.abs(moved).max() <= len(known) / 100:
            return sorted(set(rounded))
    found: list[float] = edges.tolist()
    return found


_LEAST_DIGITS, _MOST_DIGITS = 4, 17
