"""What is unread is always counted right."""

import random
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from secureconnect.backends.log.port import Stored
from secureconnect.contracts.events import DeleteRequest
from secureconnect.services.chat.store.unread import count_unread
from tests.fixtures.chat_service import Office, caller, office

pytestmark = pytest.mark.anyio


async def unread(o: Office, account: str, conversation: str) -> tuple[int, int]:
    row = await o.row(account, conversation)
    return row.unread, row.unread_mentions


async def mark(o: Office, account: str, conversation: str, seq: int) -> None:
    def write(connection: Connection) -> None:
        said = "UPDATE members SET read_seq = :seq WHERE account = :account AND conversation = :conversation"
        connection.execute(text(said), {"seq": seq, "account": account, "conversation": conversation})

    await o.log.sql.write(write)


async def test_messages_of_others_count_until_they_are_read(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        first = await o.say("ann", group, mentions=["ben"])
        second = await o.say("ann", group, mentions=["ben", "all"])
        await o.chat.reactions.react(caller("ann"), group, second.event_id, "👍", on=True)
        assert await unread(o, "ben", group) == (2, 2)
        assert await unread(o, "ann", group) == (0, 0)
        await mark(o, "ben", group, first.seq)
        assert await unread(o, "ben", group) == (1, 1)
        await mark(o, "ben", group, second.seq)
        assert await unread(o, "ben", group) == (0, 0)


async def test_ones_own_message_reads_all_before_it(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        await o.say("ann", group)
        own = await o.say("ben", group)
        await o.say("ann", group)
        row = await o.row("ben", group)
        assert (row.unread, row.read_seq) == (1, own.seq)


async def test_deleted_messages_do_not_count(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        gone = await o.say("ann", group, mentions=["ben"])
        await o.say("ann", group)
        await o.chat.messages.delete(caller("ann"), group, gone.event_id, DeleteRequest())
        assert await unread(o, "ben", group) == (1, 0)


async def test_those_whom_one_blocks_do_not_count(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben", "cat")
        await o.say("ann", group, mentions=["ben"])
        await o.say("cat", group, mentions=["ben"])
        gone = await o.say("cat", group)
        await o.chat.messages.delete(caller("cat"), group, gone.event_id, DeleteRequest())
        o.block("ben", "cat")
        assert await unread(o, "ben", group) == (1, 1)
        o.block("cat", "ann")
        assert await unread(o, "ann", group) == (1, 0)


async def test_what_came_before_joining_counts_as_read(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        await o.say("ann", group)
        await o.add("ann", group, "cat")
        await o.say("ann", group)
        assert await unread(o, "cat", group) == (1, 0)
        await o.leave("cat", group)
        await o.say("ann", group)
        await o.add("ann", group, "cat")
        assert await unread(o, "cat", group) == (0, 0)


async def test_any_course_of_things_is_counted_as_one_would_by_hand(tmp_path: Path) -> None:
    rng = random.Random(7)
    async with office(tmp_path) as o:
        names = ["ann", "ben", "cat"]
        group = await o.group(*names)
        said: list[Stored] = []
        deleted: set[int] = set()
        for _ in range(60):
            step = rng.random()
            if step < 0.7 or not said:
                said.append(await o.say(rng.choice(names), group))
            elif step < 0.85:
                message = rng.choice(said)
                await o.chat.messages.delete(caller(message.sender), group, message.event_id, DeleteRequest())
                deleted.add(message.seq)
            else:
                await o.chat.reactions.react(caller("ben"), group, said[-1].event_id, "👍", on=True) if (
                    said[-1].seq not in deleted
                ) else None
        for reader in names:
            for blocked in ([], ["ann"], ["ann", "cat"]):
                for read_seq in (3, 10, 30, 60):
                    await mark(o, reader, group, read_seq)
                    own = max((message.seq for message in said if message.sender == reader), default=0)
                    mark_at = max(read_seq, own)
                    expected = sum(
                        message.seq > mark_at
                        and message.seq not in deleted
                        and message.sender not in (reader, *blocked)
                        for message in said
                    )
                    rows = await o.log.sql.read(count_unread, reader, [group], blocked)
                    assert rows[group].unread == expected


async def test_counting_uses_no_scan_of_the_history(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        await o.say("ann", group)
        plans: list[str] = []

        def explain(connection: Connection) -> None:
            engine_connection = connection.connection.driver_connection
            assert engine_connection is not None
            statements: list[str] = []
            engine_connection.set_trace_callback(statements.append)
            count_unread(connection, "ben", [group], ["cat"])
            engine_connection.set_trace_callback(None)
            for statement in statements:
                rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement).all()
                plans.extend(str(row[-1]) for row in rows)

        await o.log.sql.read(explain)
        assert plans
        assert not [plan for plan in plans if plan.startswith("SCAN") and "CONSTANT" not in plan], plans
