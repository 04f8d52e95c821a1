"""Numbered folders in one place, on a disk or in a bucket: each is whole, or is not there.

The largest number is the newest, as TensorFlow Serving expects it.
"""

import contextlib
import filecmp
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from zeroskew import buckets
from zeroskew.files import copy_folder_atomically, remove_folder


def add_version(
    source: Path, place: str, last: str, extra: Mapping[str, bytes] | None = None
) -> str:
    """Copies a folder to the next version.

    On a disk it appears by one rename. A bucket cannot rename; there `last` is written last.

    Args:
        source: the folder.
        place: where the versions are.
        last: a file of it, without which a version in a bucket is unfinished.
        extra: files that the version has beside those of the folder.

    Returns:
        The version's folder, numbered by the seconds since 1970; or the newest there is, if it has
        the same content, whatever its extra files say.
    """
    known = list_versions(place, last)
    newest = f"{place}/{known[-1]}" if known else None
    added = extra or {}
    if newest is not None and _same_content(source, newest, set(added)):
        return newest
    version = f"{place}/{max(int(time.time()), known[-1] + 1 if known else 0)}"
    if buckets.is_bucket(place):
        for name, content in added.items():
            buckets.write(f"{version}/{name}", content)
        buckets.upload(source, version, last)
    else:
        copy_folder_atomically(source, Path(version), added)
    return version


def list_versions(place: str, last: str) -> list[int]:
    """Returns the numbers of the complete versions, the newest last."""
    if buckets.is_bucket(place):
        numbers = [name for name in buckets.list_names(place) if name.isdigit()]
        names = [name for name in numbers if buckets.exists(f"{place}/{name}/{last}")]
    else:
        names = [path.name for path in Path(place).glob("*") if path.name.isdigit()]
    return sorted(map(int, names))


def fetch_newest(place: str, target: Path, last: str) -> int | None:
    """Copies the newest version to a folder of this machine.

    Returns:
        Its number; None if there is no version.
    """
    known = list_versions(place, last)
    if not known:
        return None
    fetch_version(f"{place}/{known[-1]}", target)
    return known[-1]


def fetch_version(version: str, target: Path) -> None:
    """Copies the folder of a version to a folder of this machine."""
    if buckets.is_bucket(version):
        buckets.download(version, target)
    else:
        shutil.copytree(version, target, dirs_exist_ok=True)


@contextlib.contextmanager
def version_at_hand(version: str) -> Iterator[Path]:
    """Yields a folder of this machine with a version: its own, or of a bucket a copy for a while.

    The copy is called like the version, whose name is its number.
    """
    if not buckets.is_bucket(version):
        yield Path(version)
        return
    with tempfile.TemporaryDirectory() as folder:
        local = Path(folder, version.rstrip("/").rpartition("/")[2])
        fetch_version(version, local)
        yield local


def remove_old_versions(place: str, last: str, keep: int) -> None:
    """Removes all complete versions but the newest ones."""
    for number in list_versions(place, last)[:-keep]:
        remove_folder(f"{place}/{number}")


def _same_content(source: Path, version: str, besides: set[str]) -> bool:
    files = _files_below(source)
    if buckets.is_bucket(version):
        return files == set(buckets.files_below(version)) - besides and all(
            (source / file).read_bytes() == buckets.read(f"{version}/{file}") for file in files
        )
    there = Path(version)
    return files == _files_below(there) - besides and all(
        filecmp.cmp(source / file, there / file, shallow=False) for file in files
    )


def _files_below(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
