"""A run that cannot start, and all that is promised of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from zeroskew_command import ROOT


def fails(
    output: Path,
    *arguments: object,
    exit_code: int,
    kind: str,
    lines: list[str],
    environment: dict[str, str] | None = None,
) -> None:
    """Runs `zeroskew run` and checks everything that is promised of a run that cannot start."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ZEROSKEW_")}
    before = {path: path.read_bytes() for path in output.rglob("*") if path.is_file()}
    command = [sys.executable, "-m", "pipeline", "run", "--output", output, "--json", *arguments]
    done = subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        env={**clean, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    text = "\n".join(lines)
    assert done.returncode == exit_code, done.stderr
    # The whole of standard error: no traceback, and no word of TensorFlow's.
    assert done.stderr == f"error: {text}\n"
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "blessed": False,
        "error": {"type": kind, "rule": lines[0], "message": text, "exit_code": exit_code},
    }
    assert {path: path.read_bytes() for path in output.rglob("*") if path.is_file()} == before
