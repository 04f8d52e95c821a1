"""Why a request gets no answer, in the codes of gRPC and of HTTP.

The codes are those that TensorFlow Serving gives in the same case.
"""

import enum

from zeroskew.errors import ZeroskewError


class Code(enum.Enum):
    """A code of gRPC, and its number; HTTP's code for it."""

    INVALID_ARGUMENT = 3, 400
    DEADLINE_EXCEEDED = 4, 504
    NOT_FOUND = 5, 404
    RESOURCE_EXHAUSTED = 8, 429
    FAILED_PRECONDITION = 9, 400
    UNIMPLEMENTED = 12, 501
    INTERNAL = 13, 500
    UNAVAILABLE = 14, 503
    UNAUTHENTICATED = 16, 401

    @property
    def number(self) -> int:
        """The number of gRPC, which is TensorFlow's, too."""
        return self.value[0]

    @property
    def http(self) -> int:
        """The status code of HTTP."""
        return self.value[1]


_BY_NUMBER = {one.number: one for one in Code}


class RefusedError(Exception):
    """A request that gets an error instead of an answer.

    Args:
        code: what kind of error.
        message: for the client.
        http: the status code of HTTP, where it is not the code's own.
        retry_after: seconds after which the same request may be answered.
    """

    def __init__(
        self, code: Code, message: str, *, http: int | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.http = http or code.http
        self.retry_after = retry_after


def invalid(
    rule: str,
    *,
    allowed: str | None = None,
    received: str | None = None,
    action: str | None = None,
) -> RefusedError:
    """Returns the refusal of a request that is wrong in itself, in the grammar of all errors."""
    error = ZeroskewError(rule, allowed=allowed, received=received, action=action)
    return RefusedError(Code.INVALID_ARGUMENT, str(error))


def refusal_of(error: BaseException) -> RefusedError:
    """Returns what a client is told of an error: TensorFlow's own words, or that there was one."""
    if isinstance(error, RefusedError):
        return error
    number = getattr(error, "error_code", None)
    if isinstance(number, int) and number in _BY_NUMBER:
        return RefusedError(_BY_NUMBER[number], str(getattr(error, "message", error)))
    if isinstance(error, ZeroskewError):
        return RefusedError(Code.INTERNAL, str(error))
    if isinstance(error, UnicodeDecodeError):
        # TensorFlow quotes the bytes that it could not read, and its own error cannot hold them.
        return RefusedError(Code.INVALID_ARGUMENT, error.object.decode("utf-8", "replace"))
    return RefusedError(Code.INTERNAL, f"{type(error).__name__}: {error}")
