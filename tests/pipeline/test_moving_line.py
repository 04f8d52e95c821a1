"""What a person sees of something that is under way."""

import io

import pytest
from rich.console import Console

from pipeline import moving_line
from pipeline.moving_line import MovingLine
from zeroskew.progress import tell


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(moving_line, "time", clock)
    return clock


def test_on_a_terminal_the_line_is_drawn_anew(clock: Clock) -> None:
    out = io.StringIO()
    with MovingLine(Console(file=out, force_terminal=True, width=100), "Trainer") as line:
        tell(0, 90_000, "rows")
        clock.now = 103.0
        tell(30_000, 90_000, "rows")
        assert line.text == "Trainer ... 30,000 of 90,000 rows, 6 s left"
    assert "Trainer" in out.getvalue()
    tell(60_000, 90_000, "rows")
    assert line.text == "Trainer ... 30,000 of 90,000 rows, 6 s left"


@pytest.mark.parametrize(
    ("done", "total", "seconds", "left"),
    [
        (10, 100, 1.9, ""),
        (10, 0, 50.0, ""),
        (0, 100, 50.0, ""),
        (50, 100, 99.0, ", 99 s left"),
        (10, 100, 200.0, ", 30 min left"),
    ],
)
def test_the_time_left_is_foretold_where_it_can_be(
    clock: Clock, done: int, total: int, seconds: float, left: str
) -> None:
    with MovingLine(Console(file=io.StringIO()), "Trainer") as line:
        tell(0, total, "files")
        clock.now = 200.0
        tell(0, total, "rows")
        clock.now += seconds
        tell(done, total, "rows")
        of = f" of {total}" if total else ""
        assert line.text == f"Trainer ... {done}{of} rows{left}"
