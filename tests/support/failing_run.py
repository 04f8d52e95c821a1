"""A run that cannot start, and all that is promised of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import markupsafe
from zeroskew_command import ROOT


def fails(
    output: Path,
    *arguments: object,
    exit_code: int,
    kind: str,
    lines: list[str],
    environment: dict[str, str] | None = None,
    has_page: bool = False,
) -> None:
    """Runs `zeroskew run` and checks everything that is promised of a run that cannot start.

    It has a page if its settings could be read and its output folder be written.
    """
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
    page = output / "report.html"
    said = f"report     {page}\n" if has_page else ""
    assert done.stderr == f"{said}error: {text}\n"
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "blessed": False,
        "error": {"type": kind, "rule": lines[0], "message": text, "exit_code": exit_code},
        **({"report_path": str(page)} if has_page else {}),
    }
    after = {path: path.read_bytes() for path in output.rglob("*") if path.is_file()}
    if has_page:
        written = after.pop(page).decode()
        assert "<h1>The run stopped before its first step</h1>" in written
        assert f"<pre>{markupsafe.escape(text)}</pre>" in written
        assert after.pop(output / ".lock") == b""
    assert after == before
