"""What was projected is compared with the log, and made right where it is not."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from secureconnect.backends.log.port import Stored
from secureconnect.contracts.chat import ConversationPreferences
from secureconnect.contracts.events import DeleteRequest
from secureconnect.services.chat.repair import compare, rebuild
from tests.fixtures.chat_service import Office, caller, file_answer, office

pytestmark = pytest.mark.anyio

DAMAGES = [
    ("UPDATE conversations SET head_seq = 2, message_count = 99", "conversations"),
    ("DELETE FROM members WHERE account = 'cat'", "members"),
    ("UPDATE members SET role = 'owner' WHERE account = 'ben'", "members"),
    ("DELETE FROM messages WHERE seq = 6", "messages"),
    ("DELETE FROM deletions", "deletions"),
    ("DELETE FROM mentions", "mentions"),
    ("DELETE FROM message_files", "message_files"),
    ("UPDATE reactions SET emoji = 'x'", "reactions"),
    ("INSERT INTO edits VALUES ('nowhere', 1, 1, 'e')", "edits"),
]


async def lively(o: Office) -> str:
    group = await o.group("ann", "ben", "cat")
    o.others.files["ann", group, "f"] = file_answer("f", group)
    message = await o.say("ann", group, mentions=["ben"], files=["f"])
    gone = await o.say("ben", group)
    await o.chat.messages.delete(caller("ben"), group, gone.event_id, DeleteRequest())
    await o.chat.reactions.react(caller("ben"), group, message.event_id, "👍", on=True)
    await o.leave("cat", group)
    await o.chat.preferences.choose("ben", group, ConversationPreferences(pinned=True))
    await o.direct("ann", "ben")
    return group


async def stored(o: Office, conversations: Iterable[str]) -> list[Stored]:
    events: list[Stored] = []
    for conversation in conversations:
        events += (await o.log.log.page_after(conversation, 0, 1000)).events
    return events


async def all_events(o: Office) -> list[Stored]:
    return await stored(o, [str(row["conversation"]) for row in await o.log.rows("SELECT * FROM log_heads")])


async def test_what_is_right_differs_in_nothing(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await lively(o)
        assert await o.log.sql.read(compare, await all_events(o)) == []


@pytest.mark.parametrize(("damage", "table"), DAMAGES)
async def test_damage_is_found_and_repaired_without_touching_what_people_chose(
    damage: str, table: str, tmp_path: Path
) -> None:
    async with office(tmp_path) as o:
        group = await lively(o)
        before = await o.row("ben", group)
        events = await all_events(o)

        def break_it(connection: Connection) -> None:
            connection.execute(text(damage))

        await o.log.sql.write(break_it)
        found = await o.log.sql.read(compare, events)
        assert {difference.table for difference in found} == {table}
        assert await o.log.sql.write(rebuild, events) == found
        assert await o.log.sql.read(compare, events) == []
        assert await o.row("ben", group) == before


async def test_a_conversation_that_is_not_in_the_log_is_told_of(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await lively(o)
        events = [event for event in await all_events(o) if event.conversation != group]
        found = await o.log.sql.read(compare, events)
        assert {(difference.conversation, difference.what) for difference in found} == {(group, "is not in the log")}
        await o.log.sql.write(rebuild, events)
        assert await o.log.sql.read(compare, events) == []
