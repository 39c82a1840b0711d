"""What follows from the log stands in the append's own transaction, and again is not twice."""

from pathlib import Path

import pytest
from sqlalchemy import Connection

from secureconnect.backends.log.port import Stored
from secureconnect.services.chat.projections import replay
from tests.fixtures.chat import log_world

pytestmark = pytest.mark.anyio


async def test_an_opened_conversation_has_its_members_and_its_head(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "bob")
        (row,) = await world.rows("SELECT * FROM conversations")
        assert (row["head_seq"], row["member_version"], row["member_count"]) == (3, 3, 2)
        assert (row["kind"], row["creator"], row["history"]) == ("group", "ann", "joined")
        members = await world.rows(
            "SELECT account, role, first_seq, joined_seq, last_seq FROM members ORDER BY account"
        )
        assert [(m["account"], m["role"], m["first_seq"], m["joined_seq"]) for m in members] == [
            ("ann", "owner", 1, 2),
            ("bob", "member", 1, 3),
        ]


async def test_messages_are_numbered_within_their_conversation(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "bob")
        await world.open("d", "ann", "bob")
        await world.say("c", "ann")
        await world.member("c", "cid", "added", "ann", "member")
        await world.say("d", "bob")
        await world.say("c", "bob")
        rows = await world.rows("SELECT conversation, seq, no FROM messages ORDER BY conversation, seq")
        assert [(r["conversation"], r["seq"], r["no"]) for r in rows] == [("c", 4, 1), ("c", 6, 2), ("d", 4, 1)]
        (head,) = await world.rows("SELECT * FROM conversations WHERE id = 'c'")
        assert (head["message_count"], head["last_message_seq"], head["head_seq"]) == (2, 6, 6)


async def test_every_change_has_a_later_number(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        seen: list[object] = []
        await world.open("c", "ann", "bob")
        await world.open("d", "ann", "bob")
        for conversation in ("c", "d", "c"):
            await world.say(conversation, "ann")
            (row,) = await world.rows("SELECT max(change_no) AS no FROM conversations")
            seen.append(row["no"])
        assert seen == sorted(set(seen), key=str)
        (first, second) = await world.rows("SELECT change_no FROM conversations ORDER BY change_no")
        assert first != second


async def test_a_deletion_takes_mentions_files_reactions_and_edits_with_it(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "bob")
        message = await world.say("c", "ann", mentions=["bob"], file_ids=["f1"])
        await world.react(message, "bob")
        await world.edit(message)
        for table in ("mentions", "message_files", "reactions", "edits"):
            assert len(await world.rows(f"SELECT * FROM {table}")) == 1
        await world.delete(message)
        for table in ("mentions", "message_files", "reactions", "edits"):
            assert await world.rows(f"SELECT * FROM {table}") == []
        assert [(row["seq"], row["sender"]) for row in await world.rows("SELECT * FROM deletions")] == [(4, "ann")]
        await world.react(message, "bob")
        assert await world.rows("SELECT * FROM reactions") == []


async def test_a_reaction_stands_once_until_it_is_taken_back(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "bob")
        message = await world.say("c", "ann")
        await world.react(message, "bob")
        await world.react(message, "bob")
        assert len(await world.rows("SELECT * FROM reactions")) == 1
        await world.react(message, "bob", on=False)
        assert await world.rows("SELECT * FROM reactions") == []


async def test_leaving_ends_a_span_and_coming_again_opens_a_new_one(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "bob")
        await world.member("c", "bob", "left", "bob")
        (left,) = await world.rows("SELECT * FROM members WHERE account = 'bob'")
        assert left["last_seq"] == 4
        assert left["removed_no"]
        await world.say("c", "ann")
        await world.member("c", "bob", "added", "ann", "admin")
        (back,) = await world.rows("SELECT * FROM members WHERE account = 'bob'")
        assert (back["last_seq"], back["first_seq"], back["read_seq"], back["role"]) == (None, 6, 6, "admin")
        assert [row["member_count"] for row in await world.rows("SELECT member_count FROM conversations")] == [2]


async def test_events_that_were_applied_change_nothing_when_they_come_again(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "bob")
        message = await world.say("c", "ann", mentions=["all"])
        await world.react(message, "bob")
        await world.member("c", "bob", "removed", "ann")
        tables = ("conversations", "members", "messages", "reactions", "mentions")
        before = [await world.rows(f"SELECT * FROM {table}") for table in tables]
        events: list[Stored] = [appended.event for appended in world.heard]
        assert len(events) == 6

        def again(connection: Connection) -> None:
            replay(connection, events)

        await world.sql.write(again)
        assert [await world.rows(f"SELECT * FROM {table}") for table in tables] == before
