"""A message read from history is what it is now, as its reader may know it."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from secureconnect.contracts.events import DeleteRequest, EditRequest, Envelope, Event
from secureconnect.services.chat.folding import Piece, Span
from secureconnect.services.chat.store.history import Range, read_folds
from tests.fixtures.chat_service import Office, caller, office

pytestmark = pytest.mark.anyio


def body(event: Event) -> Any:
    return json.loads(bytes(event.body))


async def edit(o: Office, account: str, conversation: str, message: str, text: str) -> None:
    asked = EditRequest(o.log.ids.new(), Envelope(1, "plain", Raw(json.dumps({"text": text}).encode())))
    await o.chat.messages.edit(caller(account), conversation, message, asked)
    await o.log.told()


async def test_an_edited_message_has_its_latest_envelope(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        message = await o.say("ann", group, "one", mentions=["ben"])
        await edit(o, "ann", group, message.event_id, "two")
        await edit(o, "ann", group, message.event_id, "three")
        events = await o.events("ben", group)
        told = body(events[3])
        assert told["envelope"]["body"] == {"text": "three"}
        assert told["mentions"] == ["ben"]
        assert told["edited_at"]
        first_edit, second_edit = body(events[4]), body(events[5])
        assert first_edit == {"message": message.event_id, "message_seq": 4}
        assert second_edit["envelope"]["body"] == {"text": "three"}
        alone = await o.chat.history.page("ben", group, after=3, limit=1)
        assert body(alone.events[0]) == told


async def test_a_deleted_message_says_only_that_it_was(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        message = await o.say("ann", group, "one", mentions=["ben"])
        await o.chat.reactions.react(caller("ben"), group, message.event_id, "👍", on=True)
        await o.chat.messages.delete(caller("ann"), group, message.event_id, DeleteRequest())
        told = body((await o.events("ben", group))[3])
        assert set(told) == {"envelope", "deleted_at"}
        assert told["envelope"] is None


async def test_reactions_are_counted_and_the_readers_own_is_marked(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben", "cat")
        message = await o.say("ann", group)
        for account, emoji in (("ben", "🎉"), ("ann", "👍"), ("cat", "🎉")):
            await o.chat.reactions.react(caller(account), group, message.event_id, emoji, on=True)
        told = body((await o.events("ben", group))[4])
        assert told["reactions"] == [
            {"emoji": "🎉", "count": 2, "mine": True},
            {"emoji": "👍", "count": 1, "mine": False},
        ]


async def test_what_points_below_ones_span_has_no_body(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        message = await o.say("ann", group, "before")
        await o.add("ann", group, "cat")
        await edit(o, "ann", group, message.event_id, "changed")
        await o.chat.reactions.react(caller("ben"), group, message.event_id, "👍", on=True)
        await o.chat.messages.delete(caller("ann"), group, message.event_id, DeleteRequest())
        events = await o.events("cat", group)
        assert [event.kind for event in events] == ["member", "edit", "reaction", "delete"]
        assert [body(event) for event in events[1:]] == [None, None, None]
        assert all(body(event) for event in await o.events("ben", group))


async def test_a_former_member_learns_no_later_content(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        message = await o.say("ann", group, "one")
        await o.leave("ben", group)
        await edit(o, "ann", group, message.event_id, "secret")
        await o.chat.reactions.react(caller("ann"), group, message.event_id, "👍", on=True)
        told = body((await o.events("ben", group))[3])
        assert told["envelope"] is None
        assert "reactions" not in told


async def test_an_edit_that_is_overtaken_while_it_is_read_gives_the_later_one(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        message = await o.say("ann", group, "one")
        await edit(o, "ann", group, message.event_id, "two")
        page = await o.log.log.page_after(group, 3, 2)
        read = o.log.sql.read
        stale = await read(read_folds, "ben", [Range(group, 4, 4, 100)])
        await edit(o, "ann", group, message.event_id, "three")
        answers: list[Any] = [stale]

        async def read_once_stale(work: Any, *args: Any) -> Any:
            return answers.pop() if work is read_folds and answers else await read(work, *args)

        o.log.sql.read = read_once_stale
        piece = Piece([page.events[0]], Span(1, None))
        (folded,) = await o.chat.listing._folding.fold(piece, "ben")
        assert body(folded)["envelope"]["body"] == {"text": "three"}
