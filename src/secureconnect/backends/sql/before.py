"""Copies of the databases from before a migration: made online, kept for the way back, the oldest let go."""

import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

KEPT = 3
SIDES = ("", "-wal", "-shm")


def size_bytes(database: Path) -> int:
    """What a database takes with its write-ahead log."""
    return sum(file.stat().st_size for side in SIDES if (file := database.with_name(database.name + side)).exists())


def copy_all(databases: Sequence[Path], folder: Path) -> None:
    """Copy every database into `folder`, all or none, for their owner's eyes only; earlier copies there go."""
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True, mode=0o700)
    for database in databases:
        copy(database, fresh / database.name)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def copy(source: Path, target: Path) -> None:
    """Bring `target` to the state of `source` in one transaction, while others may use both."""
    os.close(os.open(target, os.O_CREAT | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as write:
        read.backup(write)


def delete(database: Path) -> None:
    """Remove a database that nobody uses."""
    for side in SIDES:
        database.with_name(database.name + side).unlink(missing_ok=True)


def let_go(folder: Path, kept: int = KEPT) -> None:
    """Remove all but the newest copies in `folder`."""
    copies = sorted((each for each in folder.iterdir() if each.is_dir()), key=lambda each: each.stat().st_mtime_ns)
    for old in copies[:-kept]:
        shutil.rmtree(old)
