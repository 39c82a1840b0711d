"""What the first door that a request meets finds out about it, carried along inside the process."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import cast

from litestar.types import HTTPScope, Scope, WebSocketScope

KEY = "secureconnect.passage"
current_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request that the running task works on, for log lines and for what it asks of other services."""


@dataclass(slots=True)
class Passage:
    """One request's or socket's passage: its id, the client's address as believed, and when it came."""

    request_id: str
    client_ip: str
    started_s: float


def passage_of(scope: Scope | HTTPScope | WebSocketScope) -> Passage:
    """The passage that a door put into the scope; a scope without one never reaches a service."""
    return cast("Passage", cast("dict[str, object]", scope)[KEY])


def known_passage(scope: Scope) -> Passage | None:
    """The passage when a door before this one made it (the gateway in the same process), else None."""
    return cast("Passage | None", cast("dict[str, object]", scope).get(KEY))


def set_passage(scope: Scope, passage: Passage) -> None:
    """Put the passage into the scope; clients cannot reach this key."""
    cast("dict[str, object]", scope)[KEY] = passage
    current_request_id.set(passage.request_id)
