"""What SQLite adds to the port: groups, a loop that is never held up, and coming back when the disk does."""

import asyncio
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection

from secureconnect.backends.sql.asked import Asked, Gathered
from secureconnect.backends.sql.schema_state import CODE, DatabaseDamaged, SchemaTooNew
from secureconnect.backends.sql.sqlite import SqliteSql
from secureconnect.backends.sql.sqlite_writer import arrange
from secureconnect.contracts.errors import Code, Fault

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sql(tmp_path: Path) -> AsyncGenerator[SqliteSql]:
    """A database with a table of notes."""
    opened = SqliteSql(tmp_path / "notes.sqlite")
    await opened.start()
    await opened.write(run, "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")
    yield opened
    await opened.close()


def run(connection: Connection, statement: str, *parameters: object) -> None:
    connection.exec_driver_sql(statement, parameters)


def count(connection: Connection) -> int:
    return connection.exec_driver_sql("SELECT count(*) FROM notes").scalar_one()


def put(connection: Connection, text: str) -> None:
    run(connection, "INSERT INTO notes (text) VALUES (?)", text)


async def test_the_loop_runs_while_a_commit_is_slow(sql: SqliteSql) -> None:
    """Neither a slow write nor a slow read holds up the event loop, and reads go on during a write."""

    def slow(connection: Connection) -> None:
        time.sleep(0.4)

    gaps: list[float] = []
    slow_ones = asyncio.gather(sql.write(slow), sql.read(slow))
    last = time.monotonic()
    while not slow_ones.done():
        assert await sql.read(count) == 0
        gaps.append(time.monotonic() - last)
        last = time.monotonic()
    await slow_ones
    assert len(gaps) > 10


async def test_a_full_database_is_told_to_the_whole_batch_and_goes_on(sql: SqliteSql) -> None:
    """When the file cannot grow, all whose commit was lost get DISK_FULL; later writes stand without a restart."""
    await sql.write(run, "PRAGMA max_page_count = 3")
    answers = await asyncio.gather(*[sql.write(put, "x" * 5000) for _ in range(50)], return_exceptions=True)
    faults = [answer for answer in answers if isinstance(answer, Fault)]
    assert faults
    assert {fault.code for fault in faults} == {Code.DISK_FULL}
    assert await sql.read(count) == 50 - len(faults)
    await sql.write(put, "x" * 5000)


FAILING_DISK = """
import asyncio, resource, sys
from pathlib import Path
from secureconnect.backends.sql.sqlite import SqliteSql
from secureconnect.contracts.errors import Code, Fault

def put(connection, text):
    connection.exec_driver_sql("INSERT INTO notes (text) VALUES (?)", (text,))

def count(connection):
    return connection.exec_driver_sql("SELECT count(*) FROM notes").scalar_one()

async def main():
    path = Path(sys.argv[1])
    sql = SqliteSql(path)
    await sql.start()
    await sql.write(lambda connection: connection.exec_driver_sql("CREATE TABLE notes (text TEXT)") and None)
    await sql.write(put, "x" * 100_000)
    size = Path(f"{path}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10_000, resource.RLIM_INFINITY))
    answers = await asyncio.gather(*[sql.write(put, "x" * 9000) for _ in range(20)], return_exceptions=True)
    faults = [answer for answer in answers if isinstance(answer, Fault)]
    assert faults and {fault.code for fault in faults} == {Code.UNAVAILABLE}, answers
    assert await sql.read(count) == 21 - len(faults)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await asyncio.gather(*[sql.write(put, "after") for _ in range(20)])
    assert await sql.read(count) == 41 - len(faults)
    await sql.close()

asyncio.run(main())
"""


