"""The last time seen is kept once for each account, the latest of several."""

from pathlib import Path

import pytest

from secureconnect.services.chat.store.presence import read_seen, read_sharing, write_seen
from tests.fixtures.chat import log_world

pytestmark = pytest.mark.anyio


async def test_times_seen_are_replaced_by_later_ones(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.sql.write(write_seen, [("anna", 5), ("ben", 6), ("anna", 3)])
        assert await world.sql.read(read_seen, ["anna", "ben", "eve"]) == {"anna": 5, "ben": 6}
        await world.sql.write(write_seen, [("anna", 9)])
        assert await world.sql.read(read_seen, ["anna"]) == {"anna": 9}
        assert await world.sql.read(read_seen, []) == {}


async def test_only_those_present_in_the_same_conversation_share_it(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c1", "anna", "ben", "carl")
        await world.open("c2", "eve", "carl")
        await world.member("c1", "carl", "left", "carl")
        assert await world.sql.read(read_sharing, "anna", ["ben", "carl", "eve", "nobody"]) == {"ben"}
        assert await world.sql.read(read_sharing, "carl", ["anna", "ben", "eve"]) == {"eve"}
