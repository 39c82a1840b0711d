"""Conversations are read as one account sees them."""

from pathlib import Path

import pytest
from sqlalchemy import Connection

from secureconnect.services.chat.store.rows import any_full, read_one, read_page
from tests.fixtures.chat import LogWorld, log_world

pytestmark = pytest.mark.anyio


async def names(world: LogWorld, after: tuple[int, str] | None, limit: int) -> list[tuple[str, int]]:
    def read(connection: Connection) -> list[tuple[str, int]]:
        return [(seen.row.id, seen.row.activity_at) for seen in read_page(connection, "ben", [], after, limit)]

    return await world.sql.read(read)


async def test_pages_go_on_behind_a_place_also_among_equal_times(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        for name in "abcd":
            await world.open(name, "ann", "ben")
        world.clock.advance_s(1)
        await world.say("b", "ann")
        first = await names(world, None, 2)
        assert [name for name, _ in first] == ["b", "d"]
        at, last = first[-1][1], first[-1][0]
        assert [name for name, _ in await names(world, (at, last), 9)] == ["c", "a"]


async def test_a_former_member_has_the_last_message_of_then(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "ben")
        then = await world.say("c", "ann")
        await world.member("c", "ben", "left", "ben")
        await world.say("c", "ann")
        seen = await world.sql.read(read_one, "ben", [], "c")
        assert seen is not None
        assert (seen.last_message_seq, seen.unread) == (then.seq, None)
        assert await world.sql.read(read_one, "eve", [], "c") is None


async def test_who_is_in_too_many_is_found(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "ben")
        await world.open("d", "ann")
        assert await world.sql.read(any_full, ["ben", "ann"], 2)
        assert not await world.sql.read(any_full, ["ben", "eve"], 2)
