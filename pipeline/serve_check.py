"""`zeroskew serve --check`: a service is asked as clients do, and compared with the model itself.

It is started for that and ended, or runs elsewhere.
"""

import dataclasses
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from zeroskew.errors import ParityError

if TYPE_CHECKING:
    from model.evaluation.parity import Comparison
    from model.evaluation.service_address import Address
    from model.serving.service.server import Started
    from model.serving.service.settings import ServeSettings
    from pipeline.settings import Settings

_HOST = "127.0.0.1"
_AT_ONCE = 1000

Run = Callable[[Path, str, "ServeSettings", "Callable[[Started], None]"], None]


def check_service(
    run: Run, place: Path, name: str, settings: "Settings", rows: Path | None
) -> None:
    """Serves a model on free ports of this machine, and compares what it says.

    Token and limits are those of the settings; TLS is left out, since the certificate is one for
    another name than that of this machine.

    Args:
        run: serves until a signal.
        place: the folder of versions.
        name: of the model.
        settings: how it is served, and how files of rows are written.
        rows: a file with rows to ask, beside the example and made-up ones.

    Raises:
        ParityError: the service and the model disagree.
        DataError: the file cannot be read, or there is no model.
    """
    serve = settings.serve.model_copy(
        update={
            "host": _HOST,
            "port": 0,
            "grpc_port": None if settings.serve.grpc_port is None else 0,
            "certificate": None,
            "key": None,
        }
    )
    done: list[Future[None]] = []
    with ThreadPoolExecutor(1, "check") as thread:

        def started(found: "Started") -> None:
            done.append(thread.submit(_compare, found, name, settings, rows))
            done[0].add_done_callback(lambda _: os.kill(os.getpid(), signal.SIGTERM))

        run(place, name, serve, started)
    for one in done:
        one.result()


def check_elsewhere(
    url: str, grpc: str | None, place: Path, name: str, settings: "Settings", rows: Path | None
) -> None:
    """Compares what a server says that runs elsewhere, ours or TensorFlow Serving.

    Token and, for TLS, a certificate to trust are those of the settings.

    Args:
        url: of its REST API.
        grpc: host and port of its gRPC API; None if only REST is asked.
        place: the folder of versions, of which the newest one is meant.
        name: of the model.
        settings: of the use case.
        rows: a file with rows to ask, beside the example and made-up ones.

    Raises:
        ParityError: the server serves another version, or it and the model disagree.
        SettingsError: nothing answers there.
        DataError: the file cannot be read, or there is no model.
    """
    from model.evaluation.service_address import Address
    from model.evaluation.service_clients import takes_missing
    from model.serving.raw_columns import no_model
    from model.serving.service.engine.folder import folders_of
    from model.serving.service.token import read_token

    folders = folders_of(place)
    if not folders:
        raise no_model(place)
    version = max(folders)
    token, certificate = read_token(settings.serve), settings.serve.certificate
    address = Address(url, grpc, name, token, certificate, version)
    available = address.available()
    served = ", ".join(map(str, available)) or "none"
    typer.echo(f"server     {url}, version {served}")
    if version not in available:
        raise ParityError(
            "the server must serve the model that it is compared with",
            allowed=f"version {version}, from {folders[version]}",
            received=f"version {served}",
            action="give the folder of a version that it serves, or wait until it has loaded this",
        )
    address = dataclasses.replace(address, takes_missing=takes_missing(address))
    _check(address, folders[version], settings, rows)
    if not address.takes_missing:
        typer.echo("           it takes no null: missing values were sent as their markers")


def _compare(started: "Started", name: str, settings: "Settings", file: Path | None) -> None:
    from model.evaluation.service_address import Address
    from model.serving.service.token import read_token

    url, token = f"http://{_HOST}:{started.rest}", read_token(settings.serve)
    grpc = None if started.grpc is None else f"{_HOST}:{started.grpc}"
    for version, folder in zip(started.versions, started.folders, strict=True):
        address = Address(url, grpc, name, token, version=version)
        _check(address, folder, settings, file)


def _check(address: "Address", folder: Path, settings: "Settings", file: Path | None) -> None:
    from model.evaluation.service_parity import check_version, rows_to_ask
    from model.serving.raw_columns import open_model
    from model.serving.requests import read_example
    from model.serving.vector_versions import read_vector_versions

    model = open_model(folder)
    own = _read(settings, file, folder, model) if file is not None else []
    made_up = rows_to_ask(model, read_example(folder), read_vector_versions(folder))
    rows = [*made_up, *own]
    at_once = min(_AT_ONCE, settings.serve.request_rows)
    _say(address, len(rows), check_version(model, address, rows, at_once))


def _read(settings: "Settings", file: Path, folder: Path, model: Any) -> list[dict[str, Any]]:
    from model.serving.raw_columns import columns_taken, types_of
    from pipeline.rows_to_predict import RowsFile, rows_settings

    types = types_of(folder, model)
    found = RowsFile(rows_settings(settings.data, str(file)))
    for remark in found.remarks(types):
        typer.echo(remark, err=True)
    lists = [one.name for one in columns_taken(model) if one.length != 1]
    return found.read(types, lists=lists)


def _say(address: "Address", rows: int, compared: "Sequence[Comparison]") -> None:
    typer.echo(f"checked    {address.name}, version {address.version}: {rows:,} rows")
    for one in compared:
        typer.echo(f"           {one.path}, largest difference {one.largest:.2g}")
