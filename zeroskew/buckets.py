"""Buckets: object stores that speak S3 (`s3://`, `minio://`), and Google's (`gs://`).

The access is Arrow's. Keys and region come from where every client of these stores looks:
`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`, or the machine's
own identity. A `minio://` bucket needs `AWS_ENDPOINT_URL`, since its name does not say where it is.
"""

import functools
import os
import shutil
from pathlib import Path
from typing import Any

from zeroskew.errors import WorkspaceError
from zeroskew.lazy import lazy_import

fs = lazy_import("pyarrow.fs")

SCHEMES = ("gs://", "minio://", "s3://")
_CHUNK = 1 << 20


def is_bucket(place: str) -> bool:
    """Tells whether a place is in a bucket."""
    return place.startswith(SCHEMES)


def list_names(folder: str) -> list[str]:
    """Returns the names of what lies in a folder of a bucket; none if it is not there."""
    store, path = _open(folder)
    found = store.get_file_info(fs.FileSelector(path, allow_not_found=True))
    return sorted(one.base_name for one in found if one.path.strip("/") != path)


def exists(file: str) -> bool:
    """Tells whether a bucket has a file of this name."""
    store, path = _open(file)
    return bool(store.get_file_info(path).type == fs.FileType.File)


def open_to_read(file: str) -> Any:
    """Opens a file as a stream of bytes."""
    store, path = _open(file)
    return store.open_input_stream(path)


def open_to_write(file: str) -> Any:
    """Opens a file as a stream of bytes; it is there when the stream is closed."""
    store, path = _open(file)
    return store.open_output_stream(path)


def read(file: str) -> bytes:
    """Returns a file's content."""
    with open_to_read(file) as stream:
        return bytes(stream.read())


def write(file: str, content: bytes) -> None:
    """Writes a file; a reader sees the old one or the new one."""
    with open_to_write(file) as stream:
        stream.write(content)


def remove(folder: str) -> None:
    """Removes all that lies below a folder."""
    store, path = _open(folder)
    store.delete_dir_contents(path, missing_dir_ok=True)


def files_below(folder: str) -> list[str]:
    """Returns the paths of all files below a folder, relative to it."""
    store, path = _open(folder)
    found = store.get_file_info(fs.FileSelector(path, recursive=True, allow_not_found=True))
    files = [one.path for one in found if one.type == fs.FileType.File]
    return sorted(file[len(path) :].lstrip("/") for file in files)


def download(folder: str, target: Path) -> int:
    """Copies all files below a folder to this machine.

    Returns:
        How many there are.
    """
    files = files_below(folder)
    for file in files:
        download_file(f"{folder}/{file}", target / file)
    return len(files)


def download_file(file: str, target: Path) -> None:
    """Copies a file to this machine, whatever its size, and makes the folders it needs."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with open_to_read(file) as stream, open(target, "wb") as out:
        shutil.copyfileobj(stream, out, _CHUNK)


def upload(source: Path, folder: str, last: str) -> None:
    """Copies a folder of this machine into a bucket.

    Args:
        source: the folder here.
        folder: the folder there.
        last: the file, relative to `source`, that is written last. Whoever takes a folder without
            it for unfinished never reads half a copy.
    """
    files = [str(file.relative_to(source)) for file in source.rglob("*") if file.is_file()]
    for file in sorted(files, key=lambda one: (one == last, one)):
        with open(source / file, "rb") as stream, open_to_write(f"{folder}/{file}") as out:
            shutil.copyfileobj(stream, out, _CHUNK)


def _open(place: str) -> tuple[Any, str]:
    scheme, _, path = place.partition("://")
    path = path.rstrip("/")
    options = {} if scheme == "gs" else _s3_options(scheme)
    try:
        return _connect(scheme, tuple(options.items())), path
    except OSError as error:
        raise WorkspaceError(
            "the bucket must be reachable",
            received=f"{place} ({error})",
            action="check AWS_ENDPOINT_URL, AWS_REGION and the keys",
        ) from error


@functools.lru_cache
def _connect(scheme: str, options: tuple[tuple[str, str], ...]) -> Any:
    """Returns the store; one client serves all files, since making one looks for keys anew."""
    return fs.GcsFileSystem() if scheme == "gs" else fs.S3FileSystem(**dict(options))


def _s3_options(scheme: str) -> dict[str, str]:
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if scheme == "minio" and not endpoint:
        raise WorkspaceError(
            "a minio:// bucket needs the address of its server",
            allowed="AWS_ENDPOINT_URL=http://minio-service.kubeflow:9000",
            received="no AWS_ENDPOINT_URL",
            action="set it, in an environment's `env` for steps that run on Kubeflow",
        )
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    options = {"region": region} if region else {}
    if endpoint:
        protocol, _, address = endpoint.rpartition("://")
        options |= {"endpoint_override": address.rstrip("/"), "scheme": protocol or "https"}
        options.setdefault("region", "us-east-1")
    return options
