import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from fake_programs import executable
from script_modules import load

GLIBC_OLD, GLIBC_NEW, MUSL = (2, 36), (2, 41), None
PY310, PY311, PY312, PY313 = (3, 10), (3, 11), (3, 12), (3, 13)
# bootstrap imports interpreters, as it does when it is run from its own folder.
interpreters: Any = load("interpreters")
bootstrap: Any = load("bootstrap")


def python(version: tuple[int, int]) -> str:
    return f"/somewhere/python{version[0]}.{version[1]}"


class TestChoose:
    @pytest.mark.parametrize(
        ("glibc", "versions", "forced", "stack", "version", "reason"),
        [
            # The newest stack where it runs, on the newest Python it takes.
            (GLIBC_NEW, [PY310, PY311, PY312, PY313], None, "1.21", PY313, "glibc 2.41"),
            (GLIBC_NEW, [PY310, PY311, PY312], None, "1.21", PY312, "glibc 2.41"),
            (GLIBC_NEW, [PY311], None, "1.21", PY311, "glibc 2.41"),
            ((2, 39), [PY312], None, "1.21", PY312, "glibc 2.39"),
            ((3, 0), [PY312], None, "1.21", PY312, "glibc 3.0"),
            # No Python for it.
            (
                GLIBC_NEW, [PY310], None, "1.16", PY310,
                "glibc 2.41, but no Python 3.11 to 3.13 for TFX 1.21",
            ),
            (
                GLIBC_NEW, [], None, "1.16", PY310,
                "glibc 2.41, but no Python 3.11 to 3.13 for TFX 1.21",
            ),
            # No C library for it.
            ((2, 38), [PY310, PY312], None, "1.16", PY310, "glibc 2.38; TFX 1.21 needs 2.39"),
            (GLIBC_OLD, [PY313], None, "1.16", PY310, "glibc 2.36; TFX 1.21 needs 2.39"),
            (GLIBC_OLD, [], None, "1.16", PY310, "glibc 2.36; TFX 1.21 needs 2.39"),
            (MUSL, [PY310, PY313], None, "1.16", PY310, "no glibc; TFX 1.21 needs 2.39"),
            # The user's own choice.
            (GLIBC_NEW, [PY310, PY313], "1.16", "1.16", PY310, "as asked for"),
            (GLIBC_OLD, [PY310], "1.16", "1.16", PY310, "as asked for"),
            (MUSL, [], "1.16", "1.16", PY310, "as asked for"),
            (GLIBC_NEW, [PY310, PY311], "1.21", "1.21", PY311, "as asked for"),
            (GLIBC_NEW, [PY310], "1.21", "1.21", PY313, "as asked for"),
        ],
    )  # fmt: skip
    def test_says_stack_python_and_reason(
        self,
        glibc: tuple[int, int] | None,
        versions: list[tuple[int, int]],
        forced: str | None,
        stack: str,
        version: tuple[int, int],
        reason: str,
    ) -> None:
        choice = bootstrap.choose(glibc, {one: python(one) for one in versions}, forced)
        found = python(version) if version in versions else None
        assert choice == (stack, version, found, reason)

    @pytest.mark.parametrize(
        ("glibc", "seen"), [(GLIBC_OLD, "glibc 2.36"), ((2, 38), "glibc 2.38"), (MUSL, "no glibc")]
    )
    def test_refuses_to_force_the_new_stack_where_it_cannot_run(
        self, glibc: tuple[int, int] | None, seen: str
    ) -> None:
        with pytest.raises(bootstrap.SetupError) as caught:
            bootstrap.choose(glibc, {PY313: python(PY313)}, "1.21")
        assert str(caught.value) == (
            "TFX 1.21 needs glibc 2.39 or newer\n"
            f"  received: {seen}\n"
            "  do:       leave STACK out (TFX 1.16 runs here), or use Debian 13 or Ubuntu 24.04"
        )

    def test_every_python_of_a_stack_is_looked_for(self) -> None:
        wanted = [version for versions in bootstrap.PYTHONS.values() for version in versions]
        assert sorted(wanted) == sorted(interpreters.WANTED)


