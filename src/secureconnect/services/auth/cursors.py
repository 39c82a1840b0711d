"""Cursors of lists: opaque to clients, the sort key of the last row underneath."""

import base64
import binascii
from collections.abc import Sequence

import msgspec

from secureconnect.contracts.errors import Fault, invalid

PARTS_MAX = 4
_decoder = msgspec.json.Decoder(list[str | int])


def cursor_of(*key: str | int) -> str:
    """The cursor that goes on below a row with this sort key."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def read_cursor(cursor: str | None, types: Sequence[type[str | int]]) -> list[str | int] | None:
    """The sort key in a cursor, None for none; raises Fault(INVALID) for one that is not ours."""
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        key = _decoder.decode(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (UnicodeEncodeError, binascii.Error, msgspec.MsgspecError):
        raise _wrong() from None
    if [type(part) for part in key] != list(types):
        raise _wrong()
    return key


def _wrong() -> Fault:
    return invalid("query:cursor", "It is not a cursor of this list.")
