"""The databases: there, whole, of this release, and with the tables that the code expects."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import MetaData

from secureconnect.ops.doctor.finding import Finding, fail, ok, size, warn
from secureconnect.ops.doctor.patient import Patient
from secureconnect.wiring import plans, waiting_migrations
from secureconnect.wiring.schemas import schemas

CHECKED_BYTES_MAX = 512 << 20
MIGRATIONS = "migrations"
RESTORE = "stop the node and restore it from a backup"


async def check_databases(patient: Patient) -> list[Finding]:
    """Every database of this data folder; one that is large is read whole with `--data` only."""
    return await asyncio.to_thread(examine, patient.data_dir, CHECKED_BYTES_MAX)


def examine(data_dir: Path, checked_bytes_max: int) -> list[Finding]:
    """Look at every database, reading those up to `checked_bytes_max` whole; nothing is written.

    What a database lacks is told only where no migration waits that may bring it.
    """
    there = [name for name in schemas() if (data_dir / f"{name}.db").exists()]
    if not there:
        return [ok("databases", "none yet; the first start makes them")]
    late, migrations = _migrations(data_dir, there)
    found = [
        _one(f"{name}.db", data_dir / f"{name}.db", () if name in late else schemas()[name], checked_bytes_max)
        for name in there
    ]
    return [*found, *migrations]


def _migrations(data_dir: Path, there: list[str]) -> tuple[list[str], list[Finding]]:
    try:
        names = waiting_migrations(data_dir)
    except (sqlite3.Error, OSError):
        return [], []  # Told as a database that cannot be read.
    except Exception as error:
        return [], [fail(MIGRATIONS, str(error), "install the release that this data belongs to")]
    file_of = {plan.name: plan.database.stem for plan in plans(data_dir)}
    late = sorted({file_of[name] for name in names} & set(there))
    return late, judge_migrations(late)


def judge_migrations(late: list[str]) -> list[Finding]:
    """What migrations wait in databases that are there already."""
    if late:
        fix = "start the server, which copies them first, or run `secureconnect migrate`"
        return [warn(MIGRATIONS, f"waiting for {', '.join(late)}", fix)]
    return [ok(MIGRATIONS, "none are waiting")]


def _one(check: str, path: Path, schema: Sequence[MetaData], checked_bytes_max: int) -> Finding:
    octets = path.stat().st_size
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as driver:
            driver.execute("PRAGMA busy_timeout = 5000")
            tables = driver.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            held = {row[0]: _columns(driver, row[0]) for row in tables}
            whole = octets <= checked_bytes_max
            told = [row[0] for row in driver.execute("PRAGMA quick_check(3)")] if whole else ["ok"]
    except sqlite3.DatabaseError as error:
        return judge_error(check, error)
    lacks = missing(expected_columns(schema), held)
    return judge(check, octets, told, lacks, whole=whole)


def _columns(driver: sqlite3.Connection, table: str) -> set[str]:
    return {row[0] for row in driver.execute("SELECT name FROM pragma_table_info(?)", (table,))}


def expected_columns(schema: Sequence[MetaData]) -> dict[str, set[str]]:
    """The columns of every table that the code knows."""
    return {
        table.name: {column.name for column in table.columns}
        for metadata in schema
        for table in metadata.tables.values()
    }


def missing(wanted: dict[str, set[str]], held: dict[str, set[str]]) -> list[str]:
    """The tables, and columns of tables, that a database lacks."""
    lacks = [table for table in sorted(wanted) if table not in held]
    for table in sorted(wanted.keys() & held.keys()):
        lacks += [f"{table}.{column}" for column in sorted(wanted[table] - held[table])]
    return lacks


def judge(check: str, octets: int, quick_check: list[str], lacks: list[str], *, whole: bool) -> Finding:
    """How one database stands by what SQLite says of it and what it lacks."""
    if quick_check != ["ok"]:
        return fail(check, f"damaged: {'; '.join(quick_check)}", RESTORE)
    if lacks:
        fix = "run `secureconnect migrate`; if that changes nothing, restore the database from a backup"
        return fail(check, f"lacks {', '.join(lacks)}", fix)
    read = "whole" if whole else "opens; it is large and read whole with --data only"
    return ok(check, f"{read}, {size(octets)}")


def judge_error(check: str, error: sqlite3.DatabaseError) -> Finding:
    """What it means that SQLite cannot read a database."""
    kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if kind in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return fail(check, f"damaged ({error})", RESTORE)
    if kind in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY}:
        fix = "run doctor as the user who runs the node; files there must be readable by it"
        return fail(check, f"cannot be opened ({error})", fix)
    return warn(check, f"cannot be read now ({error})", "run doctor again in a moment")
