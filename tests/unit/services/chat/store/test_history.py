"""What pages are folded with is read by range, and spans by member."""

from pathlib import Path

import pytest

from secureconnect.services.chat.store.history import Range, read_folds, read_mentioning, read_span
from tests.fixtures.chat import log_world

pytestmark = pytest.mark.anyio


async def test_edits_and_reactions_are_read_by_range_as_they_stood(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "ben")
        first, second = await world.say("c", "ann"), await world.say("c", "ann")
        edit = await world.edit(first)
        early = await world.react(second, "ben")
        await world.react(second, "ann")
        asked = [Range("c", 1, first.seq, 99), Range("c", second.seq, 99, 99), Range("c", 1, 99, early.seq)]
        one, two, then = await world.sql.read(read_folds, "ben", asked)
        assert [(row.message_seq, row.edit_event) for row in one.edits] == [(first.seq, edit.event_id)]
        assert one.reactions == []
        assert [(row.message_seq, row.chosen, row.mine) for row in two.reactions] == [(second.seq, 2, True)]
        assert [row.chosen for row in then.reactions] == [1]


async def test_spans_of_members_former_members_and_strangers(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "ben")
        await world.member("c", "ben", "left", "ben")
        assert await world.sql.read(read_span, "c", "ann") == (1, None)
        assert await world.sql.read(read_span, "c", "ben") == (1, 4)
        assert await world.sql.read(read_span, "c", "eve") is None


async def test_mentions_are_read_downwards_from_a_place(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "ben")
        seqs = [(await world.say("c", "ann", mentions=names)).seq for names in (["ben"], ["ann"], ["ben", "all"])]
        assert await world.sql.read(read_mentioning, "c", "ben", 1, 99, 10) == [seqs[2], seqs[0]]
        assert await world.sql.read(read_mentioning, "c", "ben", 1, seqs[2], 10) == [seqs[0]]
        assert await world.sql.read(read_mentioning, "c", "ben", seqs[2], 99, 10) == [seqs[2]]
