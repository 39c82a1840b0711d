"""The rows of quotas: compared and changed in one statement, so that no two wishes take the same room."""

from enum import Enum

from sqlalchemy import Connection, delete, insert, select, update

from secureconnect.services.storage.store.tables import quotas

_USED = quotas.c.used_bytes
_RESERVED = quotas.c.reserved_bytes
_OPEN = quotas.c.uploads_open


class Reservation(Enum):
    """What became of a wish for room."""

    DONE = "done"
    NO_ROOM = "no_room"
    TOO_MANY_OPEN = "too_many_open"


def room(connection: Connection, account: str) -> tuple[int, int]:
    """What an account has used and reserved, in bytes."""
    found = connection.execute(select(_USED, _RESERVED).where(quotas.c.account == account)).first()
    return (found.used_bytes, found.reserved_bytes) if found else (0, 0)


def reserve(connection: Connection, account: str, size: int, quota_bytes: int, uploads_open_max: int) -> Reservation:
    """Take room for one more open upload, if there is any."""
    _ensure(connection, account)
    fits = (_USED + _RESERVED + size <= quota_bytes) & (quotas.c.uploads_open < uploads_open_max)
    taken = {_RESERVED: _RESERVED + size, _OPEN: _OPEN + 1}
    if connection.execute(update(quotas).where(quotas.c.account == account, fits).values(taken)).rowcount:
        return Reservation.DONE
    count = connection.execute(select(_OPEN).where(quotas.c.account == account)).scalar_one()
    return Reservation.TOO_MANY_OPEN if count >= uploads_open_max else Reservation.NO_ROOM


def charge(connection: Connection, account: str, size: int, quota_bytes: int) -> Reservation:
    """Take room for a file that is there at once, if there is any."""
    _ensure(connection, account)
    fits = _USED + _RESERVED + size <= quota_bytes
    done = connection.execute(update(quotas).where(quotas.c.account == account, fits).values({_USED: _USED + size}))
    return Reservation.DONE if done.rowcount else Reservation.NO_ROOM


def settle(connection: Connection, account: str, size: int) -> None:
    """An open upload is complete: what it had reserved is used now."""
    _change(connection, account, used=size, reserved=-size, open_now=-1)


def release(connection: Connection, account: str, size: int) -> None:
    """An open upload has ended: what it had reserved is free again."""
    _change(connection, account, used=0, reserved=-size, open_now=-1)


def refund(connection: Connection, account: str, size: int) -> None:
    """A file is gone: what it used is free again."""
    _change(connection, account, used=-size, reserved=0, open_now=0)


def forget(connection: Connection, account: str) -> None:
    """Delete an account's row."""
    connection.execute(delete(quotas).where(quotas.c.account == account))


def _change(connection: Connection, account: str, *, used: int, reserved: int, open_now: int) -> None:
    values = {_USED: _USED + used, _RESERVED: _RESERVED + reserved, _OPEN: _OPEN + open_now}
    connection.execute(update(quotas).where(quotas.c.account == account).values(values))


def _ensure(connection: Connection, account: str) -> None:
    if connection.execute(select(quotas.c.account).where(quotas.c.account == account)).first() is None:
        row = {"account": account, "used_bytes": 0, "reserved_bytes": 0, "uploads_open": 0}
        connection.execute(insert(quotas).values(row))
