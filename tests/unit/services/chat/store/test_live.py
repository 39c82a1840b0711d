"""What changed since a number is read without a gap, also when it takes several reads."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from secureconnect.services.chat.store.live import read_last_no, read_moved, read_spans
from tests.fixtures.chat import LogWorld, log_world

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[LogWorld]:
    async with log_world(tmp_path) as one:
        yield one


async def test_an_empty_database_stands_at_zero(world: LogWorld) -> None:
    assert await world.sql.read(read_last_no) == 0
    moved = await world.sql.read(read_moved, 0, 10)
    assert (moved.to_no, moved.heads, moved.members, moved.more) == (0, [], [], False)


async def test_spans_are_those_of_present_members(world: LogWorld) -> None:
    await world.open("c1", "anna", "ben")
    await world.say("c1", "anna")
    await world.member("c1", "eve", "added", "anna", "member")
    assert await world.sql.read(read_spans, "ben") == [("c1", 5, 1)]
    assert await world.sql.read(read_spans, "eve") == [("c1", 5, 5)]
    await world.member("c1", "eve", "left", "eve")
    assert await world.sql.read(read_spans, "eve") == []


async def test_what_moved_is_told_with_who_came_and_went(world: LogWorld) -> None:
    await world.open("c1", "anna", "ben")
    before = await world.sql.read(read_last_no)
    await world.say("c1", "anna")
    await world.member("c1", "eve", "added", "anna", "member")
    await world.member("c1", "ben", "removed", "anna")
    moved = await world.sql.read(read_moved, before, 10)
    assert [(head.conversation, head.head_seq, head.member_version) for head in moved.heads] == [("c1", 6, 5)]
    assert {row.account: (row.joined_seq, row.last_seq) for row in moved.members} == {"eve": (5, None), "ben": (3, 6)}
    assert moved.to_no == await world.sql.read(read_last_no)


async def test_several_reads_find_each_change(world: LogWorld) -> None:
    names = {f"c{number}" for number in range(10)}
    for name in sorted(names):
        await world.open(name, "anna")
    found: set[str] = set()
    no, more = 0, True
    while more:
        moved = await world.sql.read(read_moved, no, 3)
        assert moved.to_no > no
        no, more = moved.to_no, moved.more
        found |= {head.conversation for head in moved.heads}
    assert found == names
