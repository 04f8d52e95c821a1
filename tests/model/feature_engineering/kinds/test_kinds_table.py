"""docs/kinds.md: what it says about equality stands in a test, and no kind is missing."""

import re
from pathlib import Path

import pytest

from model.feature_engineering import kinds

FOLDER = Path(__file__).parent
TABLE = FOLDER.parents[3] / "docs" / "kinds.md"
LINES = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
TESTS = "\n".join(
    file.read_text(encoding="utf-8")
    for file in [*FOLDER.glob("test_*.py"), *FOLDER.parent.glob("test_*.py")]
)
NOT_KINDS = {"Encoding", "Feature", "Ids", "Output"}


@pytest.mark.parametrize("line", LINES)
def test_what_is_equal_is_tested(line: str) -> None:
    same = line.split(" | ")[2]
    named = re.findall(r"`(test_\w+)`", same)
    assert bool(named) == same.startswith(("equal", "the same", "likewise"))
    for name in named:
        assert f"def {name}(" in TESTS


def test_every_kind_has_a_line() -> None:
    assert {re.match(r"\| `(\w+)\(", line)[1] for line in LINES} == set(kinds.__all__) - NOT_KINDS
