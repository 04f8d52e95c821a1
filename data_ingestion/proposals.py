"""How the rows of a table could be split, and what they could be held to."""

import dataclasses
import itertools
from collections.abc import Sequence

from zeroskew.column_facts import ColumnFacts, TableFacts

FEW_ROWS = 1_000
"""With fewer, three rows of ten evaluate instead of two: an interval of 30 rows says little."""


@dataclasses.dataclass(frozen=True)
class SplitProposal:
    """How rows are dealt to the train and the eval split.

    Attributes:
        settings: those of `data`.
        reason: why so.
    """

    settings: dict[str, str | int]
    reason: str


def propose_split(
    facts: TableFacts, entities: Sequence[str], moments: Sequence[str]
) -> SplitProposal:
    """Proposes a split.

    Args:
        facts: what the rows hold.
        entities: columns that say who or what a row is about.
        moments: columns that say when a row came to be.
    """
    parts = {"train_parts": 7, "eval_parts": 3} if facts.rows < FEW_ROWS else {}
    by_name = {one.name: one for one in facts.columns}
    if entities:
        reason = f"rows of the same {entities[0]!r} stay in one split"
        lacking = by_name[entities[0]].missing
        if lacking:
            rows = "row has" if lacking == 1 else "rows have"
            reason += f"; {lacking:,} {rows} none, and a run rejects what it cannot deal"
        return SplitProposal({"split": "key", "key": entities[0], **parts}, reason)
    for moment in moments:
        if _is_in_order(by_name[moment]):
            reason = f"the rows are in the order of {moment!r}: the latest ones evaluate"
            return SplitProposal({"split": "time", "time": moment, **parts}, reason)
    return SplitProposal(dict(parts), "rows are dealt by a hash of their content")


def _is_in_order(facts: ColumnFacts) -> bool:
    """Tells whether the rows were written down in this order, as a log is."""
    if facts.missing or facts.distinct < facts.rows / 10:
        return False
    values = facts.values.to_pylist()
    return all(one <= other for one, other in itertools.pairwise(values))


def propose_rules(facts: TableFacts, unique: Sequence[str]) -> list[str]:
    """Proposes what later data must keep, as lines of a rules file.

    Args:
        facts: what the rows hold.
        unique: columns that tell the rows apart.
    """
    least = max(1, facts.rows // 2)
    rules = [f"  - min_rows: {least}", "    severity: warning"]
    for name in unique:
        rules += [f"  - unique: [{_quoted(name)}]", "    severity: warning"]
    return ["data:", *rules]


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"
