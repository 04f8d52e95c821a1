"""gzip, of requests as they come and of answers for those who take it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from isal import isal_zlib

from model.serving.service.refusals import Code, RefusedError, invalid
from model.serving.service.rest.http import Response

Headers = Sequence[tuple[bytes, bytes]]

_BROKEN: Any = isal_zlib.error
_GZIP = 16 + isal_zlib.MAX_WBITS
_LEAST = 1400
"""Bytes of a body that is compressed: less than these is one packet, whatever becomes of them."""
_LARGE = 1 << 16
"""Bytes that are compressed in a thread, so that short requests are not kept waiting."""

_BODIES = 4
"""Of the greatest size, unpacked at a time; of short ones more, but no more bytes."""
_MEMBERS = 16
"""Files of gzip in a body: each costs a copy of what follows, so thousands would take minutes."""


class Unpacker:
    """Unpacks the bodies of requests, only so many bytes at a time.

    A kilobyte may become many megabytes, and threads unpack faster than anything is answered.

    Args:
        limit: bytes of a body at most.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._free = limit * _BODIES
        self._turn = asyncio.Semaphore(1)
        self._released = asyncio.Event()

    @contextlib.asynccontextmanager
    async def unpacked(self, body: bytes, headers: Headers) -> AsyncIterator[bytes]:
        """Yields a body as it was before it was compressed.

        Args:
            body: as it came.
            headers: of the request.

        Raises:
            RefusedError: it is too large, is no gzip, or was compressed in another way.
        """
        coding = _value(headers, b"content-encoding").strip().lower()
        if coding in (b"", b"identity"):
            yield body
            return
        if coding not in (b"gzip", b"x-gzip"):
            raise RefusedError(
                Code.INVALID_ARGUMENT,
                f"a body may be compressed with gzip, not with {coding.decode('latin-1')}",
                http=415,
            )
        async with self._turn:
            while self._free < self._limit:
                self._released.clear()
                await self._released.wait()
            # In a thread: a few bytes may become many.
            found = await asyncio.to_thread(_unpack, body, self._limit)
            self._free -= len(found)
        try:
            yield found
        finally:
            self._free += len(found)
            self._released.set()


async def packed(response: Response, headers: Headers) -> Response:
    """Returns a response compressed, if it is long and the client takes gzip.

    Args:
        response: as it is.
        headers: of the request.
    """
    if len(response.body) < _LEAST:
        return response
    vary = (b"vary", b"accept-encoding")
    if not _takes_gzip(_value(headers, b"accept-encoding")):
        return response._replace(headers=(*response.headers, vary))
    if len(response.body) < _LARGE:
        body = _pack(response.body)
    else:
        body = await asyncio.to_thread(_pack, response.body)
    more = (vary, (b"content-encoding", b"gzip"))
    return response._replace(body=body, headers=(*response.headers, *more))


def _pack(body: bytes) -> bytes:
    packed: bytes = isal_zlib.compress(body, 1, _GZIP)
    return packed


def _unpack(body: bytes, limit: int) -> bytes:
    parts: list[bytes] = []
    left = limit
    while body:
        if len(parts) == _MEMBERS:
            raise invalid(f"a body of gzip may be {_MEMBERS} files of it, end to end")
        reader = isal_zlib.decompressobj(_GZIP)
        try:
            # A file of gzip may be several, end to end.
            part = reader.decompress(body, left + 1)
        except _BROKEN as error:
            raise invalid("the body must be what Content-Encoding says: gzip") from error
        left -= len(part)
        if left < 0:
            raise too_large(limit)
        if not reader.eof:
            raise invalid("the body must be what Content-Encoding says: gzip, and whole")
        parts.append(part)
        body = reader.unused_data
    return b"".join(parts)


def too_large(limit: int) -> RefusedError:
    """Returns the refusal of a body with more than so many bytes."""
    return RefusedError(
        Code.RESOURCE_EXHAUSTED,
        f"a body may have {limit >> 20} MiB (setting serve.body_mib)",
        http=413,
    )


def _takes_gzip(accepted: bytes) -> bool:
    for one in accepted.lower().split(b","):
        coding, *parameters = (part.strip() for part in one.split(b";"))
        if coding in (b"gzip", b"x-gzip"):
            return not any(_is_zero(parameter) for parameter in parameters)
    return False


def _is_zero(parameter: bytes) -> bool:
    """Whether a parameter says that a coding is not wanted: q=0, q=0.0 and so on."""
    name, _, value = parameter.partition(b"=")
    return name.strip() == b"q" and not value.strip(b"0. ")


def _value(headers: Headers, name: bytes) -> bytes:
    return next((value for key, value in headers if key == name), b"")
