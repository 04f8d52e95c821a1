"""`zeroskew serve` under load, while five versions take over and a broken one tries to.

Clients of REST and gRPC ask all the time; then 100,000 requests more, while the memory is watched.

Usage: `python -m benchmarks.serving_swaps [SECONDS]`, by default 60.
"""

import asyncio
import contextlib
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean

import grpc
import httpx
import tensorflow as tf
from rich.console import Console
from rich.table import Table

from benchmarks.processes import machine_line
from benchmarks.serving import SECONDS, free_port, measure, running
from benchmarks.serving_asking import NAME, Found, ask_on, over_grpc, over_rest

REST_CLIENTS, GRPC_CLIENTS = 8, 4
VERSIONS, BROKEN = (1, 2, 3, 5, 6, 7), 4
REQUESTS = 100_000
_MEMORY_CLIENTS = 16
_PATIENCE_SECONDS = 20.0


class _Model(tf.Module):
    """Says of a number twice that number and its own version, and its own version."""

    def __init__(self, version: int) -> None:
        super().__init__()
        self._version = tf.constant(float(version))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "x")])
    def answer(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"double": 2.0 * x + self._version, "version": tf.zeros_like(x) + self._version}


def save_version(folder: Path, version: int) -> Path:
    """Writes a version beside the folder that is served."""
    module = _Model(version)
    target = folder / str(version)
    tf.saved_model.save(module, str(target), signatures={"serving_columns": module.answer})
    return target


def save_broken(folder: Path) -> Path:
    """Writes what has the name of a version, and is none."""
    target = folder / str(BROKEN)
    target.mkdir()
    (target / "saved_model.pb").write_bytes(b"no model")
    return target


async def ask_and_swap(
    rest: int, rpc: int, spare: Sequence[Path], place: Path, seconds: float
) -> dict[str, Found]:
    """Lets versions take over, evenly in so many seconds, while clients ask.

    Returns:
        What the clients of each protocol have seen.

    Raises:
        TimeoutError: a version does not take over, or the broken one does not fail.
    """
    found = {"REST": Found(), "gRPC": Found()}
    end = asyncio.Event()
    async with (
        httpx.AsyncClient() as client,
        grpc.aio.insecure_channel(f"127.0.0.1:{rpc}") as channel,
    ):
        asking = [
            *(ask_on(over_rest(client, rest), found["REST"], end) for _ in range(REST_CLIENTS)),
            *(ask_on(over_grpc(channel), found["gRPC"], end) for _ in range(GRPC_CLIENTS)),
        ]
        tasks = [asyncio.create_task(one) for one in asking]
        for version in spare:
            await asyncio.sleep(seconds / (len(spare) + 1))
            version.rename(place / version.name)
            await _settled(client, rest, version.name)
        await asyncio.sleep(seconds / (len(spare) + 1))
        end.set()
        await asyncio.gather(*tasks)
    return found


async def _settled(client: httpx.AsyncClient, port: int, version: str) -> None:
    """Waits until a version answers, or is known to be broken."""
    wanted = "END" if version == str(BROKEN) else "AVAILABLE"
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        answer = await client.get(f"http://127.0.0.1:{port}/v1/models/{NAME}")
        states = {one["version"]: one["state"] for one in answer.json()["model_version_status"]}
        if states.get(version) == wanted:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError(f"version {version} is not {wanted}")


@contextlib.contextmanager
def watching_memory(process: int) -> Iterator[list[int]]:
    """Yields a list that receives the process's memory in bytes (VmRSS), ten times a second."""
    found: list[int] = []
    end = threading.Event()

    def watch() -> None:
        while not end.wait(0.1):
            found.append(_memory(process, "VmRSS"))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        end.set()
        thread.join()


def _memory(process: int, field: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return int(next(one for one in lines if one.startswith(field)).split()[1]) * 1024


def ask_many(port: int, folder: Path, requests: int) -> int:
    """Asks single rows over REST until so many were answered; returns how many."""
    body = folder / "request.json"
    body.write_text('{"signature_name": "serving_columns", "instances": [{"x": 1.0}]}')
    answered = 0
    while answered < requests:
        found = measure(port, f"/v1/models/{NAME}:predict", body, _MEMORY_CLIENTS)
        answered += round(found["rps"] * SECONDS)
    return answered


def main(seconds: float) -> None:
    """Prints what the clients have seen, and the memory.

    Raises:
        TimeoutError: a version does not take over, or the broken one does not fail.
    """
    rest, rpc = free_port(), free_port()
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        place, spare = folder / "versions", folder / "spare"
        place.mkdir()
        spare.mkdir()
        save_version(place, VERSIONS[0])
        waiting = [save_version(spare, one) for one in VERSIONS[1:]]
        waiting.insert(BROKEN - 2, save_broken(spare))
        command = ["pipeline", "serve", str(place), "--name", NAME, "--port", str(rest)]
        with running([*command, "--grpc-port", str(rpc), "--set", "serve.lineage=any"], rest) as it:
            begin = time.monotonic()
            found = asyncio.run(ask_and_swap(rest, rpc, waiting, place, seconds))
            lasted = time.monotonic() - begin
            with watching_memory(it) as memory:
                answered = ask_many(rest, folder, REQUESTS)
            peak = _memory(it, "VmHWM")
    console = Console()
    console.print(
        f"{machine_line()}; {lasted:.0f} s, {len(VERSIONS) - 1} swaps, one broken version"
    )
    console.print(_table(found))
    quarter = len(memory) // 4
    first, last = (fmean(part) / 2**20 for part in (memory[:quarter], memory[-quarter:]))
    console.print(
        f"memory over {answered:,} requests more: {first:,.1f} MiB in the first quarter, "
        f"{last:,.1f} MiB in the last, at most {peak / 2**20:,.1f} MiB ever"
    )


def _table(found: dict[str, Found]) -> Table:
    table = Table("", "requests", "failed", "mixed", "went back", "rows by version")
    for protocol, one in found.items():
        rows = ", ".join(f"{version}: {count:,}" for version, count in sorted(one.answers.items()))
        counts = (one.requests, len(one.failed), one.mixed, one.back)
        table.add_row(protocol, *(f"{count:,}" for count in counts), rows)
    return table


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
