"""The rarer events leave the rows that they should, and none twice."""

from pathlib import Path

import pytest

from secureconnect.contracts.events import ConversationBody, Kind
from tests.fixtures.chat import log_world

pytestmark = pytest.mark.anyio


async def test_a_conversations_changes_stand_in_its_row(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann")
        for body in (ConversationBody("ann", "New"), ConversationBody("ann", picture="p", history="all")):
            await world.log.append(world.draft("c", Kind.CONVERSATION, "ann", body))
        (row,) = await world.rows("SELECT title, picture, history FROM conversations")
        assert (row["title"], row["picture"], row["history"]) == ("New", "p", "all")
        await world.log.append(world.draft("c", Kind.CONVERSATION, "ann", ConversationBody("ann", picture="")))
        assert (await world.rows("SELECT picture FROM conversations"))[0]["picture"] is None


async def test_coming_or_leaving_twice_counts_once(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann")
        for change in ("added", "joined", "left", "removed"):
            await world.member("c", "ben", change, "ann", "member")
        (row,) = await world.rows("SELECT member_count FROM conversations")
        assert row["member_count"] == 1
        (ben,) = await world.rows("SELECT joined_seq, last_seq, left_title FROM members WHERE account = 'ben'")
        assert (ben["joined_seq"], ben["last_seq"], ben["left_title"]) == (3, 5, "A title")


async def test_only_the_latest_edit_is_remembered(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann")
        message = await world.say("c", "ann")
        await world.edit(message)
        latest = await world.edit(message)
        rows = await world.rows("SELECT message_seq, edit_seq, edit_event FROM edits")
        assert [tuple(row.values()) for row in rows] == [(message.seq, latest.seq, latest.event_id)]


async def test_the_same_named_twice_is_kept_once(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann")
        await world.say("c", "ann", mentions=["ben", "ben"], file_ids=["f", "f"])
        assert len(await world.rows("SELECT * FROM mentions")) == 1
        assert len(await world.rows("SELECT * FROM message_files")) == 1
