"""Files that are either whole or not there, and folders that belong to one run at a time."""

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from zeroskew import buckets
from zeroskew.errors import WorkspaceError
from zeroskew.lazy import lazy_import

fileio = lazy_import("tfx.dsl.io.fileio")


def write_atomically(path: Path, text: str) -> None:
    """Writes `text` to `path` so that a reader sees the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with appearing(path) as stream:
        stream.write(text.encode())


@contextlib.contextmanager
def appearing(path: Path) -> Iterator[BinaryIO]:
    """Opens a new file that is at `path` once it is whole, or never; its folder must be there.

    Whoever else writes the same file does not stand in the way: the last one wins.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Opens a new file that takes the place of `path` once it is whole, or never.

    What a process that was killed leaves behind is a hidden file, which the next one writes anew.

    Raises:
        WorkspaceError: it cannot be written, or another process is writing it.
    """
    partial = path.parent / f".{path.name}.partial"
    with contextlib.ExitStack() as stack:
        try:
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, "it is a folder")
            path.parent.mkdir(parents=True, exist_ok=True)
            stream = stack.enter_context(open(partial, "ab"))
        except OSError as error:
            raise WorkspaceError(
                "the file must be one that can be written",
                received=f"{path} ({error.strerror})",
                action="choose another file, or change the owner or mode of its folder",
            ) from error
        _claim(stream, partial, path)
        try:
            stream.truncate(0)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            os.replace(partial, path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def _claim(stream: BinaryIO, partial: Path, path: Path) -> None:
    """Proves that no other process writes the file, or has just put it in its place."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_mine = os.path.samestat(os.stat(partial), os.fstat(stream.fileno()))
    except (BlockingIOError, FileNotFoundError):
        is_mine = False
    if not is_mine:
        raise WorkspaceError(
            "only one process at a time may write a file",
            received=f"{path} is being written by another process",
            action="wait for it, or write another file",
        )


def open_to_write(path: str) -> BinaryIO:
    """Opens a new file: on this machine's disk, in a bucket, or where else TFX's fileio can."""
    if "://" in path:
        return buckets.open_to_write(path) if _is_s3(path) else fileio.open(path, "wb")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    return open(path, "wb")


def open_to_read(path: str) -> BinaryIO:
    """Opens a file on this machine's disk, in a bucket, or where else TFX's fileio can."""
    if _is_s3(path):
        return buckets.open_to_read(path)
    return fileio.open(path, "rb") if "://" in path else open(path, "rb")


def digest_of(file: Path) -> str:
    """Returns the SHA-256 of a file of this machine, in hexadecimal digits."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while content := stream.read(2**20):
            digest.update(content)
    return digest.hexdigest()


def read_if_there(path: str) -> bytes | None:
    """Returns a file's content, of this machine's disk or of a bucket; None if it is not there."""
    if buckets.is_bucket(path):
        return buckets.read(path) if buckets.exists(path) else None
    return Path(path).read_bytes() if Path(path).exists() else None


def list_folder(path: str) -> list[str]:
    """Returns the paths of what lies in a folder; none if it is not there."""
    if _is_s3(path):
        names = buckets.list_names(path)
    elif "://" in path:
        names = fileio.listdir(path) if fileio.exists(path) else []
    else:
        names = os.listdir(path) if os.path.isdir(path) else []
    return [f"{path}/{name.rstrip('/')}" for name in names]


def remove_folder(path: str) -> None:
    """Removes a folder and what is in it, if it is there."""
    if _is_s3(path):
        buckets.remove(path)
    elif "://" not in path:
        shutil.rmtree(path, ignore_errors=True)
    elif fileio.exists(path):
        fileio.rmtree(path)


def _is_s3(path: str) -> bool:
    """Tells whether a path is in a bucket that TFX's fileio cannot reach; gs:// it can."""
    return buckets.is_bucket(path) and not path.startswith("gs://")


def copy_folder_atomically(
    source: Path, target: Path, extra: Mapping[str, bytes] | None = None
) -> None:
    """Copies a folder to `target`, which appears whole by one rename, or not at all.

    Left-overs of a copy that was killed are hidden folders and are removed by the next copy.

    Args:
        source: the folder.
        target: what it becomes.
        extra: files that `target` has beside those of the folder, by their path in it.

    Raises:
        FileExistsError: `target` is already there.
    """
    if target.exists():
        raise FileExistsError(target)
    partial = target.parent / f".{target.name}.partial"
    target.parent.mkdir(parents=True, exist_ok=True)
    for left_over in target.parent.glob(".*.partial"):
        shutil.rmtree(left_over)
    shutil.copytree(source, partial)
    for name, content in (extra or {}).items():
        (partial / name).parent.mkdir(parents=True, exist_ok=True)
        (partial / name).write_bytes(content)
    for file in partial.rglob("*"):
        if file.is_file():
            _sync(file)
    os.rename(partial, target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def ensure_writable(folder: Path, purpose: str) -> None:
    """Creates `folder` if it is missing and proves that a file can be written there.

    Raises:
        WorkspaceError: it cannot be created or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".probe."):
            pass
    except OSError as error:
        raise WorkspaceError(
            f"the {purpose} must be a folder that can be written",
            received=f"{folder} ({error.strerror})",
            action="choose another folder, or change its owner or mode",
        ) from error


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Holds `folder` for this process; the operating system lets go of it when the process ends.

    Raises:
        WorkspaceError: another process holds it.
    """
    with open(folder / ".lock", "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkspaceError(
                "only one run at a time may use an output folder",
                received=f"{folder} is in use by another process",
                action="wait for that run, or give this one its own folder with --output",
            ) from error
        yield
