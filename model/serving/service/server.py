"""The prediction service as a process: both protocols in one event loop, until a signal ends it."""

import asyncio
import contextlib
import dataclasses
import gc
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn
import uvloop

from model.serving.service.engine.folder import Folder
from model.serving.service.engine.indexes import Indexes, ServedIndex
from model.serving.service.engine.versions import Version
from model.serving.service.pages.pages import Pages
from model.serving.service.rest.app import App
from model.serving.service.rest.http import Router
from model.serving.service.rest.models import Models
from model.serving.service.rest.one_write import OneWriteProtocol
from model.serving.service.rest.operations import Operations
from model.serving.service.rpc import server as rpc
from model.serving.service.service import Service
from model.serving.service.settings import ServeSettings
from model.serving.service.token import read_token
from zeroskew.errors import DataError, SettingsError

_OBJECTS_UNTIL_COLLECTED = 20_000
_IDLE_SECONDS = 75
"""After these a connection is closed that nothing is asked over; clients wait no longer."""


@dataclasses.dataclass(frozen=True)
class Started:
    """What is there when the service has started.

    Attributes:
        versions: that are served, the newest first.
        folders: of these versions.
        indexes: that are searched with them; None for each that is served without.
        rest: port of REST.
        grpc: port of gRPC; None if there is none.
    """

    versions: list[int]
    folders: list[Path]
    indexes: list[ServedIndex | None]
    rest: int
    grpc: int | None


def serve(
    place: Path, name: str, settings: ServeSettings, started: Callable[[Started], None]
) -> None:
    """Serves the versions in a folder until SIGTERM or Ctrl-C, and answers then what was asked.

    Args:
        place: the folder.
        name: of the model.
        settings: how it is served.
        started: is called when clients can come.

    Raises:
        DataError: there is no version that answers.
        SettingsError: a port is taken, the token is not where the settings say, or what searches
            indexes is not installed.
    """
    service = Service.named(name, settings, read_token(settings))
    observe = service.metrics.failed_index
    indexes = Indexes(settings.index, observe) if settings.index is not None else None
    # Requests leave no cycles behind; the collector need not look for them after each.
    gc.set_threshold(_OBJECTS_UNTIL_COLLECTED)
    with _listening(settings.host, settings.port) as listener:
        uvloop.run(_serve(place, service, indexes, listener, started))


async def _serve(
    place: Path,
    service: Service,
    indexes: Indexes | None,
    listener: socket.socket,
    started: Callable[[Started], None],
) -> None:
    settings = service.settings
    stop = _set_by_signals()
    folder = Folder(place, service.versions, settings, service.metrics.failed_load, indexes)
    try:
        await _until(stop, asyncio.create_task(folder.refresh()))
        if stop.is_set():
            return
        if not service.versions.available:
            raise _no_version(place, service.versions.known)
        if service.log is not None:
            for version in service.versions.available.values():
                service.log.check(version)
        calls, port = await rpc.start(service) if settings.grpc_port is not None else (None, None)
        http = _Http(service, stop, lambda: started(_started(service, listener, port)))
        watching = asyncio.create_task(folder.watch())
        serving = asyncio.create_task(http.serve([listener]))
        await _until(stop, serving)
        http.should_exit = True
        if calls is not None:
            await calls.stop(settings.seconds)
        await serving
        watching.cancel()
    finally:
        folder.close()
        service.close()
        if service.log is not None:
            await asyncio.get_running_loop().run_in_executor(None, service.log.close)


def _set_by_signals() -> asyncio.Event:
    """Returns what Ctrl-C and SIGTERM set; a second one ends the process as if nobody waited."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def end(number: int) -> None:
        loop.remove_signal_handler(number)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end, number)
    return stop


async def _until(stop: asyncio.Event, task: "asyncio.Task[None]") -> None:
    """Waits for a task, or to be stopped; what the task raises is raised."""
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait([stopped, task], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if task.done():
        task.result()


class _Http(uvicorn.Server):
    """The server of REST.

    Args:
        service: the model.
        stop: is set when the service is to end.
        started: is called when clients can come.
    """

    def __init__(self, service: Service, stop: asyncio.Event, started: Callable[[], None]) -> None:
        self._when_started = started
        router = Router()
        Models(service).add_to(router)
        Operations(service, stop.is_set).add_to(router)
        Pages(service).add_to(router)
        settings = service.settings
        app = App(router, settings, service.metrics, service.token)
        super().__init__(
            uvicorn.Config(
                app,
                http=OneWriteProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=settings.connections,
                timeout_keep_alive=_IDLE_SECONDS,
                timeout_graceful_shutdown=max(1, round(settings.seconds)),
                ssl_certfile=settings.certificate,
                ssl_keyfile=settings.key,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Does nothing: signals end gRPC as well, so they are not left to this server."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts, and says so."""
        await super().startup(sockets)
        self._when_started()


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """Takes a port; before the model is loaded, so that a port that is taken is told at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise SettingsError(
                "the port of REST must be free, and the host an address of this machine",
                received=f"{host}:{port}: {error.strerror or error}",
                action="choose another with --port or --host",
            ) from error
        yield listener


def _started(service: Service, listener: socket.socket, grpc: int | None) -> Started:
    versions = service.versions.available.values()
    folders = [one.loaded.folder for one in versions if one.loaded is not None]
    indexes = [one.index for one in versions]
    port = listener.getsockname()[1]
    return Started([one.number for one in versions], folders, indexes, port, grpc)


def _no_version(place: Path, known: list[Version]) -> DataError:
    failed = [f"version {one.number}: {one.error.message}" for one in known if one.error]
    if failed:
        return DataError(
            "at least one version of the model must load and answer its first requests",
            received="; ".join(failed),
            action=f"push a sound one to {place}",
        )
    return DataError(
        "there must be a model to serve",
        allowed="a folder with numbered versions, or a SavedModel",
        received=f"no saved_model.pb below {place}",
        action="run 'zeroskew run' until a model is blessed, or name another folder",
    )
