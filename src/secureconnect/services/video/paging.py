"""Cursors of lists of calls: opaque, bound to who asked for what, so that a changed one is told from a good one."""

import base64
import binascii
import hashlib

from secureconnect.contracts.errors import Fault, invalid

SEAL_BYTES = 9
ID_BYTES_MAX = 64


def cursor_of(call: str, asked: str) -> str:
    """The cursor behind a call in the list that `asked` names."""
    return base64.urlsafe_b64encode(_seal(call, asked) + call.encode()).decode().rstrip("=")


def call_of(cursor: str, asked: str) -> str:
    """The call that a cursor of that list stands behind; raises Fault(INVALID) for anything else."""
    try:
        held = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        call = held[SEAL_BYTES:].decode()
    except (binascii.Error, ValueError):
        raise _wrong() from None
    if cursor_of(call, asked) != cursor or len(call) > ID_BYTES_MAX:
        raise _wrong()
    return call


def _seal(call: str, asked: str) -> bytes:
    return hashlib.sha256(f"{asked}\n{call}".encode()).digest()[:SEAL_BYTES]


def _wrong() -> Fault:
    return invalid("query:cursor", "This is no cursor of this list.")
