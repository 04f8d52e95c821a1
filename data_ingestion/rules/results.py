"""How rows and data keep their rules."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from data_ingestion.readers.rows import RejectedRow


@dataclasses.dataclass(frozen=True)
class RuleResult:
    """How rows keep a rule.

    Attributes:
        rule: its name.
        sql: the condition.
        severity: ``"ERROR"``, rows that break it are rejected, or ``"WARNING"``.
        broken: rows that break it.
        samples: the first of them.
    """

    rule: str
    sql: str
    severity: str
    broken: int
    samples: Sequence[RejectedRow] = ()


@dataclasses.dataclass(frozen=True)
class DataRuleResult:
    """Whether the data as a whole keeps a rule.

    Attributes:
        rule: what it must keep.
        severity: ``"ERROR"`` or ``"WARNING"``.
        ok: whether it does.
        text: what was found.
        samples: source, line and values of rows that break it.
    """

    rule: str
    severity: str
    ok: bool
    text: str
    samples: Sequence[dict[str, Any]] = ()
