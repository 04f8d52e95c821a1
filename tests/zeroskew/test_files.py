import signal
import subprocess
import sys
from pathlib import Path

import pytest

from zeroskew import buckets
from zeroskew.errors import WorkspaceError
from zeroskew.files import (
    copy_folder_atomically,
    ensure_writable,
    exclusive,
    read_if_there,
    replacing,
    write_atomically,
)

ROOT = Path(__file__).parents[2]
FILES = 300

# Kills its own process right before the n-th time that something is about to happen.
KILLED = """
import itertools, os, signal, sys
from pathlib import Path
from zeroskew.files import copy_folder_atomically, write_atomically

what, when = sys.argv[1], int(sys.argv[2])
counter = itertools.count(1)

def kill(event, arguments):
    if event == what and next(counter) == when:
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(kill)
"""
HOLDER = """
import sys, time
from pathlib import Path
from zeroskew.files import exclusive

with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def killed_before(event: str, number: int, call: str, *arguments: object) -> None:
    """Runs `call` in a process that dies by SIGKILL right before the audit event."""
    command = [sys.executable, "-c", KILLED + call, event, str(number), *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder of a few hundred files, some in a folder of their own."""
    folder = tmp_path / "model"
    (folder / "variables").mkdir(parents=True)
    for number in range(FILES):
        place = folder / "variables" if number % 2 else folder
        (place / f"{number:03}.bin").write_bytes(bytes([number % 256]) * 100)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.bin")}


class TestWriteAtomically:
    def test_creates_the_file_and_its_folders(self, tmp_path: Path) -> None:
        file = tmp_path / "a" / "b" / "report.json"
        write_atomically(file, "Zürich\n")
        assert file.read_bytes() == "Zürich\n".encode()
        assert names(file.parent) == ["report.json"]

    def test_replaces_the_whole_file(self, tmp_path: Path) -> None:
        file = tmp_path / "report.json"
        file.write_text("a much longer text than the new one", encoding="utf-8")
        write_atomically(file, "short")
        assert file.read_text(encoding="utf-8") == "short"
        assert names(tmp_path) == ["report.json"]

    def test_everyone_may_read_the_file(self, tmp_path: Path) -> None:
        write_atomically(tmp_path / "report.json", "")
        assert (tmp_path / "report.json").stat().st_mode & 0o777 == 0o644

    def test_leaves_the_old_file_and_nothing_else_when_writing_fails(self, tmp_path: Path) -> None:
        file = tmp_path / "report.json"
        file.write_text("old", encoding="utf-8")
        with pytest.raises(UnicodeEncodeError):
            write_atomically(file, "x" * 100_000 + "\ud800")
        assert file.read_text(encoding="utf-8") == "old"
        assert names(tmp_path) == ["report.json"]

    def test_leaves_nothing_when_the_first_writing_fails(self, tmp_path: Path) -> None:
        with pytest.raises(UnicodeEncodeError):
            write_atomically(tmp_path / "report.json", "\ud800")
        assert names(tmp_path) == []

    def test_leaves_nothing_when_the_name_is_taken_by_a_folder(self, tmp_path: Path) -> None:
        (tmp_path / "report.json").mkdir()
        with pytest.raises(IsADirectoryError):
            write_atomically(tmp_path / "report.json", "text")
        assert names(tmp_path) == ["report.json"]

    def test_cannot_write_below_a_file_and_leaves_that_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("kept", encoding="utf-8")
        with pytest.raises((NotADirectoryError, FileExistsError)):
            write_atomically(tmp_path / "file" / "report.json", "text")
        assert (tmp_path / "file").read_text(encoding="utf-8") == "kept"

    def test_a_killed_writer_leaves_the_old_file(self, tmp_path: Path) -> None:
        file = tmp_path / "report.json"
        file.write_text("old", encoding="utf-8")
        killed_before("os.rename", 1, "write_atomically(Path(sys.argv[3]), 'new')", file)
        assert file.read_text(encoding="utf-8") == "old"
        assert [name for name in names(tmp_path) if not name.startswith(".")] == ["report.json"]


class TestCopyFolderAtomically:
    CALL = "copy_folder_atomically(Path(sys.argv[3]), Path(sys.argv[4]))"

    def test_copies_every_file(self, model: Path, tmp_path: Path) -> None:
        target = tmp_path / "serving" / "7"
        copy_folder_atomically(model, target)
        assert content(target) == content(model)
        assert len(content(target)) == FILES
        assert names(target.parent) == ["7"]

    def test_never_changes_a_folder_that_is_there(self, model: Path, tmp_path: Path) -> None:
        target = tmp_path / "serving" / "7"
        target.mkdir(parents=True)
        (target / "old.bin").write_bytes(b"old")
        with pytest.raises(FileExistsError):
            copy_folder_atomically(model, target)
        assert content(target) == {"old.bin": b"old"}
        assert names(target.parent) == ["7"]

    def test_a_failing_copy_shows_no_target(self, model: Path, tmp_path: Path) -> None:
        target = tmp_path / "serving" / "7"
        (model / "variables" / "gone.bin").symlink_to(tmp_path / "nowhere")
        with pytest.raises(OSError, match=r"gone\.bin"):
            copy_folder_atomically(model, target)
        assert not target.exists()

    @pytest.mark.parametrize(
        ("event", "number"), [("shutil.copyfile", 1), ("shutil.copyfile", 150), ("os.rename", 1)]
    )
    def test_a_killed_copy_shows_no_target_and_the_next_one_cleans_up(
        self, model: Path, tmp_path: Path, event: str, number: int
    ) -> None:
        serving = tmp_path / "serving"
        killed_before(event, number, self.CALL, model, serving / "7")
        assert names(serving) == [".7.partial"]
        copied = number - 1 if event == "shutil.copyfile" else FILES
        assert len(list((serving / ".7.partial").rglob("*.bin"))) == copied
        copy_folder_atomically(model, serving / "8")
        assert names(serving) == ["8"]
        assert content(serving / "8") == content(model)