class TestFindPython:
    def choice(self, path: str | None = None) -> Any:
        return bootstrap.Choice("1.16", PY310, path, "")

    def test_takes_the_one_that_was_found(self) -> None:
        assert bootstrap.find_python(self.choice("/found"), "/no/uv") == "/found"

    def test_asks_uv_for_one_it_has_before_it_downloads(self, tmp_path: Path) -> None:
        real = executable(tmp_path / "python", "echo 3 10 /of/uv/python3.10")
        log = tmp_path / "log"
        uv = executable(tmp_path / "uv", f'echo "$@" >> {log}', f"echo {real}")
        assert bootstrap.find_python(self.choice(), uv) == "/of/uv/python3.10"
        assert log.read_text() == "python find --no-python-downloads 3.10\n"

    def test_lets_uv_download_one(self, tmp_path: Path) -> None:
        real = executable(tmp_path / "python", "echo 3 10 /of/uv/python3.10")
        done = tmp_path / "installed"
        uv = executable(
            tmp_path / "uv",
            f'[ "$2" = install ] && {{ touch {done}; exit 0; }}',
            f"[ -e {done} ] && echo {real}",
        )
        assert bootstrap.find_python(self.choice(), uv) == "/of/uv/python3.10"
        assert done.exists()

    def test_refuses_another_version_than_it_asked_for(self, tmp_path: Path) -> None:
        other = executable(tmp_path / "python", "echo 3 11 /of/uv/python3.11")
        uv = executable(tmp_path / "uv", f"echo {other}")
        assert interpreters.find_through_uv(uv, PY310, False) is None

    @pytest.mark.parametrize(
        ("stack", "version", "wanted", "newest"),
        [("1.16", PY310, "3.10", "3.10"), ("1.21", PY313, "3.13 or 3.12 or 3.11", "3.13")],
    )
    def test_says_what_to_install_when_there_is_none(
        self, tmp_path: Path, stack: str, version: tuple[int, int], wanted: str, newest: str
    ) -> None:
        uv = executable(tmp_path / "uv", "exit 2")
        with pytest.raises(bootstrap.SetupError) as caught:
            bootstrap.find_python(bootstrap.Choice(stack, version, None, ""), uv)
        assert str(caught.value) == (
            f"TFX {stack} needs Python {wanted}\n"
            "  received: none on PATH, in pyenv or in uv, and uv could not download one\n"
            f"  do:       install it (pyenv install {newest}), or name one: "
            "ZEROSKEW_PYTHON=/path/to/python make run"
        )


class TestRequireCompiler:
    @pytest.mark.parametrize(
        ("compiler", "headers", "missing"),
        [
            (False, True, "a C++ compiler (g++)"),
            (True, False, "the headers of {python} (Python.h)"),
            (False, False, "a C++ compiler (g++) and the headers of {python} (Python.h)"),
        ],
    )
    def test_says_what_is_missing(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        compiler: bool,
        headers: bool,
        missing: str,
    ) -> None:
        fake = executable(tmp_path / "python", f"echo {headers}")
        (tmp_path / "bin").mkdir()
        if compiler:
            executable(tmp_path / "bin" / "g++", "exit 0")
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        with pytest.raises(bootstrap.SetupError) as caught:
            bootstrap.require_compiler(fake)
        assert str(caught.value) == (
            "one package of TFX has to be built here (pyfarmhash)\n"
            f"  received: a machine without {missing.format(python=fake)}\n"
            "  do:       apt-get install g++ python3-dev (Debian, Ubuntu)"
        )

    def test_is_silent_when_everything_is_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        executable(tmp_path / "bin" / "g++", "exit 0")
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        bootstrap.require_compiler(executable(tmp_path / "python", "echo True"))


class TestIsCurrent:
    @pytest.fixture
    def project(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A project whose environment of stack 1.16 is complete."""
        root = tmp_path / "project"
        (root / "requirements").mkdir(parents=True)
        for stack in (bootstrap.NEW, bootstrap.OLD):
            (root / "requirements" / f"tfx-{stack}.txt").write_text(f"tfx=={stack}.0\n")
        (root / "setup.py").write_text("setup()\n")
        self.move_to(root, monkeypatch)
        self.complete(bootstrap.OLD)
        return root

    def move_to(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bootstrap, "ROOT", root)
        monkeypatch.setattr(bootstrap, "VENV", root / ".venv")
        monkeypatch.setattr(bootstrap, "STAMP", root / ".venv" / bootstrap.STAMP.name)

    def complete(self, stack: str) -> None:
        bootstrap.VENV.mkdir(exist_ok=True)
        bootstrap.STAMP.write_text(json.dumps(bootstrap.stamp_of(stack)))

    @pytest.mark.parametrize(("forced", "current"), [(None, True), ("1.16", True), ("1.21", False)])
    @pytest.mark.usefixtures("project")
    def test_a_complete_environment_is_current_unless_another_stack_is_asked_for(
        self, forced: str | None, current: bool
    ) -> None:
        assert bootstrap.is_current(forced) is current

    @pytest.mark.parametrize(
        ("changed", "current"),
        [
            ("requirements/tfx-1.16.txt", False),
            ("setup.py", False),
            ("requirements/tfx-1.21.txt", True),
        ],
    )
    def test_another_lock_makes_it_out_of_date(
        self, project: Path, changed: str, current: bool
    ) -> None:
        (project / changed).write_text("changed\n")
        assert bootstrap.is_current(None) is current

    @pytest.mark.parametrize("stamp", [None, "", '{"stack": "1.1', "{}", '{"stack": "9.9"}'])
    @pytest.mark.usefixtures("project")
    def test_a_set_up_that_was_killed_is_not_current(self, stamp: str | None) -> None:
        bootstrap.STAMP.unlink()
        if stamp is not None:
            bootstrap.STAMP.write_text(stamp)
        assert bootstrap.is_current(None) is False

    def test_an_environment_that_was_moved_is_not_current(
        self, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shutil.move(project, tmp_path / "elsewhere")
        self.move_to(tmp_path / "elsewhere", monkeypatch)
        assert bootstrap.is_current(None) is False


def test_the_glibc_of_this_machine_is_known() -> None:
    major, minor = bootstrap.glibc_version()
    assert major == 2
    assert minor >= 17
