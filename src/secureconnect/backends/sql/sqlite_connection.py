"""One SQLite connection as the driver's object and as SQLAlchemy's, with what every connection of ours is set to."""

import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import NullPool

from secureconnect.backends.sql.schema_state import DatabaseDamaged, damage, read_state, refuse_newer

BUSY_MS = 5_000
CHECKED_BYTES_MAX = 16 << 20
WRITER_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_MS}",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16384",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA journal_size_limit = 33554432",
)
READER_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_MS}",
    "PRAGMA query_only = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -8192",
)


class DatabaseUnfit(Exception):
    """The file system does not let SQLite work as it must here."""


@dataclass(frozen=True)
class Connected:
    """The two faces of one connection. SQLAlchemy never begins or commits: that is said to the driver alone."""

    core: Connection
    driver: sqlite3.Connection

    def close(self) -> None:
        """Let the file go."""
        self.core.close()
        self.driver.close()


class SqliteFile:
    """Opens connections to one database file."""

    def __init__(self, path: Path, checked_bytes_max: int = CHECKED_BYTES_MAX) -> None:
        self.path = path
        self._checked_bytes_max = checked_bytes_max
        self._writer = _engine(lambda: _connect(path))
        self._reader = _engine(lambda: _connect(path))

    def create(self) -> None:
        """Make the file, readable by its owner alone, where there is none."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))

    def check(self) -> None:
        """Raise DatabaseDamaged or SchemaTooNew; a file above the limit is only looked into, not read whole."""
        driver = _connect(self.path)
        try:
            refuse_newer(self.path.name, read_state(driver))
            if self.path.stat().st_size <= self._checked_bytes_max:
                told = driver.execute("PRAGMA quick_check(1)").fetchone()[0]
                if told != "ok":
                    raise DatabaseDamaged(f"{self.path} is damaged ({told}); restore it from a backup")
        except sqlite3.DatabaseError as error:
            raise damage(self.path, error) from error
        finally:
            driver.close()

    def writer(self) -> Connected:
        """A connection that may write; raises DatabaseUnfit where there can be no write-ahead log."""
        connected = _connected(self._writer)
        mode = connected.driver.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            connected.close()
            raise DatabaseUnfit(f"{self.path} lies on a file system without shared memory for its write-ahead log")
        for pragma in WRITER_PRAGMAS:
            connected.driver.execute(pragma)
        return connected

    def reader(self) -> Connected:
        """A connection that cannot write."""
        connected = _connected(self._reader)
        for pragma in READER_PRAGMAS:
            connected.driver.execute(pragma)
        return connected


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)


def _engine(connect: Callable[[], sqlite3.Connection]) -> Engine:
    return create_engine("sqlite://", creator=connect, poolclass=NullPool, isolation_level="AUTOCOMMIT")


def _connected(engine: Engine) -> Connected:
    core = engine.connect()
    return Connected(core, cast(sqlite3.Connection, core.connection.driver_connection))
