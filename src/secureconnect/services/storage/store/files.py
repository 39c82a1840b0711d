"""The rows of files: finished ones, their copies and their end."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, RowMapping, delete, func, insert, select

from secureconnect.services.storage.record import Audience, FileRecord, FileState
from secureconnect.services.storage.store import blobs, quotas
from secureconnect.services.storage.store.quotas import Reservation
from secureconnect.services.storage.store.tables import files

_ONE = select(files)


def get(connection: Connection, file: str) -> FileRecord | None:
    """One file."""
    found = connection.execute(_ONE.where(files.c.id == file)).mappings().first()
    return None if found is None else record_of(found)


def put(connection: Connection, record: FileRecord) -> None:
    """Write a new row."""
    connection.execute(insert(files), msgspec.to_builtins(record))


def usable(connection: Connection, account: str, conversation: str, ids: Sequence[str]) -> list[FileRecord]:
    """Those of these files that are complete and stand for this account and conversation, in the order asked for."""
    own = (files.c.account == account) & (files.c.conversation == conversation)
    found = select(files).where(files.c.id.in_(ids), own, files.c.state == FileState.COMPLETE.value)
    by_id = {row["id"]: record_of(row) for row in connection.execute(found).mappings()}
    return [by_id[file] for file in ids if file in by_id]


def copy(connection: Connection, copied: FileRecord, quota_bytes: int) -> Reservation | None:
    """Stand a copy that shares its bytes, within the quota; None when the bytes are gone meanwhile."""
    taken = quotas.charge(connection, copied.account, copied.size, quota_bytes)
    if taken is not Reservation.DONE:
        return taken
    if not blobs.share(connection, copied.blob):
        quotas.refund(connection, copied.account, copied.size)
        return None
    put(connection, copied)
    return taken


def remove(connection: Connection, record: FileRecord, now_ms: int) -> bool | None:
    """Delete a complete file; True when its bytes are to be dropped, None when it was not there any more."""
    gone = delete(files).where(files.c.id == record.id, files.c.state == FileState.COMPLETE.value)
    if not connection.execute(gone).rowcount:
        return None
    if record.audience is not Audience.PROFILE:
        quotas.refund(connection, record.account, record.size)
    return blobs.let_go(connection, record.blob, now_ms)


def set_picture(connection: Connection, picture: FileRecord, now_ms: int) -> None:
    """Stand a profile picture in place of the account's earlier ones; it takes nothing of the quota."""
    end_pictures(connection, picture.account, now_ms)
    blobs.add(connection, picture.blob, picture.size)
    put(connection, picture)


def end_pictures(connection: Connection, account: str, now_ms: int) -> int:
    """Delete the account's profile pictures; returns how many."""
    found = select(files).where(files.c.account == account, files.c.audience == Audience.PROFILE.value)
    pictures = [record_of(row) for row in connection.execute(found).mappings().all()]
    for picture in pictures:
        remove(connection, picture, now_ms)
    return len(pictures)


def forget(connection: Connection, account: str, now_ms: int, limit: int) -> int:
    """Delete up to `limit` rows of an account in any state, and its quota with the last; returns how many."""
    found = select(files.c.id, files.c.blob, files.c.state).where(files.c.account == account).limit(limit)
    rows = connection.execute(found).all()
    for row in rows:
        connection.execute(delete(files).where(files.c.id == row.id))
        if row.state != FileState.ENDED.value:
            blobs.let_go(connection, row.blob, now_ms)
    if len(rows) < limit:
        quotas.forget(connection, account)
    return len(rows)


def complete_count(connection: Connection) -> int:
    """How many files are complete."""
    count = select(func.count()).select_from(files).where(files.c.state == FileState.COMPLETE.value)
    return int(connection.execute(count).scalar_one())


def record_of(row: RowMapping) -> FileRecord:
    """A row as a record."""
    return msgspec.convert({str(name): value for name, value in row.items()}, FileRecord)
