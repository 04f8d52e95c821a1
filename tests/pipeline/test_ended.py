"""What every run ends with."""

from pathlib import Path

from pipeline.ended import Ended
from pipeline.places import Workspace


def ended(tmp_path: Path) -> Ended:
    return Ended(
        rows={"train": 800, "eval": 200},
        examples_path="/runs/examples",
        seconds={"ExampleGen": 0.5, "Transform": 4.0, "Pusher": 0.0},
        peak_bytes={"ExampleGen": 100 << 20, "Transform": 300 << 20},
        cached=["Transform"],
        total_seconds=12.3456,
        workspace=Workspace(tmp_path),
        log="/runs/logs/run.log",
    )


def test_a_script_reads_time_memory_and_speed_of_each_step(tmp_path: Path) -> None:
    content = ended(tmp_path).content()
    assert content["seconds"] == {"ExampleGen": 0.5, "Transform": 4.0, "Pusher": 0.0}
    assert content["rows_per_second"] == {"ExampleGen": 2000}
    assert content["peak_mib"] == {"ExampleGen": 100, "Transform": 300}
    assert content["total_seconds"] == 12.346
    assert content["rows"] == {"train": 800, "eval": 200}


def test_a_person_reads_rows_warnings_log_and_time(tmp_path: Path) -> None:
    run = ended(tmp_path)
    assert run.data_line(0) == ("data", "800 train + 200 eval rows, 0 warnings")
    assert run.data_line(1) == ("data", "800 train + 200 eval rows, 1 warning")
    assert run.last_lines == [("log", "/runs/logs/run.log"), ("took", "12 s")]
