"""What follows the end of a socket: the meaning of each close code and of each refused handshake, without I/O."""

from dataclasses import dataclass
from enum import Enum

import msgspec

from secureconnect.contracts.frames import (
    CLOSE_FORBIDDEN,
    CLOSE_RESTART,
    CLOSE_TOO_FAST,
    CLOSE_TOO_MANY,
    CLOSE_UNAUTHENTICATED,
)

PASSING = frozenset({408, 425, 429})
"""Statuses below 500 of a refused handshake that may be gone at the next try."""


class Next(Enum):
    """What to do after a socket ended."""

    RECONNECT = "reconnect"
    RENEW = "renew"
    """Fetch a new access token once, then reconnect."""
    END = "end"


@dataclass(frozen=True)
class Verdict:
    """What to do, and after how many ms at least; None: the back-off says."""

    step: Next
    wait_ms: int | None = None


class _Hint(msgspec.Struct):
    reconnect_after_ms: int | None = None
    retry_after_ms: int | None = None


def after_close(code: int, reason: str) -> Verdict:
    """What a close code asks for; a restart and a brake say in their reason when to come back."""
    if code == CLOSE_UNAUTHENTICATED:
        return Verdict(Next.RENEW)
    if code in {CLOSE_FORBIDDEN, CLOSE_TOO_MANY}:
        return Verdict(Next.END)
    if code in {CLOSE_RESTART, CLOSE_TOO_FAST}:
        return Verdict(Next.RECONNECT, _hint_ms(reason))
    return Verdict(Next.RECONNECT)


def after_status(status: int) -> Verdict:
    """What a handshake refused by an HTTP status asks for."""
    if status == 401:
        return Verdict(Next.RENEW)
    if status >= 500 or status in PASSING:
        return Verdict(Next.RECONNECT)
    return Verdict(Next.END)


def _hint_ms(reason: str) -> int | None:
    try:
        hint = msgspec.json.decode(reason, type=_Hint)
    except msgspec.MsgspecError:
        return None
    wait_ms = hint.reconnect_after_ms if hint.reconnect_after_ms is not None else hint.retry_after_ms
    return None if wait_ms is None else max(0, wait_ms)
