"""What can go wrong between the client and its server, each with a name of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import msgspec

from secureconnect.contracts.errors import BY_WIRE, Code, Fault, Problem
from secureconnect.contracts.frames import ErrorFrame

NEAREST: dict[int, Code] = {
    400: Code.BAD_REQUEST,
    401: Code.UNAUTHENTICATED,
    403: Code.FORBIDDEN,
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    408: Code.TIMED_OUT,
    409: Code.CONFLICT,
    410: Code.STORAGE_UPLOAD_GONE,
    412: Code.PRECONDITION_FAILED,
    413: Code.BODY_TOO_LARGE,
    421: Code.WRONG_HOST,
    422: Code.INVALID,
    423: Code.STORAGE_UPLOAD_LOCKED,
    429: Code.TOO_MANY_REQUESTS,
    431: Code.HEADERS_TOO_LARGE,
    500: Code.INTERNAL,
    502: Code.UPSTREAM_FAILED,
    503: Code.UNAVAILABLE,
    504: Code.UPSTREAM_FAILED,
    507: Code.DISK_FULL,
}


@dataclass(eq=False)
class ServerFault(Fault):
    """The server answered with an error: `wire_code` is what it sent, also where this client is older."""

    status: int = 0
    request_id: str | None = None
    wire_code: str = ""


class ConnectionLost(Exception):
    """The server could not be reached, or was lost before its answer came; the request may have been done."""


class Unacknowledged(ConnectionLost):
    """A message was not acknowledged in time; sending the same `client_id` again is safe."""

    def __init__(self, conversation: str, client_id: str) -> None:
        super().__init__(f"message {client_id} was not acknowledged in time")
        self.conversation = conversation
        self.client_id = client_id


class SocketEnded(ConnectionLost):
    """The socket is over for good: `code` is the close code, 0 where no socket came to be; its cause says why."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"the socket ended with {code}: {reason or 'no reason given'}")
        self.code = code
        self.reason = reason


class AnswerUnreadable(Exception):
    """The server answered something that this client cannot read."""


class TooMuchWaiting(Exception):
    """As much is waiting to be sent as this client holds; wait for acknowledgements first."""


def ending(why: Exception | None) -> SocketEnded:
    """What those who still use an ended socket are told; `why` is None where it was closed on this side."""
    if isinstance(why, SocketEnded):
        return why
    ended = SocketEnded(0, str(why or "closed here"))
    ended.__cause__ = why
    return ended


def from_answer(status: int, headers: Mapping[str, str], content: bytes, now_ms: int) -> ServerFault:
    """The fault that an HTTP answer tells, also when a proxy in between wrote it."""
    try:
        problem = msgspec.json.decode(content, type=Problem)
    except msgspec.MsgspecError:
        code = nearest(status)
        return ServerFault(
            code,
            retry_after_ms=_retry_after_ms(headers, now_ms),
            status=status,
            request_id=headers.get("x-request-id"),
            wire_code=code.wire,
        )
    retry_after_ms = problem.retry_after_ms
    return ServerFault(
        BY_WIRE.get(problem.code) or nearest(status),
        problem.detail or problem.title,
        retry_after_ms if retry_after_ms is not None else _retry_after_ms(headers, now_ms),
        problem.errors,
        status=status,
        request_id=problem.request_id,
        wire_code=problem.code,
    )


def from_frame(frame: ErrorFrame) -> ServerFault:
    """The fault that an `error` frame tells."""
    code = BY_WIRE.get(frame.code, Code.BAD_REQUEST)
    return ServerFault(
        code, frame.detail or frame.title, frame.retry_after_ms or None, status=code.status, wire_code=frame.code
    )


def nearest(status: int) -> Code:
    """The code that stands for an HTTP status when nothing better is said."""
    return NEAREST.get(status, Code.INTERNAL if status >= 500 else Code.BAD_REQUEST)


def _retry_after_ms(headers: Mapping[str, str], now_ms: int) -> int | None:
    """Retry-After in ms (RFC 9110 section 10.2.3): seconds or a date."""
    text = headers.get("retry-after")
    if text is None:
        return None
    if text.isdecimal() and len(text) < 10:
        return int(text) * 1000
    try:
        return max(0, int(parsedate_to_datetime(text).timestamp() * 1000) - now_ms)
    except ValueError:
        return None
