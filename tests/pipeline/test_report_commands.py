"""The commands about runs that have ended."""

from pathlib import Path

import pytest
from zeroskew_command import files_below, run


@pytest.mark.parametrize("command", ["report", "runs"])
def test_a_folder_in_which_nothing_ran_is_named_and_left_alone(
    command: str, tmp_path: Path
) -> None:
    done = run(command, tmp_path)
    assert done.exit_code == 2
    assert done.stderr.startswith(
        "error: a report is made of an output folder in which a run has started\n"
    )
    assert f"received: {tmp_path}\n" in done.stderr
    assert files_below(tmp_path) == []
