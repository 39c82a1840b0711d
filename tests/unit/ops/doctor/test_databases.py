"""Databases that are whole pass; damaged, foreign, incomplete and late ones are told, each with its fix."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from secureconnect.backends.sql.migrate import migrate_all
from secureconnect.ops.doctor.databases import (
    CHECKED_BYTES_MAX,
    check_databases,
    examine,
    judge,
    judge_error,
    judge_migrations,
    missing,
)
from secureconnect.ops.doctor.finding import Finding, Level
from secureconnect.ops.doctor.patient import Patient
from secureconnect.settings import load
from secureconnect.wiring import plans


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data folder with its four databases, as a first start makes them."""
    migrate_all(plans(tmp_path), tmp_path, "test")
    return tmp_path


def of(findings: list[Finding], check: str) -> Finding:
    return next(finding for finding in findings if finding.check == check)


def test_what_migrations_make_is_whole_and_lacks_nothing(data_dir: Path) -> None:
    found = examine(data_dir, CHECKED_BYTES_MAX)
    assert [finding.check for finding in found] == ["auth.db", "chat.db", "video.db", "storage.db", "migrations"]
    assert all(finding.level is Level.OK for finding in found), found


def test_a_large_database_is_only_opened(data_dir: Path) -> None:
    assert "--data" in of(examine(data_dir, 10), "auth.db").told


@pytest.mark.anyio
async def test_no_database_yet_is_right(tmp_path: Path) -> None:
    (only,) = await check_databases(Patient(load(None, {}, {"data_dir": str(tmp_path)}, tmp_path / "none"), None))
    assert only.level is Level.OK


def test_a_damaged_database_is_told(data_dir: Path) -> None:
    path = data_dir / "auth.db"
    octets = bytearray(path.read_bytes())
    octets[4096 * 3 : 4096 * 9] = b"\xff" * (4096 * 6)
    path.write_bytes(octets)
    found = of(examine(data_dir, CHECKED_BYTES_MAX), "auth.db")
    assert found.level is Level.FAIL
    assert found.fix == "stop the node and restore it from a backup"
    path.write_bytes(b"this was a database once" * 1000)
    assert of(examine(data_dir, CHECKED_BYTES_MAX), "auth.db").level is Level.FAIL


def test_a_table_or_column_that_lacks_is_named(data_dir: Path) -> None:
    with closing(sqlite3.connect(data_dir / "storage.db")) as driver:
        driver.execute("DROP TABLE quotas")
        driver.execute("ALTER TABLE blobs RENAME COLUMN size TO length")
        driver.commit()
    found = of(examine(data_dir, CHECKED_BYTES_MAX), "storage.db")
    assert found.level is Level.FAIL
    assert found.told == "lacks quotas, blobs.size"


def test_a_database_of_a_later_release_is_told(data_dir: Path) -> None:
    with closing(sqlite3.connect(data_dir / "video.db")) as driver:
        driver.execute("UPDATE schema_state SET min_code = 99")
        driver.commit()
    found = of(examine(data_dir, CHECKED_BYTES_MAX), "migrations")
    assert found.level is Level.FAIL
    assert "99" in found.told


def test_pure_judgements() -> None:
    assert judge("a.db", 10, ["ok"], [], whole=True).level is Level.OK
    assert judge("a.db", 10, ["row 1 missing from index"], [], whole=True).level is Level.FAIL
    assert missing({"t": {"a", "b"}, "u": {"a"}}, {"t": {"a", "c"}, "x": set()}) == ["u", "t.b"]
    assert judge_migrations(["chat"])[0].level is Level.WARN
    assert judge_migrations([])[0].level is Level.OK


@pytest.mark.parametrize(
    ("code", "level"),
    [(sqlite3.SQLITE_CORRUPT, Level.FAIL), (sqlite3.SQLITE_CANTOPEN, Level.FAIL), (sqlite3.SQLITE_BUSY, Level.WARN)],
)
def test_what_sqlite_cannot_read_is_told_by_its_reason(code: int, level: Level) -> None:
    error = sqlite3.DatabaseError("it is so")
    error.sqlite_errorcode = code
    found = judge_error("a.db", error)
    assert found.level is level
    assert "it is so" in found.told
