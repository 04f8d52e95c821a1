"""Clients that ask one thing again and again, each on a connection of its own: a process.

Usage: `python -m benchmarks.serving_load PORT PATH BODY_FILE CLIENTS SECONDS`; the last line of
stdout is JSON.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import cast

import uvloop

_WARM_UP_SECONDS = 1.0


class Client(asyncio.Protocol):
    """Sends the request, and sends it again when the answer is there.

    Args:
        request: all bytes of it.
        seconds: receives how long each answer took.
    """

    def __init__(self, request: bytes, seconds: list[float]) -> None:
        self._request = request
        self._seconds = seconds
        self._received = b""
        self._begin = 0.0
        self._transport: asyncio.Transport
        self.errors = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Sends the first request."""
        # uvloop's transport is one, though not by inheritance.
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Waits for the whole answer."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        self._seconds.append(time.perf_counter() - self._begin)
        self.errors += not head.startswith(b"HTTP/1.1 200")
        self._received = b""
        self._send()

    def close(self) -> None:
        """Asks no more."""
        self._transport.abort()

    def _send(self) -> None:
        self._begin = time.perf_counter()
        self._transport.write(self._request)


async def ask(port: int, request: bytes, clients: int, seconds: float) -> dict[str, float]:
    """Lets clients ask at once.

    Returns:
        ``rps``, requests per second; ``p50`` and ``p99`` of the seconds of a request; ``errors``,
        how many answers were not 200.
    """
    taken: list[float] = []
    loop = asyncio.get_running_loop()
    asking = [
        (await loop.create_connection(lambda: Client(request, taken), "127.0.0.1", port))[1]
        for _ in range(clients)
    ]
    await asyncio.sleep(_WARM_UP_SECONDS)
    taken.clear()
    begin = time.perf_counter()
    await asyncio.sleep(seconds)
    lasted = time.perf_counter() - begin
    found = sorted(taken)
    for client in asking:
        client.close()
    return {
        "rps": len(found) / lasted,
        "p50": found[len(found) // 2],
        "p99": found[len(found) * 99 // 100],
        "errors": sum(client.errors for client in asking),
    }


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0])


def main(port: str, path: str, body: str, clients: str, seconds: str) -> None:
    """Prints what was found as JSON."""
    content = Path(body).read_bytes()
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    request = f"{head}content-length: {len(content)}\r\n\r\n".encode() + content
    print(json.dumps(uvloop.run(ask(int(port), request, int(clients), float(seconds)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
