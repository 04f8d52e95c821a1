"""Which pages of other sites may ask, and read the answers: CORS, as browsers keep it.

A browser asks first, with OPTIONS and without any token, whether a page may ask at all. That is
answered to all pages that the settings name; the question itself needs the token as ever.
"""

from collections.abc import Collection, Sequence

from model.serving.service.rest.http import Response

Headers = Sequence[tuple[bytes, bytes]]

_SECONDS = b"600"


class Origins:
    """The sites whose pages may ask.

    Args:
        allowed: such as ``https://example.com``; ``*`` for all.
    """

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = {one.encode() for one in allowed}

    def answer(self, method: str, headers: Headers) -> Response | None:
        """Returns the answer to a browser that asks whether a page may; None to anything else."""
        if method != "OPTIONS" or self._origin(headers) is None:
            return None
        if not any(name == b"access-control-request-method" for name, _ in headers):
            return None
        allowed = (
            (b"access-control-allow-methods", b"GET, POST"),
            (b"access-control-allow-headers", b"authorization, content-encoding, content-type"),
            (b"access-control-max-age", _SECONDS),
        )
        return Response(b"", headers=allowed, method="preflight")

    def readable(self, response: Response, headers: Headers) -> Response:
        """Returns a response that pages which may ask can read.

        Args:
            response: to whatever was asked.
            headers: of the request.
        """
        if not self._allowed:
            return response
        more: Headers = ((b"vary", b"origin"),)
        origin = self._origin(headers)
        if origin is not None:
            more = (
                *more,
                (b"access-control-allow-origin", origin),
                (b"access-control-expose-headers", b"retry-after"),
            )
        return response._replace(headers=(*response.headers, *more))

    def _origin(self, headers: Headers) -> bytes | None:
        """Returns the origin of a request if its page may ask."""
        origin = next((value for name, value in headers if name == b"origin"), None)
        return origin if origin in self._allowed or b"*" in self._allowed else None
