"""The rows of uploads from creation to their end; each step names the state it starts from."""

from sqlalchemy import Connection, delete, select, update

from secureconnect.services.storage.record import FileRecord, FileState
from secureconnect.services.storage.store import blobs, quotas
from secureconnect.services.storage.store.files import put, record_of
from secureconnect.services.storage.store.quotas import Reservation
from secureconnect.services.storage.store.tables import files

_OPEN = files.c.state == FileState.OPEN.value


def begin(connection: Connection, record: FileRecord, quota_bytes: int, uploads_open_max: int) -> Reservation:
    """Open an upload and reserve its room, or do nothing."""
    taken = quotas.reserve(connection, record.account, record.size, quota_bytes, uploads_open_max)
    if taken is Reservation.DONE:
        blobs.add(connection, record.blob, record.size)
        put(connection, record)
    return taken


def advance(connection: Connection, file: str, offset: int, due_at: int) -> bool:
    """Note how far an open upload has come, and when it expires now; False when it is not open any more."""
    moved = update(files).where(files.c.id == file, _OPEN).values(offset=offset, due_at=due_at)
    return connection.execute(moved).rowcount == 1


def finish(connection: Connection, record: FileRecord, sha256: str) -> bool:
    """Turn an open upload into a complete file and its reservation into use; False when it is not open any more."""
    values = {"state": FileState.COMPLETE.value, "offset": record.size, "sha256": sha256, "due_at": None}
    done = update(files).where(files.c.id == record.id, _OPEN).values(values)
    if not connection.execute(done).rowcount:
        return False
    quotas.settle(connection, record.account, record.size)
    return True


def end(connection: Connection, record: FileRecord, now_ms: int, forget_at: int, due_by: int | None = None) -> bool:
    """End an open upload and release its room; False when it is not open, or not due by then any more.

    Its row is kept until `forget_at`, to tell its owner that it is gone.
    """
    due = _OPEN if due_by is None else _OPEN & (files.c.due_at <= due_by)
    values = {"state": FileState.ENDED.value, "due_at": forget_at}
    if not connection.execute(update(files).where(files.c.id == record.id, due).values(values)).rowcount:
        return False
    quotas.release(connection, record.account, record.size)
    blobs.let_go(connection, record.blob, now_ms)
    return True


def overdue(connection: Connection, now_ms: int, limit: int) -> list[FileRecord]:
    """Open uploads that have expired, the longest overdue first."""
    found = select(files).where(_OPEN, files.c.due_at <= now_ms).order_by(files.c.due_at).limit(limit)
    return [record_of(row) for row in connection.execute(found).mappings().all()]


def forget_ended(connection: Connection, now_ms: int, limit: int) -> int:
    """Delete the rows of ended uploads that are not told of any more; returns how many."""
    old = files.c.state == FileState.ENDED.value
    due = select(files.c.id).where(old, files.c.due_at <= now_ms).order_by(files.c.due_at).limit(limit)
    return connection.execute(delete(files).where(files.c.id.in_(due))).rowcount
