"""How many requests a second `zeroskew serve` answers, and how fast, against what people write.

Single rows as JSON over real sockets, with 1, 8 and 64 clients that wait for their answer and ask
again: FastAPI with a handler that calls the model, then the service, each with one process.

Usage: `python -m benchmarks.serving [SERVING_FOLDER]`, by default that of the built-in case.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.processes import REPOSITORY, machine_line
from model.serving.requests import REQUEST
from zeroskew.errors import DataError, StepError

CLIENTS = (1, 8, 64)
SECONDS = 5.0
_WAIT_SECONDS = 120.0


@contextlib.contextmanager
def running(command: Sequence[str], port: int) -> Iterator[int]:
    """Runs a server while the block lasts, from when it takes connections; yields its process.

    Raises:
        StepError: it does not in two minutes.
    """
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(process, port)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def measure(port: int, path: str, body: Path, clients: int) -> dict[str, float]:
    """Returns what `benchmarks.serving_load` finds."""
    words = [str(port), path, str(body), str(clients), str(SECONDS)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.serving_load", *words],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    if found["errors"]:
        raise StepError("each request must be answered", received=f"{found['errors']} were not")
    return found


def main(place: Path) -> None:
    """Prints the table."""
    version = _newest(place)
    body = version / REQUEST
    usual, ours = free_port(), free_port()
    command = ["pipeline", "serve", str(place), "--name", "model", "--port", str(ours)]
    table = Table("clients", "", "requests/s", "p50", "p99", "times as many")
    with (
        running(["benchmarks.serving_usual", str(version), str(usual)], usual),
        running([*command, "--set", "serve.grpc_port=null", "--set", "serve.lineage=any"], ours),
    ):
        for clients in CLIENTS:
            theirs = measure(usual, "/predict", body, clients)
            found = measure(ours, "/v1/models/model:predict", body, clients)
            table.add_row(str(clients), "FastAPI", *_cells(theirs), "")
            ratio = f"{found['rps'] / theirs['rps']:.1f}"
            table.add_row("", "zeroskew serve", *_cells(found), ratio)
    console = Console()
    console.print(machine_line())
    console.print(table)


def _cells(found: dict[str, float]) -> list[str]:
    times = [f"{found[name] * 1000:.1f} ms" for name in ("p50", "p99")]
    return [f"{found['rps']:,.0f}", *times]


def _newest(place: Path) -> Path:
    found = sorted(place.glob("[0-9]*"), key=lambda one: int(one.name))
    if not found:
        raise DataError(
            "there must be a model to serve", received=str(place), action="make run, then again"
        )
    return found[-1]


def free_port() -> int:
    """Returns a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    end = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.2)
    raise StepError("a server must take connections", received=f"exit code {process.poll()}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else REPOSITORY / "runs/taxi/serving").resolve())
