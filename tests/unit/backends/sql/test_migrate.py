"""Migrations run whole or not at all, after a copy, and a start without any is quick."""

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from secureconnect.backends.disk import DiskSpace
from secureconnect.backends.sql.migrate import MigrationFailed, NoRoomToMigrate, migrate_all
from secureconnect.backends.sql.pending import MigrationPlan, pending
from secureconnect.backends.sql.schema_state import CODE, SchemaTooNew

START = """
import sqlalchemy as sa
from alembic import op
revision = "0001"
down_revision = None
def upgrade():
    op.create_table("notes", sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.String))
"""
SECOND = """
import sqlalchemy as sa
from alembic import op
revision = "0002"
down_revision = "0001"
min_code = {min_code}
def upgrade():
    with op.batch_alter_table("notes") as batch:
        batch.add_column(sa.Column("by", sa.String, nullable=False, server_default="nobody"))
    {then}
"""


def write_scripts(folder: Path, *sources: str) -> Path:
    (folder / "versions").mkdir(parents=True, exist_ok=True)
    for number, source in enumerate(sources, 1):
        (folder / "versions" / f"000{number}_step.py").write_text(source)
    return folder


def second(then: str = "pass", min_code: int = 1) -> str:
    return SECOND.format(then=then, min_code=min_code)


def rows(database: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as driver:
        return driver.execute(query).fetchall()


def change(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as driver:
        driver.execute(statement)
        driver.commit()


@pytest.fixture
def plan(tmp_path: Path) -> MigrationPlan:
    """A database with one note, at its first revision."""
    plan = MigrationPlan("notes", tmp_path / "notes.sqlite", write_scripts(tmp_path / "notes", START))
    migrate_all([plan], tmp_path, "1.0")
    change(plan.database, "INSERT INTO notes VALUES (1, 'kept')")
    return plan


def test_a_new_database_is_made_for_its_owner_alone(plan: MigrationPlan, tmp_path: Path) -> None:
    """The first start makes the tables and the state row, and copies nothing."""
    assert stat.S_IMODE(plan.database.stat().st_mode) == 0o600
    assert rows(plan.database, "SELECT version, min_code FROM schema_state") == [(CODE, 1)]
    assert not (tmp_path / "before").exists()
    assert pending([plan]) == []
    assert migrate_all([plan], tmp_path, "1.0").migrated == []


def test_a_pending_migration_is_run_after_a_copy(plan: MigrationPlan, tmp_path: Path) -> None:
    """The copy holds the state from before, the database the state after."""
    write_scripts(plan.scripts, START, second())
    assert pending([plan]) == [plan]
    report = migrate_all([plan], tmp_path, "1.1")
    assert [(each.from_revision, each.to_revision) for each in report.migrated] == [("0001", "0002")]
    copies = tmp_path / "before" / "1.1"
    assert report.copies == copies
    assert rows(plan.database, "SELECT id, text, by FROM notes") == [(1, "kept", "nobody")]
    copy = copies / "notes.sqlite"
    assert rows(copy, "SELECT * FROM notes") == [(1, "kept")]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


@pytest.mark.parametrize("then", ["raise RuntimeError('no')", "op.execute('INSERT INTO nowhere VALUES (1)')"])
def test_a_failed_migration_leaves_every_database_as_it_was(plan: MigrationPlan, tmp_path: Path, then: str) -> None:
    """What was migrated before the failure is put back, what was made is removed, and the text says how to go on."""
    write_scripts(plan.scripts, START, second())
    bad = MigrationPlan("bad", tmp_path / "bad.sqlite", write_scripts(tmp_path / "bad", START, second(then)))
    with pytest.raises(MigrationFailed, match=r"bad failed.*earlier release.*before"):
        migrate_all([plan, bad], tmp_path, "1.1")
    assert rows(plan.database, "SELECT * FROM notes") == [(1, "kept")]
    assert pending([plan]) == [plan]
    assert not bad.database.exists()


def test_a_row_without_its_parent_stops_a_migration(plan: MigrationPlan, tmp_path: Path) -> None:
    """A migration that leaves a row pointing to nothing is taken back."""
    then = "op.execute('CREATE TABLE marks (note REFERENCES notes(id))'); op.execute('INSERT INTO marks VALUES (9)')"
    write_scripts(plan.scripts, START, second(then))
    with pytest.raises(MigrationFailed, match="a row of marks"):
        migrate_all([plan], tmp_path, "1.1")
    assert rows(plan.database, "SELECT count(*) FROM sqlite_schema WHERE name = 'marks'") == [(0,)]


def test_without_room_for_the_copies_nothing_is_begun(plan: MigrationPlan, tmp_path: Path) -> None:
    """A full disk is told before anything is touched."""
    write_scripts(plan.scripts, START, second())
    with pytest.raises(NoRoomToMigrate, match="free bytes"):
        migrate_all([plan], tmp_path, "1.1", space=lambda _: DiskSpace(1000, 10**9))
    assert not (tmp_path / "before").exists()
    assert pending([plan]) == [plan]


def test_three_copies_are_kept(plan: MigrationPlan, tmp_path: Path) -> None:
    """The oldest copies go when a fourth is made."""
    for number in range(2, 7):
        source = f"revision = '000{number}'\ndown_revision = '000{number - 1}'\ndef upgrade(): pass\n"
        (plan.scripts / "versions" / f"000{number}_step.py").write_text(source)
        migrate_all([plan], tmp_path, f"1.{number}")
    assert sorted(each.name for each in (tmp_path / "before").iterdir()) == ["1.4", "1.5", "1.6"]


def test_two_plans_share_a_database(plan: MigrationPlan, tmp_path: Path) -> None:
    """Each plan keeps its own version table."""
    start = START.replace("notes", "marks")
    other = MigrationPlan("marks", plan.database, write_scripts(tmp_path / "marks", start), "marks_schema")
    assert pending([plan, other]) == [other]
    migrate_all([plan, other], tmp_path, "1.1")
    assert pending([plan, other]) == []
    assert rows(plan.database, "SELECT version_num FROM marks_schema") == [("0001",)]


def test_a_database_that_needs_later_code_is_refused(plan: MigrationPlan, tmp_path: Path) -> None:
    """Only min_code counts: a database of a later release that this code still reads is opened."""
    write_scripts(plan.scripts, START, second(min_code=CODE))
    migrate_all([plan], tmp_path, "1.1")
    (plan.scripts / "versions" / "0002_step.py").unlink()
    assert pending([plan]) == []
    change(plan.database, f"UPDATE schema_state SET min_code = {CODE + 1}")
    with pytest.raises(SchemaTooNew, match="later release"):
        pending([plan])


def test_asking_what_is_pending_does_not_load_alembic() -> None:
    """A start without migrations does not pay for what runs them."""
    source = "import sys, secureconnect.backends.sql.pending; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", source], check=False).returncode == 0
