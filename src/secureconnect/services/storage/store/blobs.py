"""The rows of blobs: how many files share the bytes under a key, and which bytes are to be dropped."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, insert, select, update

from secureconnect.services.storage.store.tables import blobs


def add(connection: Connection, key: str, size: int) -> None:
    """A blob of `size` bytes that one file refers to."""
    connection.execute(insert(blobs).values(key=key, refs=1, size=size, released_at=None))


def share(connection: Connection, key: str) -> bool:
    """Count one more file in; False when the bytes are released already."""
    shared = update(blobs).where(blobs.c.key == key, blobs.c.refs > 0).values(refs=blobs.c.refs + 1)
    return connection.execute(shared).rowcount == 1


def let_go(connection: Connection, key: str, now_ms: int) -> bool:
    """Count one file out; True when it was the last, so that the bytes are to be dropped."""
    connection.execute(update(blobs).where(blobs.c.key == key).values(refs=blobs.c.refs - 1))
    last = update(blobs).where(blobs.c.key == key, blobs.c.refs <= 0).values(released_at=now_ms)
    return connection.execute(last).rowcount == 1


def released(connection: Connection, limit: int) -> list[str]:
    """Keys of bytes that are to be dropped, the longest released first."""
    found = select(blobs.c.key).where(blobs.c.released_at.is_not(None)).order_by(blobs.c.released_at).limit(limit)
    return list(connection.execute(found).scalars())


def dropped(connection: Connection, key: str) -> None:
    """The bytes of a released key are gone."""
    connection.execute(delete(blobs).where(blobs.c.key == key, blobs.c.released_at.is_not(None)))


def unknown(connection: Connection, keys: Sequence[str]) -> list[str]:
    """Those of these keys that have no row."""
    known = set(connection.execute(select(blobs.c.key).where(blobs.c.key.in_(keys))).scalars())
    return [key for key in keys if key not in known]


def stored_bytes(connection: Connection) -> int:
    """What all blobs that are referred to have or will have, in bytes; shared ones once."""
    total = select(func.coalesce(func.sum(blobs.c.size), 0)).where(blobs.c.refs > 0)
    return int(connection.execute(total).scalar_one())
