"""Reactions stand once for each member and emoji, on messages that are there."""

from pathlib import Path

import pytest

from secureconnect.contracts.errors import Code
from secureconnect.contracts.events import DeleteRequest
from secureconnect.services.chat.limits import REACTIONS_PER_MEMBER_MAX
from tests.fixtures.chat_service import Office, caller, office, refused

pytestmark = pytest.mark.anyio


async def react(o: Office, account: str, group: str, event: str, emoji: str = "👍", on: bool = True) -> None:
    await o.chat.reactions.react(caller(account), group, event, emoji, on)
    await o.log.told()


async def test_what_is_so_already_leaves_no_event(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        message = await o.say("ann", group)
        for on in (False, True, True):
            await react(o, "ben", group, message.event_id, on=on)
        assert (await o.row("ben", group)).head_seq == message.seq + 1
        await react(o, "ben", group, message.event_id, on=False)
        assert (await o.chat.reactions.reactors(caller("ann"), group, message.event_id, None, 10)).items == []


async def test_who_reacted_is_listed_page_by_page(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben", "cat")
        message = await o.say("ann", group)
        for account, emoji in (("cat", "🎉"), ("ann", "👍"), ("ben", "🎉")):
            await react(o, account, group, message.event_id, emoji)
        first = await o.chat.reactions.reactors(caller("ben"), group, message.event_id, None, 2)
        rest = await o.chat.reactions.reactors(caller("ben"), group, message.event_id, first.next_cursor, 2)
        assert [(one.account, one.emoji) for one in (*first.items, *rest.items)] == [
            ("cat", "🎉"),
            ("ann", "👍"),
            ("ben", "🎉"),
        ]
        assert rest.next_cursor is None


async def test_only_messages_that_one_may_read_and_that_are_there(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        message = await o.say("ann", group)
        await o.add("ann", group, "cat")
        async with refused(Code.CHAT_EVENT_NOT_FOUND):
            await react(o, "cat", group, message.event_id)
        async with refused(Code.CHAT_NOT_A_MEMBER):
            await react(o, "eve", group, message.event_id)
        async with refused(Code.CHAT_EVENT_NOT_FOUND):
            await react(o, "ben", group, (await o.events("ann", group))[0].event_id)
        await o.chat.messages.delete(caller("ann"), group, message.event_id, DeleteRequest())
        async with refused(Code.CHAT_DELETED):
            await react(o, "ben", group, message.event_id)


async def test_one_emoji_and_not_too_many_of_one_member(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        message = await o.say("ann", group)
        async with refused(Code.CHAT_REACTION_INVALID):
            await react(o, "ben", group, message.event_id, "ok")
        for number in range(REACTIONS_PER_MEMBER_MAX):
            await react(o, "ben", group, message.event_id, chr(0x1F600 + number))
        async with refused(Code.CHAT_REACTION_INVALID):
            await react(o, "ben", group, message.event_id, "👍")


async def test_a_block_ends_reacting_too(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        direct = await o.direct("ann", "ben")
        message = await o.say("ann", direct)
        o.block("ann", "ben")
        async with refused(Code.CHAT_BLOCKED):
            await react(o, "ben", direct, message.event_id)
