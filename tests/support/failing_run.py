"""A run that cannot start, and all that is promised of it."""

import json
from pathlib import Path

import markupsafe
from zeroskew_command import run


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
    before = {path: path.read_bytes() for path in output.rglob("*") if path.is_file()}
    done = run("run", "--output", output, "--json", *arguments, environment=environment)
    text = "\n".join(lines)
    assert done.exit_code == exit_code, done.stderr
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
