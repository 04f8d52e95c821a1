"""The prediction service in a thread of the tests, on a real socket: it starts at once."""

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from model.serving.service.engine.loaded import Loaded
from model.serving.service.engine.versions import State
from model.serving.service.pages.pages import Pages
from model.serving.service.rest.app import App
from model.serving.service.rest.http import Router
from model.serving.service.rest.models import Models
from model.serving.service.rest.operations import Operations
from model.serving.service.service import Service
from model.serving.service.settings import ServeSettings

_SECONDS = 20


@contextlib.contextmanager
def listening(
    folder: Path,
    settings: ServeSettings | None = None,
    token: str | None = None,
    number: int | None = None,
) -> Iterator[str]:
    """Serves one version over REST; yields its address.

    Args:
        folder: of the version.
        settings: limits and the like; where it listens is of no account.
        token: that clients must send.
        number: of the version; unless it is given, it is the name of the folder.
    """
    chosen = settings or ServeSettings()
    service = Service.named("small", chosen, token)
    version = service.versions.version(int(folder.name) if number is None else number)
    version.loaded, version.state = Loaded(folder), State.AVAILABLE
    service.versions.settle()
    router = Router()
    for part in (Models(service), Operations(service, lambda: False), Pages(service)):
        part.add_to(router)
    app = App(router, chosen, service.metrics, token)
    config = uvicorn.Config(app, port=0, lifespan="off", log_config=None, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + _SECONDS
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < end
        time.sleep(0.01)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(_SECONDS)
        service.close()
        if service.log is not None:
            service.log.close()
        version.loaded.close()
