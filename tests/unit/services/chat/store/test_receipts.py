"""Marks of a batch are decided one by one, written under one change number, and never lowered."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.chat.store.live import read_last_no
from secureconnect.services.chat.store.receipts import MarkAsk, read_marks, write_marks
from tests.fixtures.chat import LogWorld, log_world

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[LogWorld]:
    async with log_world(tmp_path) as one:
        await one.open("c1", "anna", "ben", "carl")
        for _ in range(5):
            await one.say("c1", "anna")
        yield one


async def test_each_ask_of_a_batch_gets_its_own_answer(world: LogWorld) -> None:
    before = await world.sql.read(read_last_no)
    asks = [
        MarkAsk("ben", "c1", 6, 0),
        MarkAsk("ben", "c1", 5, 7),
        MarkAsk("carl", "c1", 0, 8),
        MarkAsk("carl", "c1", 10, 0),
        MarkAsk("eve", "c1", 1, 1),
        MarkAsk("ben", "c1", 6, 7),
        MarkAsk("anna", "c1", 7, 7),
    ]
    answers = list(await world.sql.write(write_marks, asks))
    assert [tuple(answer[2:]) if isinstance(answer, tuple) else answer for answer in answers] == [
        (6, 6, True),
        (6, 7, True),
        (4, 8, True),
        Fault(Code.CHAT_CURSOR_AHEAD),
        Fault(Code.CHAT_NOT_A_MEMBER),
        (6, 7, False),
        (9, 9, True),
    ]
    assert await world.sql.read(read_last_no) == before + 1
    rows = await world.rows("SELECT account, read_seq, delivered_seq, mark_no FROM members ORDER BY account")
    assert [(row["account"], row["read_seq"], row["delivered_seq"]) for row in rows[1:]] == [
        ("ben", 6, 7),
        ("carl", 4, 8),
    ]
    assert {row["mark_no"] for row in rows} == {before + 1}


async def test_a_batch_that_moves_nothing_takes_no_number(world: LogWorld) -> None:
    before = await world.sql.read(read_last_no)
    await world.sql.write(write_marks, [MarkAsk("ben", "c1", 2, 2), MarkAsk("eve", "c1", 2, 2)])
    assert await world.sql.read(read_last_no) == before


async def test_marks_are_read_a_page_at_a_time_and_ones_own_messages_count(world: LogWorld) -> None:
    first = await world.sql.read(read_marks, "c1", "", 2)
    assert [(row.account, row.read_seq, row.delivered_seq) for row in first] == [("anna", 9, 9), ("ben", 3, 3)]
    rest = await world.sql.read(read_marks, "c1", "ben", 2)
    assert [row.account for row in rest] == ["carl"]
