"""What SQLite's result codes mean to a caller; the code counts, never the text."""

import sqlite3

from sqlalchemy.exc import DBAPIError

from secureconnect.backends.disk import DiskGuard
from secureconnect.contracts.errors import Code, Fault

LOST = {
    sqlite3.SQLITE_BUSY: "the database is held by another process",
    sqlite3.SQLITE_LOCKED: "the database is held by another connection",
    sqlite3.SQLITE_NOMEM: "there is no memory left for the database",
    sqlite3.SQLITE_READONLY: "the database cannot be written to",
    sqlite3.SQLITE_INTERRUPT: "the database was interrupted",
    sqlite3.SQLITE_IOERR: "the disk did not keep what was written",
    sqlite3.SQLITE_CORRUPT: "the database file is damaged",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened",
    sqlite3.SQLITE_PROTOCOL: "the database is held by another process",
    sqlite3.SQLITE_NOTADB: "the database file is damaged",
}
"""The result codes that speak of the store, not of the statement (https://sqlite.org/rescode.html)."""


def result_code(error: BaseException) -> int | None:
    """SQLite's primary result code behind an error of the driver or of SQLAlchemy, None when there is none."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, sqlite3.Error):
        return None
    extended: int | None = getattr(cause, "sqlite_errorcode", None)
    return None if extended is None else extended & 0xFF


def storage_fault(error: BaseException, disk: DiskGuard | None) -> Fault | None:
    """The fault to tell when `error` means that the store itself failed, None when it is the work's own.

    A failed write on a disk without room (SQLite tells some of them as I/O errors) is DISK_FULL, the rest UNAVAILABLE.
    """
    code = result_code(error)
    if code is None or code not in LOST:
        return None
    full = code == sqlite3.SQLITE_FULL
    if code == sqlite3.SQLITE_IOERR and disk is not None:
        full = not disk.allows_messages()
    return Fault(Code.DISK_FULL if full else Code.UNAVAILABLE, LOST[code])
