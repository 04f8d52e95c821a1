"""Numbered folders in one place, on a disk or in a bucket: each is whole, or is not there.

The largest number is the newest, as TensorFlow Serving expects it.
"""

import filecmp
import shutil
import time
from pathlib import Path

from zeroskew import buckets
from zeroskew.files import copy_folder_atomically, remove_folder


def add_version(source: Path, place: str, last: str) -> str:
    """Copies a folder to the next version.

    On a disk it appears by one rename. A bucket cannot rename; there `last` is written last.

    Args:
        source: the folder.
        place: where the versions are.
        last: a file of it, without which a version in a bucket is unfinished.

    Returns:
        The version's folder, numbered by the seconds since 1970; or the newest there is, if it has
        the same content.
    """
    known = list_versions(place, last)
    newest = f"{place}/{known[-1]}" if known else None
    if newest is not None and _same_content(source, newest):
        return newest
    version = f"{place}/{max(int(time.time()), known[-1] + 1 if known else 0)}"
    if buckets.is_bucket(place):
        buckets.upload(source, version, last)
    else:
        copy_folder_atomically(source, Path(version))
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
    newest = f"{place}/{known[-1]}"
    if buckets.is_bucket(place):
        buckets.download(newest, target)
    else:
        shutil.copytree(newest, target, dirs_exist_ok=True)
    return known[-1]


def remove_old_versions(place: str, last: str, keep: int) -> None:
    """Removes all complete versions but the newest ones."""
    for number in list_versions(place, last)[:-keep]:
        remove_folder(f"{place}/{number}")


def _same_content(source: Path, version: str) -> bool:
    files = _files_below(source)
    if buckets.is_bucket(version):
        return files == set(buckets.files_below(version)) and all(
            (source / file).read_bytes() == buckets.read(f"{version}/{file}") for file in files
        )
    there = Path(version)
    return files == _files_below(there) and all(
        filecmp.cmp(source / file, there / file, shallow=False) for file in files
    )


def _files_below(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
