"""Retirements are kept until they are settled, with all that was asked."""

from pathlib import Path

import pytest

from secureconnect.services.chat.store import retirements
from secureconnect.services.chat.store.retirements import Retirement
from tests.fixtures.chat import log_world

pytestmark = pytest.mark.anyio


async def test_more_that_is_asked_is_added_and_keeps_it_open(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.sql.write(retirements.ask, "ann", False, False, 1)
        (first,) = await world.sql.read(retirements.open_retirements)
        await world.sql.write(retirements.ask, "ann", True, True, 2)
        await world.sql.write(retirements.ask, "ann", False, False, 3)
        await world.sql.write(retirements.settle, first)
        (left,) = await world.sql.read(retirements.open_retirements)
        assert left == Retirement("ann", True, True)
        await world.sql.write(retirements.settle, left)
        assert await world.sql.read(retirements.open_retirements) == []


async def test_what_an_account_is_in_and_wrote_is_read_page_by_page(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        for name in ("c", "d", "e"):
            await world.open(name, "ann", "ben")
        await world.member("d", "ben", "left", "ben")
        assert await world.sql.read(retirements.conversations_of, "ben", "", 2, False) == ["c", "d"]
        assert await world.sql.read(retirements.conversations_of, "ben", "d", 2, False) == ["e"]
        assert await world.sql.read(retirements.conversations_of, "ben", "", 9, True) == ["c", "e"]
        said = [await world.say("c", sender) for sender in ("ben", "ann", "ben", "ben")]
        await world.delete(said[2])
        assert await world.sql.read(retirements.written_by, "c", "ben", 0, 9) == [said[0].seq, said[3].seq]
        assert await world.sql.read(retirements.written_by, "c", "ben", said[0].seq, 9) == [said[3].seq]
