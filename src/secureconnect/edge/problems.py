"""Faults as RFC 9457 problems, the one shape of every error answer."""

import re
from typing import Any

import msgspec
from litestar.types import Receive, Send

from secureconnect.contracts.errors import Fault, FieldFault, Problem

PROBLEM_TYPE = b"application/problem+json"
DOCS_PREFIX = "/docs/errors#"
QUOTING = re.compile(r"^(Invalid (?:enum )?value)\b.*", re.DOTALL)


def problem_of(fault: Fault, request_id: str) -> Problem:
    """The problem that tells a fault; it never carries more than the fault was given."""
    code = fault.code
    return Problem(
        type=DOCS_PREFIX + code.wire,
        code=code.wire,
        title=code.title,
        status=code.status,
        request_id=request_id,
        detail=fault.detail,
        errors=fault.errors,
        retry_after_ms=fault.retry_after_ms,
    )


def problem_headers(fault: Fault) -> list[tuple[bytes, bytes]]:
    """Headers of a problem answer: its type, Retry-After in whole seconds, and what the fault adds."""
    headers = [(b"content-type", PROBLEM_TYPE)]
    if fault.retry_after_ms is not None:
        headers.append((b"retry-after", str(max(1, -(-fault.retry_after_ms // 1000))).encode()))
    headers.extend((name.lower().encode(), value.encode()) for name, value in fault.headers.items())
    return headers


async def send_problem(send: Send, fault: Fault, request_id: str, *, head: bool = False) -> None:
    """Answer an HTTP request with a problem, below any framework."""
    body = msgspec.json.encode(problem_of(fault, request_id))
    headers = [*problem_headers(fault), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": fault.code.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body, "more_body": False})


async def refuse_socket(receive: Receive, send: Send, fault: Fault, request_id: str) -> None:
    """Answer the request for a socket with a problem in place of the upgrade."""
    await receive()
    headers = problem_headers(fault)
    start: Any = {"type": "websocket.http.response.start", "status": fault.code.status, "headers": headers}
    content = msgspec.json.encode(problem_of(fault, request_id))
    body: Any = {"type": "websocket.http.response.body", "body": content, "more_body": False}
    await send(start)
    await send(body)


def pointer_of(path: str) -> str:
    """A JSON pointer (RFC 6901) from a path as msgspec writes it, such as `$.device.name` or `$[0]`."""
    parts = path.removeprefix("$").replace("[", ".").replace("]", "").split(".")
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts if part)


def without_value(told: str) -> str:
    """What msgspec says is wrong, without the value: it quotes that where only some values are allowed."""
    return QUOTING.sub(r"\1", told)


def unquoted(error: msgspec.ValidationError) -> str:
    """What msgspec found wrong and where, without the value."""
    told, _, path = str(error).rpartition(" - at `")
    return f"{without_value(told)} - at `{path}" if told else without_value(path)


def field_fault(error: msgspec.ValidationError) -> FieldFault:
    """What msgspec found wrong, as detail and pointer; the value is not repeated."""
    detail, _, path = unquoted(error).partition(" - at `")
    return FieldFault(pointer_of(path.rstrip("`")), detail)
