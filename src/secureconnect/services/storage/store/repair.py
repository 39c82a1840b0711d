"""The rows of storage against each other: who refers to which bytes, and what each account takes."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, case, delete, func, insert, select, update

from secureconnect.services.storage.record import Audience, FileState
from secureconnect.services.storage.store.tables import blobs, files, quotas

_LIVES = files.c.state != FileState.ENDED.value


class Kept(NamedTuple):
    """Bytes under one key as the rows say: how often they are referred to by their own row and by files, their size,
    and whether a complete file is among those."""

    key: str
    counted: int | None
    refs: int
    size: int
    complete: bool


class Room(NamedTuple):
    """What an account takes: bytes of its complete files, bytes that its open uploads reserve, and their number."""

    used_bytes: int
    reserved_bytes: int
    uploads_open: int


def kept(connection: Connection, after: str, limit: int) -> list[Kept]:
    """Up to `limit` keys above `after`, ascending: those of rows and those that files name. Released ones are left
    out."""
    complete = func.max(case((files.c.state == FileState.COMPLETE.value, 1), else_=0)).label("complete")
    named = (
        select(files.c.blob.label("key"), func.count().label("refs"), func.max(files.c.size).label("size"), complete)
        .where(_LIVES)
        .group_by(files.c.blob)
        .subquery()
    )
    counted = blobs.c.refs.label("counted")
    known = (
        select(blobs.c.key, counted, func.coalesce(named.c.refs, 0), blobs.c.size, func.coalesce(named.c.complete, 0))
        .select_from(blobs.outerjoin(named, named.c.key == blobs.c.key))
        .where(blobs.c.key > after, blobs.c.released_at.is_(None) | (named.c.refs > 0))
        .order_by(blobs.c.key)
        .limit(limit)
    )
    rows = [Kept(row[0], row[1], row[2], row[3], bool(row[4])) for row in connection.execute(known)]
    unknown = (
        select(named)
        .where(named.c.key > after, named.c.key.not_in(select(blobs.c.key)))
        .order_by(named.c.key)
        .limit(limit)
    )
    rows += [Kept(row[0], None, row[1], row[2], bool(row[3])) for row in connection.execute(unknown)]
    return sorted(rows)[:limit]


def orphans(connection: Connection, keys: Sequence[str]) -> list[str]:
    """Those of these keys that neither a row nor a file names."""
    known = set(connection.execute(select(blobs.c.key).where(blobs.c.key.in_(keys))).scalars())
    known |= set(connection.execute(select(files.c.blob).where(_LIVES, files.c.blob.in_(keys))).scalars())
    return [key for key in keys if key not in known]


def set_refs(connection: Connection, one: Kept, now_ms: int) -> None:
    """Let the row of the bytes say what the files say; bytes of none are released."""
    connection.execute(delete(blobs).where(blobs.c.key == one.key))
    released = None if one.refs else now_ms
    connection.execute(insert(blobs).values(key=one.key, refs=one.refs, size=one.size, released_at=released))


def rooms(connection: Connection) -> dict[str, tuple[Room, Room]]:
    """The accounts whose quota is not what their files say: what it is, and what it should be."""
    size, state = files.c.size, files.c.state
    complete = (state == FileState.COMPLETE.value) & (files.c.audience != Audience.PROFILE.value)
    is_open = state == FileState.OPEN.value
    taken = (
        select(
            files.c.account,
            func.sum(case((complete, size), else_=0)),
            func.sum(case((is_open, size), else_=0)),
            func.sum(case((is_open, 1), else_=0)),
        )
        .where(_LIVES)
        .group_by(files.c.account)
    )
    right = {row[0]: Room(int(row[1]), int(row[2]), int(row[3])) for row in connection.execute(taken)}
    columns = (quotas.c.account, quotas.c.used_bytes, quotas.c.reserved_bytes, quotas.c.uploads_open)
    said = {row[0]: Room(row[1], row[2], row[3]) for row in connection.execute(select(*columns))}
    nothing = Room(0, 0, 0)
    pairs = {one: (said.get(one, nothing), right.get(one, nothing)) for one in sorted(said.keys() | right.keys())}
    return {account: pair for account, pair in pairs.items() if pair[0] != pair[1]}


def set_room(connection: Connection, account: str, room: Room) -> None:
    """Let an account's quota be what its files say."""
    if not connection.execute(update(quotas).where(quotas.c.account == account).values(room._asdict())).rowcount:
        connection.execute(insert(quotas).values(account=account, **room._asdict()))
