"""Cursors of lists: opaque to clients, the sort key of the last row to us."""

import base64
import binascii
from typing import TypeVar

import msgspec

from secureconnect.contracts.errors import Fault, invalid

Key = TypeVar("Key")
LENGTH_MAX = 512


def cursor_of(*key: str | int) -> str:
    """The cursor after a row with this sort key."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def key_of(cursor: str, key: type[Key]) -> Key:
    """The sort key in a cursor; raises Fault(INVALID) for one that is none of ours."""
    try:
        if len(cursor) > LENGTH_MAX:
            raise _tampered()
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(content, type=key)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        raise _tampered() from None


def _tampered() -> Fault:
    return invalid("query:cursor", "not a cursor of this list")
