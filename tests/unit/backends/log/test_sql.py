"""What the log on SQL keeps when commits are lost, processes die and the disk fills."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection

from secureconnect.backends.disk import DiskGuard, DiskSpace
from secureconnect.backends.log import tables
from secureconnect.backends.log.port import Appended, Draft, LogHead
from secureconnect.backends.log.sql import LogOnSql
from secureconnect.backends.sql.sqlite import SqliteSql
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import ManualClock, SystemClock
from secureconnect.kit.ids import Ids
from tests.fixtures.sql import open_sqlite

pytestmark = pytest.mark.anyio

ids = Ids(SystemClock())
ROOM = "room"


def draft(kind: str = "message", client_id: str | None = None, text: bytes = b"x", **more: object) -> Draft:
    plain = Draft(ROOM, ids.new(), kind, "ann", 1, b"{}", "phone", client_id, text, fingerprint=sha256(text).digest())
    return msgspec.structs.replace(plain, **more)


@pytest.fixture
async def sql(tmp_path: Path) -> AsyncGenerator[SqliteSql]:
    """A database with the log's tables."""
    async with open_sqlite(tmp_path / "log.sqlite", tables.metadata) as opened:
        yield opened


def run(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)


async def test_seqs_stay_dense_after_a_commit_was_lost(sql: SqliteSql) -> None:
    """Heads that were remembered from a commit that did not stand leave no hole and refuse nothing."""
    log = LogOnSql(sql)
    await log.append(draft("conversation", opens=True))
    pages = await sql.write(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    await sql.write(run, f"PRAGMA max_page_count = {pages}")
    lost = await asyncio.gather(
        *[log.append(draft("member", f"c{at}", b"y" * 900, changes_members=True)) for at in range(40)],
        log.append(draft("conversation", conversation="other", opens=True)),
        return_exceptions=True,
    )
    assert {type(answer) for answer in lost} <= {Fault, Appended}
    stood = sum(isinstance(answer, Appended) for answer in lost[:40])
    assert stood < 40
    version = stood
    again = await asyncio.gather(*[log.append(draft(member_version=version)) for _ in range(3)])
    assert [each.event.seq for each in again] == [stood + 2, stood + 3, stood + 4]
    if isinstance(lost[40], Fault):
        assert (await log.append(draft("conversation", conversation="other", opens=True))).event.seq == 1
    assert await log.head(ROOM) == LogHead(stood + 4, stood)


async def test_a_lost_commit_alone_is_no_answer_to_its_repetition(sql: SqliteSql) -> None:
    """A client_id that was remembered from a lost commit stands when it is sent again."""
    log = LogOnSql(sql)
    await log.append(draft("conversation", opens=True))
    lose = draft("message", "c1")

    def break_commit(connection: Connection) -> None:
        connection.exec_driver_sql("ROLLBACK")
        raise LookupError

    lost = await asyncio.gather(log.append(lose), sql.write(break_commit), return_exceptions=True)
    assert isinstance(lost[1], Fault)
    again = await log.append(lose)
    assert again.event.seq == 2
    assert again.first or isinstance(lost[0], Appended)


async def test_heads_changed_by_others_are_read_anew(sql: SqliteSql) -> None:
    """A second writer of the same log makes no hole and no collision."""
    one, two = LogOnSql(sql), LogOnSql(sql)
    await one.append(draft("conversation", opens=True))
    seqs: list[int] = []
    for number in range(20):
        answers = await asyncio.gather(*[log.append(draft()) for log in (one, two, one)[: 1 + number % 3]])
        seqs.extend(answer.event.seq for answer in answers)
        await two.append(draft())
    page = await one.page_after(ROOM, 0, 1000)
    assert [event.seq for event in page.events] == list(range(1, page.head_seq + 1))


async def test_erased_text_is_gone_from_the_files(sql: SqliteSql, tmp_path: Path) -> None:
    """A second after an edit or deletion the erased text is in no file of the database."""
    log = LogOnSql(sql)
    secrets = [b"first-secret-" + bytes([65 + at]) * 300 for at in range(6)]
    await log.append(draft("conversation", opens=True))
    messages = [(await log.append(draft(text=secret))).event.event_id for secret in secrets[:3]]
    await log.append(draft("edit", text=secrets[3], target=messages[0]))
    await log.append(draft("edit", text=b"harmless", target=messages[0]))
    await log.append(draft("edit", text=secrets[4], target=messages[1]))
    for message in messages[1:]:
        await log.append(draft("delete", text=b"", target=message))
    files = [tmp_path / f"log.sqlite{side}" for side in ("", "-wal")]
    async with asyncio.timeout(20):
        while files[1].stat().st_size:  # noqa: ASYNC110 the state of a file
            await asyncio.sleep(0.05)
    kept = b"".join(file.read_bytes() for file in files)
    assert b"harmless" in kept
    assert b"first-secret" not in kept
    assert not any(sha256(secret).digest() in kept for secret in secrets)


async def test_what_was_erased_is_still_sent_once(sql: SqliteSql) -> None:
    """Nothing is kept by which erased text could be guessed, so its client_id alone finds the first answer."""
    log = LogOnSql(sql)
    await log.append(draft("conversation", opens=True))
    first = await log.append(draft(client_id="c1", text=b"secret"))
    await log.append(draft("delete", target=first.event.event_id))
    for text in (b"secret", b"other"):
        again = await LogOnSql(sql).append(draft(client_id="c1", text=text))
        assert (again.first, again.event.seq) == (False, first.event.seq)


async def test_a_full_disk_refuses_messages_and_lets_deletions_through(sql: SqliteSql) -> None:
    """Below the reserve messages and new conversations get DISK_FULL; deletions and removals of members stand."""
    space = [DiskSpace(1 << 40, 1 << 40)]
    clock = ManualClock()
    log = LogOnSql(sql, disk=DiskGuard(Path(), clock, ask=lambda _: space[0]))
    await log.append(draft("conversation", opens=True))
    message = await log.append(draft())
    space[0] = DiskSpace(1 << 20, 1 << 40)
    clock.advance_s(2)
    for refused in (
        draft(),
        draft("edit", target=message.event.event_id),
        draft("member", conversation="n", opens=True),
    ):
        with pytest.raises(Fault) as told:
            await log.append(refused)
        assert told.value.code is Code.DISK_FULL
    await log.append(draft("delete", target=message.event.event_id))
    await log.append(draft("member", changes_members=True))
    space[0] = DiskSpace(1 << 40, 1 << 40)
    clock.advance_s(2)
    assert (await log.append(draft())).event.seq == 5


async def test_a_large_conversation_is_opened_at_once(sql: SqliteSql) -> None:
    """A thousand members stand in one step, whatever number of statements that takes."""
    log = LogOnSql(sql)
    members = [draft("member", changes_members=True) for _ in range(1000)]
    answers = await log.append_all([draft("conversation", opens=True), *members])
    assert [each.event.seq for each in answers] == list(range(1, 1002))
    assert await log.head(ROOM) == LogHead(1001, 1000)


async def test_many_conversations_move_in_one_batch(sql: SqliteSql) -> None:
    """Two hundred and fifty heads are moved together, each by its own events."""
    log = LogOnSql(sql)
    rooms = [f"room {number}" for number in range(250)]
    await asyncio.gather(*[log.append(draft("conversation", conversation=room, opens=True)) for room in rooms])
    answers = await asyncio.gather(*[log.append(draft(conversation=room)) for room in rooms * 2])
    assert [each.event.seq for each in answers] == [2] * 250 + [3] * 250
    assert {await log.head(room) for room in rooms} == {LogHead(3, 0)}


CHILD = """
import asyncio, sys
from hashlib import sha256
from pathlib import Path
from secureconnect.backends.log import tables
from secureconnect.backends.log.port import Draft
from secureconnect.backends.log.sql import LogOnSql
from secureconnect.backends.sql.sqlite import SqliteSql
from secureconnect.kit.crashpoints import from_environment
from secureconnect.kit.clock import SystemClock
from secureconnect.kit.ids import Ids

ids = Ids(SystemClock())

def message(client_id, opens=False):
    return Draft("room", ids.new(), "message", "ann", 1, b"{}", "phone", client_id, b"x" * 250,
                 opens=opens, fingerprint=sha256(client_id.encode()).digest())

async def main():
    plain = SqliteSql(Path(sys.argv[1]))
    await plain.start()
    await plain.write(tables.metadata.create_all)
    await LogOnSql(plain).append(message("start", opens=True))
    await plain.close()
    points = from_environment(sys.argv[2])
    sql = SqliteSql(Path(sys.argv[1]), points)
    await sql.start()
    log = LogOnSql(sql, crashpoints=points)
    number = 0
    async def send():
        nonlocal number
        while True:
            number += 1
            client_id = f"c{number}"
            await log.append(message(client_id))
            print(client_id, flush=True)
    await asyncio.gather(*[send() for _ in range(8 if not sys.argv[2] else 1)])

asyncio.run(main())
"""


def child(path: Path, armed: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", CHILD, str(path), armed], stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("point", "stands"),
    [
        ("log.before_append", False),
        ("log.after_append", False),
        ("sql.before_commit", False),
        ("sql.after_commit", True),
        ("log.before_resolve", True),
    ],
)
async def test_a_process_that_dies_loses_nothing_that_was_committed(tmp_path: Path, point: str, stands: bool) -> None:
    """Before the commit the event is absent, after it present; sent again it stands once in both cases."""
    path = tmp_path / "log.sqlite"
    process = child(path, f"{point}:3")
    told, _ = await asyncio.to_thread(process.communicate, timeout=60)
    assert process.returncode == 137
    assert told.split() == ["c1", "c2"]
    async with open_sqlite(path) as sql:
        log = LogOnSql(sql)
        assert await log.head(ROOM) == LogHead(4 if stands else 3, 0)
        again = await log.append(draft(client_id="c3", text=b"c3"))
        assert (again.event.seq, again.first) == (4, not stands)
        assert await log.head(ROOM) == LogHead(4, 0)


async def test_a_killed_process_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    """After SIGKILL in the middle of many appends all that was acknowledged stands, without a hole."""
    path = tmp_path / "log.sqlite"
    process = child(path, "")
    assert process.stdout is not None
    acknowledged = [(await asyncio.to_thread(process.stdout.readline)).strip() for _ in range(300)]
    process.send_signal(signal.SIGKILL)
    rest, _ = await asyncio.to_thread(process.communicate, timeout=60)
    acknowledged += rest.split("\n")[:-1]
    async with open_sqlite(path) as sql:
        log = LogOnSql(sql)
        standing: dict[str | None, int] = {}
        page = await log.page_after(ROOM, 0, 500)
        while True:
            for event in page.events:
                assert event.client_id not in standing
                standing[event.client_id] = event.seq
            if not page.more:
                break
            page = await log.page_after(ROOM, page.to_seq, 500)
        assert set(acknowledged) <= set(standing)
        assert sorted(standing.values()) == list(range(1, page.head_seq + 1))
