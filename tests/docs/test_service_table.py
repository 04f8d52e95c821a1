"""The table of calls in docs/service.md names tests that there are."""

import re

from documents import DOCS, ROOT

FOLDER = ROOT / "tests" / "model" / "serving" / "service"


def test_each_call_has_its_test() -> None:
    text = (DOCS / "service.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"\| call \|.*?\n\n", text, re.DOTALL)
    named = {line.split("|")[-2].strip(" `") for line in table.strip().splitlines()[2:]}
    files = [*FOLDER.rglob("test_*.py")]
    defined = {
        name
        for file in files
        for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(named) >= 15
    assert named <= defined | {file.name for file in files}
