"""`zeroskew serve`: the blessed model as a service."""

import logging
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.logs import quiet
from pipeline.options import Assignments, Config, Debug, Output, read_settings
from pipeline.serve_check import check_elsewhere, check_service
from zeroskew.errors import SettingsError

if TYPE_CHECKING:
    from model.serving.service.server import Started
    from model.serving.service.settings import ServeSettings
    from pipeline.settings import Settings


def serve(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="MODEL_FOLDER",
            help="A folder of versions, or one version. Default: what the run has blessed.",
        ),
    ] = None,
    config: Config = None,
    output: Output = None,
    name: Annotated[
        str | None, typer.Option(help="What clients call the model. Default: setting name.")
    ] = None,
    model_config: Annotated[
        Path | None,
        typer.Option(help="TensorFlow Serving's file of models, with one: its folder and name."),
    ] = None,
    index: Annotated[
        Path | None,
        typer.Option(
            help="A folder of indexes, to find neighbours in. Default: what the run has pushed, "
            "unless MODEL_FOLDER is given."
        ),
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on. Default: 127.0.0.1, this machine.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Of REST. Default: 8501.")] = None,
    grpc_port: Annotated[int | None, typer.Option(help="Of gRPC. Default: 8500.")] = None,
    log_requests: Annotated[
        bool, typer.Option("--log-requests", help="Log each request, a line of JSON on stderr.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Serve on free ports, ask as clients do, compare with the model itself, and end.",
        ),
    ] = False,
    rows: Annotated[
        Path | None,
        typer.Option(help="With --check: a data file, or a JSON file with rows, to ask as well."),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(help="With --check: REST of a server that runs elsewhere, to ask instead."),
    ] = None,
    grpc: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="With --url: its gRPC, to ask as well.")
    ] = None,
    assignments: Assignments = None,
    debug: Debug = False,
) -> None:
    """Serve the blessed model over REST and gRPC, as TensorFlow Serving does.

    A new version takes over when it has been loaded and has answered its first requests; no request
    fails meanwhile. Ctrl-C, or SIGTERM, ends it after what has been asked is answered.

    [bold]Examples[/bold]

      zeroskew serve
      zeroskew serve --config my_case/settings.yaml --port 9000
      zeroskew serve runs/taxi/serving --name taxi --set serve.token_variable=TAXI_TOKEN
      zeroskew serve runs/reviews/serving --index runs/reviews/index
      zeroskew serve --model-config models.config
      zeroskew serve --check --rows trips.csv
      zeroskew serve --check --url https://taxi.example.com:8501
    """
    if (rows or url or grpc) and not check:
        raise _apart("--rows, --url and --grpc say what --check asks", "add --check")
    if grpc and not url:
        raise _apart("--grpc is asked beside --url", "add --url")
    if model_config and (folder or name):
        raise _apart("--model-config names folder and model", "leave out MODEL_FOLDER and --name")
    given = {"host": host, "port": port, "grpc_port": grpc_port}
    options = [f"serve.{key}={value}" for key, value in given.items() if value is not None]
    settings = read_settings(config, output=output, assignments=[*(assignments or []), *options])
    from pipeline.settings import SERVING

    is_own = folder is None and model_config is None
    settings = _with_index(settings, index or (_own_index(settings) if is_own else None))
    place, called = folder or settings.output / SERVING, name or settings.name
    if model_config is not None:
        from model.serving.service.model_config import read_model_config

        found = read_model_config(model_config, settings.serve)
        place, called = found.place, found.name
        settings = settings.model_copy(update={"serve": found.settings})
    if url is not None:
        with quiet():
            _import_tensorflow()
        check_elsewhere(url, grpc, place.resolve(), called, settings, rows)
        return
    _log_to_stderr(log_requests)
    with quiet():
        run = _service()
    if check:
        check_service(run, place.resolve(), called, settings, rows)
        return
    run(place.resolve(), called, settings.serve, lambda started: _say(called, settings, started))
    typer.echo("stopped    all that was asked is answered")


def _own_index(settings: "Settings") -> Path | None:
    """Returns the folder of indexes that the run pushes to, if it does; unless another is set."""
    from pipeline.settings import INDEXES

    place = settings.output / INDEXES
    pushes = settings.embeddings is not None or place.exists()
    return place if pushes and settings.serve.index is None else None


def _with_index(settings: "Settings", index: Path | None) -> "Settings":
    chosen = index or settings.serve.index
    if chosen is None:
        return settings
    served = settings.serve.model_copy(update={"index": chosen.resolve()})
    return settings.model_copy(update={"serve": served})


def _apart(rule: str, action: str) -> SettingsError:
    return SettingsError(rule, action=f"{action}, or leave the option out")


def _service() -> Any:
    """Imports the service, and TensorFlow with it.

    Raises:
        SettingsError: packages of the service are not installed.
    """
    try:
        _import_tensorflow()
        from model.serving.service.server import serve as run
    except ImportError as error:
        raise SettingsError(
            "serving needs packages that are not installed",
            received=str(error),
            action="pip install 'zeroskew[serve]'",
        ) from error
    return run


def _import_tensorflow() -> None:
    import tensorflow as tf

    tf.get_logger().setLevel(logging.ERROR)


def _say(name: str, settings: "Settings", started: "Started") -> None:
    from model.serving.requests import REQUEST

    chosen = settings.serve
    scheme = "https" if chosen.certificate else "http"
    host = "localhost" if chosen.host in ("0.0.0.0", "::") else chosen.host
    host = f"[{host}]" if ":" in host else host
    rest = f"{scheme}://{host}:{started.rest}"
    model = f"{rest}/v1/models/{name}"
    for version, folder in zip(started.versions, started.folders, strict=True):
        typer.echo(f"serving    {name}, version {version}, from {_short(folder)}")
    for version, one in zip(started.versions, started.indexes, strict=True):
        if one is not None:
            place = _short(one.offer.folder)
            typer.echo(f"index      {one.vectors.rows:,} rows for version {version}, from {place}")
    typer.echo(f"REST       {model}")
    if started.grpc is not None:
        typer.echo(f"gRPC       {host}:{started.grpc}")
    typer.echo(f"page       {rest}/")
    typer.echo(f"metrics    {rest}/metrics")
    request = started.folders[0] / REQUEST
    if request.exists():
        body = shlex.quote(f"@{_short(request)}")
        typer.echo(f"try        curl{_token(chosen)} -d {body} {model}:predict")
    sys.stdout.flush()


def _token(chosen: "ServeSettings") -> str:
    if chosen.token_variable is not None:
        return f' -H "Authorization: Bearer ${chosen.token_variable}"'
    if chosen.token_file is not None:
        return f' -H "Authorization: Bearer $(cat {chosen.token_file})"'
    return ""


def _short(path: Path) -> Path:
    """Returns a path as one would type it here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _log_to_stderr(requests: bool) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    service = logging.getLogger("model.serving.service")
    service.addHandler(handler)
    service.setLevel(logging.INFO)
    if requests:
        access = logging.getLogger("zeroskew.access")
        access.addHandler(logging.StreamHandler())
        access.setLevel(logging.INFO)
        access.propagate = False
