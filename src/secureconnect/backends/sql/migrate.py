"""Runs migrations by Alembic, each database in one transaction, after a copy was made and with the way back told."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, Integer, MetaData, Table, create_engine, delete, insert, select
from sqlalchemy.pool import NullPool

from secureconnect.backends.disk import DiskSpace, disk_space
from secureconnect.backends.sql import before
from secureconnect.backends.sql.pending import MigrationPlan, pending, stored_revision
from secureconnect.backends.sql.schema_state import CODE, TABLE
from secureconnect.backends.sql.sqlite_connection import SqliteFile

ROOM_BYTES = 64 << 20

state_table = Table(
    TABLE, MetaData(), Column("version", Integer, nullable=False), Column("min_code", Integer, nullable=False)
)


class NoRoomToMigrate(Exception):
    """The disk has no room for the copies that are made first; nothing was begun."""


class MigrationFailed(Exception):
    """A migration failed; the databases are as they were, and the text says how to go on."""


@dataclass(frozen=True)
class Migrated:
    """What one plan did: the revision from (None for a new database) and to."""

    plan: MigrationPlan
    from_revision: str | None
    to_revision: str


@dataclass(frozen=True)
class Report:
    """What a start migrated, and where the copies from before stand (None when there was nothing to copy)."""

    migrated: list[Migrated] = field(default_factory=list[Migrated])
    copies: Path | None = None


def migrate_all(
    plans: Sequence[MigrationPlan],
    data_dir: Path,
    version: str,
    space: Callable[[Path], DiskSpace] = disk_space,
) -> Report:
    """Bring every database to its newest migration; nobody else may use them meanwhile.

    Where something is pending, every database that exists is first copied to `data_dir/before/<version>`. Raises
    SchemaTooNew, NoRoomToMigrate and MigrationFailed; after each of them the databases are as they were.
    """
    waiting = pending(plans)
    if not waiting:
        return Report()
    existing = list(dict.fromkeys(plan.database for plan in plans if plan.database.exists()))
    copies = data_dir / "before" / version if existing else None
    if copies is not None:
        _need_room(existing, data_dir, space)
        before.copy_all(existing, copies)
        before.let_go(copies.parent)
    migrated: list[Migrated] = []
    for plan in waiting:
        try:
            migrated.append(_migrate(plan))
        except Exception as error:
            raise MigrationFailed(_go_back(plan, error, waiting, existing, copies)) from error
    return Report(migrated, copies)


def upgrade(connection: Connection, scripts: Path, version_table: str) -> str:
    """Run what is missing in an open transaction, which the caller commits, and return the revision reached."""
    script = ScriptDirectory(str(scripts))
    needed = [1]

    def steps(stored: tuple[str, ...], context: MigrationContext) -> list[MigrationStep]:
        wanted = reversed(list(script.iterate_revisions("head", stored[0] if stored else "base")))
        revisions = [revision for revision in wanted if revision.revision not in stored]
        needed.extend(getattr(revision.module, "min_code", 1) for revision in revisions)
        return [MigrationStep.upgrade_from_script(script.revision_map, revision) for revision in revisions]

    with EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=connection, version_table=version_table)
        environment.run_migrations()
    _note_state(connection, max(needed))
    return script.get_current_head() or ""


def _note_state(connection: Connection, min_code: int) -> None:
    state_table.create(connection, checkfirst=True)
    known = connection.execute(select(state_table.c.min_code)).scalar()
    connection.execute(delete(state_table))
    connection.execute(insert(state_table), {"version": CODE, "min_code": max(min_code, known or 1)})


def _migrate(plan: MigrationPlan) -> Migrated:
    stored = stored_revision(plan)
    SqliteFile(plan.database).create()
    driver = sqlite3.connect(plan.database, isolation_level=None)
    engine = create_engine("sqlite://", creator=lambda: driver, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        driver.execute("PRAGMA journal_mode = WAL")
        driver.execute("PRAGMA foreign_keys = OFF")
        with engine.begin() as connection:
            driver.execute("BEGIN IMMEDIATE")
            reached = upgrade(connection, plan.scripts, plan.version_table)
            broken = driver.execute("PRAGMA foreign_key_check").fetchone()
            if broken is not None:
                raise sqlite3.IntegrityError(
                    f"a row of {broken[0]} would point to a row of {broken[2]} that is not there"
                )
            driver.execute("COMMIT")
    finally:
        driver.close()
    return Migrated(plan, stored, reached)


def _need_room(databases: Sequence[Path], data_dir: Path, space: Callable[[Path], DiskSpace]) -> None:
    """The copies take what the databases take; a migration may write all of it once more."""
    needed_bytes = 2 * sum(before.size_bytes(database) for database in databases) + ROOM_BYTES
    free_bytes = space(data_dir).free_bytes
    if free_bytes < needed_bytes:
        raise NoRoomToMigrate(f"migrating needs {needed_bytes} free bytes in {data_dir}, there are {free_bytes}")


def _go_back(
    plan: MigrationPlan,
    error: Exception,
    waiting: Sequence[MigrationPlan],
    existing: Sequence[Path],
    copies: Path | None,
) -> str:
    """Put back every database that this run may have touched, and say what happened and how to go on."""
    what = f"the migration of {plan.name} failed ({str(error).partition(chr(10))[0]})"
    try:
        for database in dict.fromkeys(each.database for each in waiting):
            if copies is not None and database in existing:
                before.copy(copies / database.name, database)
            else:
                before.delete(database)
    except (OSError, sqlite3.Error) as second:
        return f"{what}, and putting back failed too ({second}); copy the files in {copies} over those in use by hand"
    if copies is None:
        return f"{what}; nothing was kept, for there was no database before"
    return (
        f"{what}; the databases are as they were: start the earlier release again; copies from before are in {copies}"
    )
