"""The tour through a table of one's own: its commands in order, as a reader types them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from documents import DOCS, ROOT, blocks

pytestmark = pytest.mark.e2e

TOUR = DOCS / "your-own-table.md"
COMMANDS = [line for block in blocks(TOUR, "console") for line in block.splitlines()]
FILES = re.findall(r"^\| `([\w./-]+)` \|", TOUR.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like that of the project, as far as the commands see it."""
    folder = tmp_path_factory.mktemp("tour")
    (folder / "examples").symlink_to(ROOT / "examples")
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    # The environment of these tests, wherever it lies.
    (programs / "activate").write_text(f"PATH={Path(sys.executable).parent}:$PATH\n")
    return folder


@pytest.fixture(scope="module")
def outputs(folder: Path) -> dict[str, str]:
    """What each command has printed, in one shell that stops at the first failure."""
    script = "".join(f"echo '=== {n}'\n{line}\n" for n, line in enumerate(COMMANDS))
    others = {name: value for name, value in os.environ.items() if "ZEROSKEW" not in name}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        # One network instead of five, for the sake of time.
        env={**others, "COLUMNS": "160", "ZEROSKEW_TRAINER__MEMBERS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    printed = re.split(r"^=== \d+\n", done.stdout, flags=re.MULTILINE)[1:]
    return dict(zip(COMMANDS, printed, strict=True))


def output_of(outputs: dict[str, str], command: str) -> str:
    (found,) = [printed for line, printed in outputs.items() if line.startswith(command)]
    return found


def test_the_files_that_the_tour_names_are_there(folder: Path, outputs: dict[str, str]) -> None:
    assert [file for file in FILES if not (folder / file).is_file()] == []
    assert len(FILES) == 5
    assert (folder / "runs" / "customers" / "report.html").is_file()
    assert len(list((folder / "runs" / "customers" / "serving").iterdir())) == 1


def test_init_says_what_the_tour_shows(outputs: dict[str, str]) -> None:
    (shown,) = [block for block in blocks(TOUR, "text") if "becomes" in block]
    printed = [line.rstrip() for line in output_of(outputs, "zeroskew init").splitlines()]
    assert [line for line in shown.splitlines() if line not in printed] == []


def test_the_table_is_the_one_that_the_tour_shows(folder: Path, outputs: dict[str, str]) -> None:
    (shown,) = [block for block in blocks(TOUR, "text") if block.startswith(",customer_id")]
    assert (folder / "customers.csv").read_text(encoding="utf-8").startswith(shown)


def test_the_commands_end_as_the_tour_says(outputs: dict[str, str]) -> None:
    assert "ok: 800 rows fit schema.pbtxt and the features" in output_of(outputs, "zeroskew check")
    assert "The model is blessed:" in output_of(outputs, "zeroskew run ")
    assert "rule: visits alone" in output_of(outputs, "zeroskew run ")
    assert "590 train + 210 eval" in output_of(outputs, "zeroskew runs")
    answers = output_of(outputs, "zeroskew predict --model").splitlines()
    assert len([line for line in answers if re.match(r"label [01], probability 0\.", line)]) == 3
    written = output_of(outputs, "zeroskew predict --config").splitlines()
    assert written[-1] == "predictions  predictions.parquet"
