"""A row of the list says what is unread, what was last said, and who the other one is."""

import json
from pathlib import Path

import pytest
from msgspec import structs

from secureconnect.contracts.chat import ConversationPatch, ConversationPreferences
from secureconnect.contracts.errors import Code
from secureconnect.contracts.events import DeleteRequest
from secureconnect.contracts.peers import LiveCall
from tests.fixtures.chat_service import caller, office, refused

pytestmark = pytest.mark.anyio


async def test_the_newest_activity_comes_first_page_by_page(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        groups = [await o.group("ann", "ben", title=str(number)) for number in range(5)]
        for group in (groups[3], groups[1]):
            await o.say("ann", group)
        first = await o.chat.listing.page("ann", None, 3)
        second = await o.chat.listing.page("ann", first.next_cursor, 3)
        ids = [row.id for row in (*first.items, *second.items)]
        assert ids[:2] == [groups[1], groups[3]]
        assert sorted(ids) == sorted(groups)
        assert second.next_cursor is None
        async with refused(Code.INVALID):
            await o.chat.listing.page("ann", "tampered", 3)


async def test_the_last_message_is_folded_and_within_what_one_may_read(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        assert (await o.row("ben", group)).last_message is None
        message = await o.say("ann", group, "one")
        last = (await o.row("ben", group)).last_message
        assert last is not None
        assert last.event_id == message.event_id
        await o.chat.messages.delete(caller("ann"), group, message.event_id, DeleteRequest())
        last = (await o.row("ben", group)).last_message
        assert last is not None
        assert json.loads(bytes(last.body))["envelope"] is None
        await o.add("ann", group, "cat")
        assert (await o.row("cat", group)).last_message is None


async def test_a_former_members_row_stands_still(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben", title="Then")
        message = await o.say("ann", group, "then")
        await o.chat.members.remove(caller("ann"), group, "ben")
        await o.log.told()
        before = await o.row("ben", group)
        await o.say("ann", group, "later")
        await o.chat.conversations.change(caller("ann"), group, ConversationPatch(title="Now"))
        await o.log.told()
        after = await o.row("ben", group)
        assert after == before
        assert (after.role, after.last_seq, after.head_seq, after.title) == (None, 5, 5, "Then")
        assert (after.members, after.unread) == (0, 0)
        assert after.last_message is not None
        assert after.last_message.event_id == message.event_id


async def test_a_direct_row_names_the_other_and_says_when_blocked(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        direct = await o.direct("ann", "ben")
        row = await o.row("ann", direct)
        assert row.peer is not None
        assert (row.peer.account, row.peer.display_name, row.peer.blocked) == ("ben", "Ben", False)
        o.others.accounts["ben"] = structs.replace(o.others.accounts["ben"], display_name="Benjamin")
        o.changed("profile", "ben")
        o.block("ann", "ben")
        row = await o.row("ann", direct)
        assert row.peer is not None
        assert (row.peer.display_name, row.peer.blocked) == ("Benjamin", True)


async def test_a_row_names_the_live_call_and_never_fails_for_others(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        direct = await o.direct("ann", "ben")
        o.others.calls.append(LiveCall(direct, "call", "video", 7))
        row = await o.row("ann", direct)
        assert row.live_call is not None
        assert (row.live_call.call, row.live_call.started_at) == ("call", 7)
        o.others.away |= {"video", "auth"}
        o.clock.advance_s(3600)
        row = await o.row("ann", direct)
        assert row.live_call is None
        assert row.peer is not None
        assert row.peer.username == "ben"


async def test_preferences_are_ones_own(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        chosen = ConversationPreferences(muted_until=5, notify="mentions", pinned=True)
        await o.chat.preferences.choose("ann", group, chosen)
        assert (await o.row("ann", group)).preferences == chosen
        assert (await o.row("ben", group)).preferences == ConversationPreferences()
        await o.chat.preferences.choose("ann", group, ConversationPreferences())
        assert (await o.row("ann", group)).preferences == ConversationPreferences()
        for account in ("eve", "ben"):
            async with refused(Code.CHAT_NOT_A_MEMBER):
                await o.leave("ben", group) if account == "ben" else None
                await o.chat.preferences.choose(account, group, chosen)
