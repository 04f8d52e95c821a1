"""Features for a column of numbers."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from model.proposals.names import sounds_like_code
from model.proposals.proposal import Proposal, call
from model.proposals.texts import category
from model.proposals.words import missing
from zeroskew.column_facts import ColumnFacts
from zeroskew.lazy import lazy_import

np = lazy_import("numpy")

FEW = 12
"""With so many different values at most, each may have a meaning of its own."""
_TWO, _BINS, _MOST_IN_PARTS = 2, 16, 100
_HEAVY = 10.0


def number(facts: ColumnFacts) -> Proposal:
    """Proposes features for numbers; whole numbers that are codes become categories."""
    if facts.type == "INT" and sounds_like_code(facts.name):
        return category(facts)
    values = facts.numbers
    said = f"{facts.distinct:,} numbers, {_short(values.min())} to {_short(values.max())}"
    lines = [_scaled(facts)]
    if facts.distinct > (FEW if facts.type == "INT" else _TWO):
        name = f"{facts.name} in parts"
        lines.append(call("PiecewiseLinear", facts.name, name=name, bins=_BINS))
    elif facts.type == "INT":
        name = f"{facts.name} by value"
        lines.append(call("Categorical", facts.name, name=name, max_tokens=FEW))
    return Proposal(facts.name, tuple(lines), said + missing(facts))


def without_parts(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Leaves out the parts of numbers, where there are more such columns than a network can weigh.

    Sixteen inputs for each of hundreds of columns are learned by heart more than learned from.
    """
    if sum("PiecewiseLinear" in one.kinds for one in proposals) <= _MOST_IN_PARTS:
        return list(proposals)
    return [
        dataclasses.replace(
            one,
            features=tuple(
                line
                for line, kind in zip(one.features, one.kinds, strict=True)
                if kind != "PiecewiseLinear"
            ),
        )
        for one in proposals
    ]


def _scaled(facts: ColumnFacts) -> str:
    return call(
        "Numeric",
        facts.name,
        scaling=scaling_of(facts.numbers),
        missing_indicator=True if facts.missing else None,
    )


def scaling_of(values: Any) -> str | None:
    """Returns how to scale numbers: None for a z-score, else what stands a few huge ones."""
    low, middle, high, top = np.quantile(values, [0.0, 0.5, 0.99, 1.0])
    if low >= 0 and high > _HEAVY * max(middle, 1e-9) and high > 1:
        return "log"
    spread = np.quantile(values, 0.75) - np.quantile(values, 0.25)
    far = max(abs(top - middle), abs(low - middle))
    return "rank" if spread > 0 and far > _HEAVY * _HEAVY * spread else None


def _short(value: float) -> str:
    return f"{value:.6g}"