async def test_a_commit_that_fails_is_told_and_the_writer_goes_on(tmp_path: Path) -> None:
    """When the kernel refuses the writes of a commit its callers get a Fault and nothing stands; later writes do."""
    arguments = [sys.executable, "-c", FAILING_DISK, str(tmp_path / "a.sqlite")]
    done = await asyncio.to_thread(subprocess.run, arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


async def test_work_that_ends_its_transaction_is_refused(sql: SqliteSql) -> None:
    """A commit inside of work would break the group: it is told as a fault, and the database goes on."""
    with pytest.raises(Fault):
        await sql.write(run_then_fail, "COMMIT")
    await sql.write(put, "after")


def run_then_fail(connection: Connection, statement: str) -> None:
    run(connection, statement)
    raise LookupError(statement)


async def test_too_much_waiting_is_refused(tmp_path: Path) -> None:
    """The queue is bounded; what was taken in is finished."""
    sql = SqliteSql(tmp_path / "a.sqlite", waiting_max=10)
    await sql.start()
    futures = [sql.gather(waste, number) for number in range(200)]
    answers = await asyncio.gather(*futures, return_exceptions=True)
    await sql.close()
    refused = [answer for answer in answers if isinstance(answer, Fault)]
    assert refused
    assert {fault.code for fault in refused} == {Code.UNAVAILABLE}
    assert len(refused) + sum(isinstance(answer, int) for answer in answers) == 200


def waste(connection: Connection, items: Sequence[int]) -> Sequence[int]:
    time.sleep(0.02)
    return items


async def test_the_file_is_its_owners_alone(sql: SqliteSql, tmp_path: Path) -> None:
    """Nobody else on the machine may read the database or its write-ahead log."""
    await sql.write(put, "secret")
    for name in ("notes.sqlite", "notes.sqlite-wal"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


async def test_the_write_ahead_log_is_folded_in_when_idle(sql: SqliteSql, tmp_path: Path) -> None:
    """A second after the last write the write-ahead log is empty, and the file holds everything."""
    await sql.write(put, "kept")
    wal = tmp_path / "notes.sqlite-wal"
    async with asyncio.timeout(20):
        while wal.stat().st_size:  # noqa: ASYNC110 the state of a file
            await asyncio.sleep(0.05)
    assert b"kept" in (tmp_path / "notes.sqlite").read_bytes()


async def test_settings_of_the_connection(sql: SqliteSql) -> None:
    """Durable, with foreign keys, and with deleted rows overwritten."""

    def ask(connection: Connection, name: str) -> object:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()

    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    assert {name: await sql.write(ask, name) for name in wanted} == wanted


@pytest.mark.parametrize("at", [0, 4096])
async def test_a_damaged_file_is_named_at_the_start(tmp_path: Path, at: int) -> None:
    """A file that SQLite did not write, or whose pages were overwritten, is not opened."""
    path = tmp_path / "a.sqlite"
    with closing(sqlite3.connect(path)) as driver:
        driver.execute("CREATE TABLE notes (text TEXT)")
        driver.executemany("INSERT INTO notes VALUES (?)", [("x" * 500,) for _ in range(100)])
        driver.commit()
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b"\xff" * 3000)
    with pytest.raises(DatabaseDamaged, match=r"a\.sqlite is damaged"):
        await SqliteSql(path).start()


async def test_a_database_of_later_code_is_refused_at_the_start(tmp_path: Path) -> None:
    """A database that needs later code is not opened."""
    path = tmp_path / "a.sqlite"
    with closing(sqlite3.connect(path)) as driver:
        driver.execute("CREATE TABLE schema_state (version INTEGER, min_code INTEGER)")
        driver.execute("INSERT INTO schema_state VALUES (?, ?)", (CODE + 1, CODE + 1))
        driver.commit()
    with pytest.raises(SchemaTooNew):
        await SqliteSql(path).start()


async def test_closing_twice_or_before_the_start_is_harmless(tmp_path: Path) -> None:
    """An ordered stop may come at any time."""
    sql = SqliteSql(tmp_path / "a.sqlite")
    await sql.close()
    await sql.start()
    await sql.close()
    await sql.close()


async def test_steps_keep_writes_in_their_places() -> None:
    """Items of one batch function are one step up to the next write; different functions are steps of their own."""
    loop = asyncio.get_running_loop()

    def first(connection: Connection, items: Sequence[object]) -> Sequence[object]:
        return items

    def second(connection: Connection, items: Sequence[object]) -> Sequence[object]:
        return items

    def gathered(work: object, item: str) -> Asked:
        assert callable(work)
        return Gathered(loop.create_future(), work, (item,))

    write = Asked(loop.create_future(), put, ("w",))
    batch = [gathered(first, "a"), gathered(second, "b"), gathered(first, "c"), write, gathered(first, "d")]
    assert [[asked.args[0] for asked in step] for step in arrange(batch)] == [["a", "c"], ["b"], ["w"], ["d"]]
