"""Finding Pythons on this machine."""

import sys
import time
from pathlib import Path
from typing import Any

import pytest
from fake_programs import executable
from script_modules import load

PY310 = (3, 10)

interpreters: Any = load("interpreters")


class TestProbe:
    def test_knows_the_python_that_runs_this_test(self) -> None:
        assert interpreters.probe(sys.executable) == (sys.version_info[:2], sys.executable)

    def test_believes_what_a_python_says_and_not_its_name(self, tmp_path: Path) -> None:
        shim = executable(tmp_path / "python3.13", 'echo "3 10 /opt/my pythons/python3.10"')
        assert interpreters.probe(shim) == ((3, 10), "/opt/my pythons/python3.10")

    @pytest.mark.parametrize(
        "lines",
        [
            ["echo 'pyenv: python3.10: command not found' >&2", "exit 127"],
            ["echo 3 10 /usr/bin/python3.10", "exit 1"],
            ["echo hello from a wrapper script"],
            ["echo 3 10"],
            ["echo 3.10 0 /usr/bin/python3.10"],
            [],
        ],
        ids=["shim", "fails", "garbage", "two words", "no numbers", "silent"],
    )
    def test_an_executable_that_is_no_working_python_is_none(
        self, tmp_path: Path, lines: list[str]
    ) -> None:
        assert interpreters.probe(executable(tmp_path / "python3.10", *lines)) is None

    def test_an_executable_that_is_not_there_is_none(self, tmp_path: Path) -> None:
        assert interpreters.probe(str(tmp_path / "python3.10")) is None

    def test_a_file_that_cannot_be_run_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "python3.10").write_text("no script", encoding="utf-8")
        assert interpreters.probe(str(tmp_path / "python3.10")) is None

    def test_an_executable_that_hangs_is_given_up(self, tmp_path: Path) -> None:
        hanging = executable(tmp_path / "python3.10", "sleep 30")
        start = time.monotonic()
        assert interpreters.run_quietly([hanging], timeout=0.2) is None
        assert time.monotonic() - start < 10


class TestFindInterpreters:
    def test_passes_over_a_shim_that_fails_for_the_version_in_pyenv(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        executable(tmp_path / "shims" / "python3.10", "exit 127")
        executable(
            tmp_path / "pyenv" / "versions" / "3.10.13" / "bin" / "python",
            "echo 3 10 /of/pyenv/python3.10",
        )
        monkeypatch.setenv("PATH", f"{tmp_path / 'shims'}:/usr/bin:/bin")
        monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
        monkeypatch.delenv("ZEROSKEW_PYTHON", raising=False)
        assert interpreters.find_interpreters()[PY310] == "/of/pyenv/python3.10"

    def test_the_python_that_the_user_names_comes_first(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mine = executable(tmp_path / "mine", "echo 3 10 /my/python")
        executable(tmp_path / "shims" / "python3.10", "echo 3 10 /on/path/python3.10")
        monkeypatch.setenv("PATH", f"{tmp_path / 'shims'}:/usr/bin:/bin")
        monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
        monkeypatch.setenv("ZEROSKEW_PYTHON", mine)
        assert interpreters.find_interpreters()[PY310] == "/my/python"

    def test_a_version_that_no_stack_takes_is_left_out(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ZEROSKEW_PYTHON", executable(tmp_path / "old", "echo 2 7 /old/python"))
        found = interpreters.find_interpreters()
        assert set(found) <= set(interpreters.WANTED)
        assert "/old/python" not in found.values()
