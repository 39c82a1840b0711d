"""Which code a database may be opened by: one row that says what migrated it last and what is needed at least."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

CODE = 1
"""This code's number; raised with the first migration of a release, so that later code can name what it needs."""

TABLE = "schema_state"


@dataclass(frozen=True)
class SchemaState:
    """The number of the code that migrated last, and the least number of code that may open the database."""

    version: int
    min_code: int


class DatabaseDamaged(Exception):
    """A database file is not what SQLite wrote; its copy has to be restored."""


class SchemaTooNew(Exception):
    """The database was migrated by a later release to something that this code would misread."""


def damage(database: Path, error: sqlite3.DatabaseError) -> Exception:
    """What an error of SQLite means for its file: DatabaseDamaged when it is not whole, else the error itself."""
    if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return DatabaseDamaged(f"{database} is damaged ({error}); restore it from a backup")
    return error


def read_state(driver: sqlite3.Connection) -> SchemaState | None:
    """The row, None where nothing was migrated yet."""
    if not has_table(driver, TABLE):
        return None
    row = driver.execute("SELECT version, min_code FROM schema_state").fetchone()
    return None if row is None else SchemaState(*row)


def has_table(driver: sqlite3.Connection, name: str) -> bool:
    """Whether the database holds a table of that name."""
    found = driver.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", (name,)).fetchone()
    return found is not None


def refuse_newer(name: str, state: SchemaState | None, code: int = CODE) -> None:
    """Raise SchemaTooNew when the database called `name` needs later code than `code`."""
    if state is not None and state.min_code > code:
        raise SchemaTooNew(
            f"{name} needs a release with schema code {state.min_code} or later, this one has {code}; "
            "start the later release, or restore the copy that was made before the upgrade"
        )
