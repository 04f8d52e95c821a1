"""What a person sees of a step that takes long."""

import io
from pathlib import Path

import pytest
from rich.console import Console
from tfx.types.standard_artifacts import Examples

from data_ingestion.artifacts import IngestionReport
from data_ingestion.examples.ingestion_report import Report, write_report
from pipeline import moving_line
from pipeline.console import Progress
from pipeline.metadata import Execution
from zeroskew.progress import tell


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now

    monotonic = perf_counter


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(moving_line, "time", clock)
    return clock


def started(*, terminal: bool) -> tuple[Progress, io.StringIO]:
    out = io.StringIO()
    progress = Progress(Console(file=out, force_terminal=terminal, width=100))
    progress.planned(["Trainer", "Pusher"])
    progress.started("Trainer")
    return progress, out


def test_without_a_terminal_lines_come_from_time_to_time(clock: Clock) -> None:
    progress, out = started(terminal=False)
    for second in (1, 5, 11, 12, 22):
        clock.now = 100.0 + second
        tell(1000 * second, 30_000, "rows", f"epoch {second}")
    progress.failed("Trainer", 25.0)
    assert out.getvalue().splitlines() == [
        "[ 1/2] Trainer ...",
        "[ 1/2] Trainer ... 11,000 of 30,000 rows, epoch 11, 19 s left",
        "[ 1/2] Trainer ... 22,000 of 30,000 rows, epoch 22, 8 s left",
        "✗ Trainer            25.0 s   failed",
    ]


def test_how_the_source_was_read_is_said_once_below_its_step(tmp_path: Path) -> None:
    said = "a.csv: ';' stands between the fields, [found] in the file"
    write_report(str(tmp_path), Report(9, {"train": 8, "eval": 1}, 0, 0, remarks=[said]))
    examples, report = Examples(), IngestionReport()
    examples.split_names, report.uri = '["train", "eval"]', str(tmp_path)
    out = io.StringIO()
    for quiet in (False, True):
        progress = Progress(Console(file=out, width=40, quiet=quiet))
        execution = Execution(quiet, {"examples": [examples], "report": [report]})
        progress.finished("ExampleGen", 0.5, execution)
    assert out.getvalue().splitlines() == [
        "✓ ExampleGen          0.5 s   splits train and eval",
        f"  · {said}",
    ]


def test_nothing_is_shown_of_what_is_told_between_steps(clock: Clock) -> None:
    progress, out = started(terminal=False)
    progress.failed("Trainer", 1.0)
    clock.now = 200.0
    tell(1, 2, "rows")
    assert "1 of 2 rows" not in out.getvalue()