class TestEnsureWritable:
    def test_creates_the_folder_and_leaves_it_empty(self, tmp_path: Path) -> None:
        ensure_writable(tmp_path / "a b" / "runs", "output folder")
        assert names(tmp_path / "a b" / "runs") == []

    def test_keeps_what_is_there(self, tmp_path: Path) -> None:
        (tmp_path / "kept").write_text("kept", encoding="utf-8")
        ensure_writable(tmp_path, "output folder")
        assert names(tmp_path) == ["kept"]

    @pytest.mark.parametrize(
        ("below", "reason"), [("", "File exists"), ("runs", "Not a directory")]
    )
    def test_says_which_folder_cannot_be_written_and_why(
        self, tmp_path: Path, below: str, reason: str
    ) -> None:
        (tmp_path / "file").write_text("kept", encoding="utf-8")
        folder = tmp_path / "file" / below
        with pytest.raises(WorkspaceError) as caught:
            ensure_writable(folder, "serving folder")
        assert str(caught.value) == (
            "the serving folder must be a folder that can be written\n"
            f"  received: {folder} ({reason})\n"
            "  do:       choose another folder, or change its owner or mode"
        )
        assert (tmp_path / "file").read_text(encoding="utf-8") == "kept"

    def test_a_file_system_that_takes_no_files_is_refused(self) -> None:
        with pytest.raises(WorkspaceError, match="the output folder must be a folder that can be"):
            ensure_writable(Path("/proc/self"), "output folder")


class TestExclusive:
    def test_a_second_process_is_refused_until_the_first_is_killed(self, tmp_path: Path) -> None:
        command = [sys.executable, "-c", HOLDER, str(tmp_path)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            second = subprocess.run(
                command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
            )
            holder.kill()
        assert second.returncode == 1
        assert second.stdout == ""
        assert second.stderr.endswith(
            "WorkspaceError: only one run at a time may use an output folder\n"
            f"  received: {tmp_path} is in use by another process\n"
            "  do:       wait for that run, or give this one its own folder with --output\n"
        )
        assert holder.returncode == -signal.SIGKILL
        with exclusive(tmp_path):
            pass

    def test_lets_go_at_the_end_even_after_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="broken"), exclusive(tmp_path):
            raise ValueError("broken")
        with exclusive(tmp_path):
            pass

    def test_holds_one_folder_only(self, tmp_path: Path) -> None:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
        with exclusive(tmp_path / "one"), exclusive(tmp_path / "two"):
            assert names(tmp_path) == ["one", "two"]


def test_a_file_is_replaced_once_the_new_one_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "new" / "file"
    with replacing(file) as stream:
        stream.write(b"first")
        assert not file.exists()
    assert file.read_bytes() == b"first"
    with pytest.raises(KeyError), replacing(file) as stream:  # noqa: PT012
        stream.write(b"second")
        raise KeyError
    assert file.read_bytes() == b"first"
    (file.parent / ".file.partial").write_bytes(b"what a killed process has left")
    with replacing(file) as stream:
        stream.write(b"third")
    assert file.read_bytes() == b"third"
    assert list(file.parent.iterdir()) == [file]


def test_a_file_is_written_by_one_process_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "file"
    with replacing(file) as stream:
        stream.write(b"first")
        with pytest.raises(WorkspaceError) as caught, replacing(file):
            pass
    assert caught.value.received == f"{file} is being written by another process"
    assert file.read_bytes() == b"first"


def test_a_folder_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as caught, replacing(tmp_path):
        pass
    assert caught.value.received == f"{tmp_path} (it is a folder)"
    (tmp_path / "file").touch()
    with pytest.raises(WorkspaceError, match="the file must be one that can be written"):
        replacing(tmp_path / "file" / "below").__enter__()


def test_a_file_is_read_wherever_it_may_be(tmp_path: Path, bucket: str) -> None:
    (tmp_path / "here").write_bytes(b"on the disk")
    buckets.write(f"{bucket}/there", b"in a bucket")
    assert read_if_there(str(tmp_path / "here")) == b"on the disk"
    assert read_if_there(f"{bucket}/there") == b"in a bucket"
    assert read_if_there(str(tmp_path / "none")) is None
    assert read_if_there(f"{bucket}/none") is None
