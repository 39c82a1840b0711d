"""The rows of what changed, in the order of their commits."""

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from secureconnect.contracts.peers import Change
from secureconnect.services.auth.store.tables import changes, changes_head

_NEXT = update(changes_head).where(changes_head.c.id == 1).values(no=changes_head.c.no + 1).returning(changes_head.c.no)
_HEAD = select(changes_head.c.no).where(changes_head.c.id == 1)


def record(
    connection: Connection,
    now_ms: int,
    kind: str,
    account: str,
    session: str | None = None,
    other: str | None = None,
) -> None:
    """Write down, in the act's own transaction, that something changed; kinds as contracts.peers.Change says."""
    number = connection.execute(_NEXT).scalar()
    if number is None:
        number = 1
        connection.execute(insert(changes_head).values(id=1, no=number))
    row = {"no": number, "at_ms": now_ms, "kind": kind, "account": account, "session": session, "other": other}
    connection.execute(insert(changes).values(row))


def head(connection: Connection) -> int:
    """The number of the newest change, 0 before the first."""
    return connection.execute(_HEAD).scalar() or 0


def after(connection: Connection, number: int, limit: int) -> list[Change]:
    """The changes above a number, in order, at most `limit`."""
    found = select(changes).where(changes.c.no > number).order_by(changes.c.no).limit(limit)
    return _read(connection.execute(found).mappings().all())


def before_time(connection: Connection, at_ms: int) -> int:
    """The number of the last change that is older than a time, 0 when there is none."""
    return connection.execute(select(func.max(changes.c.no)).where(changes.c.at_ms < at_ms)).scalar() or 0


def forget(connection: Connection, before_ms: int, limit: int) -> int:
    """Delete changes older than a time, at most `limit`; returns how many."""
    old = select(changes.c.no).where(changes.c.at_ms < before_ms).order_by(changes.c.no).limit(limit)
    return connection.execute(delete(changes).where(changes.c.no.in_(old))).rowcount


def _read(rows: Sequence[RowMapping]) -> list[Change]:
    return [Change(**row) for row in rows]
