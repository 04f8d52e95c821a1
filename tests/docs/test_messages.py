"""The messages that the documents explain are those that the code has."""

import ast
import re

import pytest
from documents import DOCS, ROOT

ROOMS = ("zeroskew", "data_ingestion", "model", "pipeline", "kubeflow/zeroskew_kubeflow")
MESSAGES = [
    line.split("` | ")[0].removeprefix("| `")
    for line in (DOCS / "troubleshooting.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| `")
]


@pytest.fixture(scope="module")
def texts() -> str:
    """All texts in the code but docstrings, each on lines of its own."""
    files = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
    found: list[str] = []
    for file in [*files, ROOT / "scripts" / "bootstrap.py"]:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        said = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
        found += [
            one.value
            for one in ast.walk(tree)
            if isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in said
        ]
    return "\n".join(found)


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_is_in_the_code(message: str, texts: str) -> None:
    parts = [part.strip() for part in message.split("…") if part.strip()]
    assert parts
    for part in parts:
        assert re.search(rf"(^|\W){re.escape(part)}", texts), part


def test_no_message_is_explained_twice() -> None:
    assert len(set(MESSAGES)) == len(MESSAGES) >= 60
