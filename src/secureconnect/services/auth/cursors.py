"""Cursors of lists: opaque to clients, the sort key of the last row underneath."""

import base64
import binascii
from collections.abc import Sequence

import msgspec

from secureconnect.contracts.errors import Fault, invalid

TIME_MS_MAX = 9_007_199_254_740_991
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


def place_of(cursor: str | None) -> tuple[int, str] | None:
    """The time and id in a cursor of a list that is ordered by them; raises Fault(INVALID) as read_cursor."""
    key = read_cursor(cursor, [int, str])
    if key is None:
        return None
    at_ms, last = key
    if not isinstance(at_ms, int) or not isinstance(last, str) or not 0 <= at_ms <= TIME_MS_MAX:
        raise _wrong()
    return at_ms, last
