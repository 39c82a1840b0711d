"""Reactions are counted by message and listed one by one."""

from pathlib import Path

import pytest

from secureconnect.services.chat.store.reactions import count_reactions, list_reactors, own_reactions
from tests.fixtures.chat import log_world

pytestmark = pytest.mark.anyio


async def test_reactions_are_counted_listed_and_ones_own_found(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "ben")
        message = await world.say("c", "ann")
        for account, emoji in (("ben", "🎉"), ("ann", "👍"), ("ann", "🎉")):
            await world.react(message, account, emoji)
        counted = await world.sql.read(count_reactions, "c", 1, 99, 99, "ben")
        assert [(row.emoji, row.chosen, row.mine) for row in counted] == [("🎉", 2, True), ("👍", 1, False)]
        assert await world.sql.read(own_reactions, "c", message.seq, "ann") == {"👍", "🎉"}
        listed = await world.sql.read(list_reactors, "c", message.seq, 0, 2)
        assert [(row.account, row.emoji) for row in listed] == [("ben", "🎉"), ("ann", "👍")]
        rest = await world.sql.read(list_reactors, "c", message.seq, listed[-1].seq, 2)
        assert [(row.account, row.emoji) for row in rest] == [("ann", "🎉")]
