"""What may be sent, edited and deleted, and what is answered when it may not."""

import asyncio
from pathlib import Path

import pytest
from msgspec import Raw, structs

from secureconnect.backends.log.port import MembershipChanged
from secureconnect.contracts.auth import Privacy
from secureconnect.contracts.errors import Code
from secureconnect.contracts.events import DeleteRequest, EditRequest, Envelope
from secureconnect.services.chat.appending import fault_of
from secureconnect.services.chat.limits import ChatLimits
from tests.fixtures.chat_service import caller, file_answer, office, refused, request

pytestmark = pytest.mark.anyio


def edit(text: str, client_id: str = "edit") -> EditRequest:
    return EditRequest(client_id, Envelope(1, "plain", Raw(f'{{"text":"{text}"}}'.encode())))


async def test_a_message_stands_with_what_it_says(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        sent = await o.say("ann", group, "hello", mentions=["ben"])
        assert (sent.seq, sent.sender, sent.device) == (4, "ann", "ann-1")
        assert sent.envelope == Raw(b'{"v":1,"scheme":"plain","body":{"text":"hello"}}')
        assert bytes(sent.body) == b'{"mentions":["ben"]}'


async def test_the_same_client_id_gets_the_same_answer_and_other_content_is_refused(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        first = await o.chat.messages.send(caller("ann"), group, request("one", "id"))
        again = await o.chat.messages.send(caller("ann"), group, request("one", "id"))
        assert (first.first, again.first) == (True, False)
        assert again.event.event_id == first.event.event_id
        async with refused(Code.CHAT_CLIENT_ID_REUSED):
            await o.chat.messages.send(caller("ann"), group, request("two", "id"))
        other_device = await o.chat.messages.send(caller("ann", "ann-2"), group, request("two", "id"))
        assert other_device.first


async def test_prepare_awaits_nothing_where_the_conversation_is_at_hand(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        messages, origin = o.chat.messages, object()
        assert messages.prepare(caller("ann"), group, request()) is None
        await o.say("ann", group)
        draft = messages.prepare(caller("ann"), group, request("fast"), origin)
        assert draft is not None
        assert draft.origin is origin
        assert (await o.log.log.append(draft)).first
        with pytest.raises(Exception, match=r"chat\.not_a_member"):
            messages.prepare(caller("eve"), group, request())


async def test_prepare_leaves_open_what_must_be_asked(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        direct = await o.direct("ann", "ben")
        await o.chat.membership.load(direct)
        messages = o.chat.messages
        o.changed("blocks", "ann", "ben")
        assert messages.prepare(caller("ann"), direct, request()) is None
        await o.say("ann", direct)
        assert messages.prepare(caller("ann"), direct, request("x")) is not None
        assert messages.prepare(caller("ann"), direct, request("x", files=["f"])) is None
        assert messages.prepare(caller("ann"), direct, request("x", reply_to="e")) is None


async def test_nothing_of_a_removed_member_stands_whatever_was_prepared(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        await o.say("ben", group)
        prepared = o.chat.messages.prepare(caller("ben"), group, request("late"))
        assert prepared is not None
        await o.chat.members.remove(caller("ann"), group, "ben")
        with pytest.raises(MembershipChanged):
            await o.log.log.append(prepared)
        async with refused(Code.CHAT_NOT_A_MEMBER):
            await o.say("ben", group)


async def test_a_send_goes_on_when_somebody_else_came_between(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        await o.say("ben", group)
        adding = [asyncio.ensure_future(o.add("ann", group, name)) for name in ("cat", "dan", "eve")]
        sent = [await o.say("ben", group, f"m{number}") for number in range(5)]
        await asyncio.gather(*adding)
        assert len({event.seq for event in sent}) == 5
        assert fault_of(MembershipChanged()).code is Code.CHAT_MEMBERSHIP_CHANGED


async def test_envelopes_have_a_limit_in_bytes_and_the_conversations_scheme(tmp_path: Path) -> None:
    async with office(tmp_path, ChatLimits(message_bytes_max=100)) as o:
        group = await o.group("ann", "ben")
        async with refused(Code.CHAT_MESSAGE_TOO_LARGE):
            await o.say("ann", group, "ü" * 50)
        async with refused(Code.CHAT_SCHEME_INVALID):
            await o.say("ann", group, "x", scheme="mls")


async def test_only_members_are_mentioned_and_all_by_those_who_lead(tmp_path: Path) -> None:
    async with office(tmp_path, ChatLimits(mentions_per_message_max=2)) as o:
        group = await o.group("ann", "ben")
        async with refused(Code.CHAT_MENTION_INVALID):
            await o.say("ann", group, mentions=["eve"])
        async with refused(Code.CHAT_MENTION_INVALID):
            await o.say("ben", group, mentions=["all"])
        await o.say("ann", group, mentions=["all"])
        async with refused(Code.INVALID):
            await o.say("ann", group, mentions=["ann", "ben", "all"])


async def test_files_must_be_finished_and_the_senders_own_for_this_conversation(tmp_path: Path) -> None:
    async with office(tmp_path, ChatLimits(files_per_message_max=1)) as o:
        group = await o.group("ann", "ben")
        async with refused(Code.CHAT_FILE_INVALID):
            await o.say("ann", group, files=["f1"])
        o.others.files["ann", group, "f1"] = file_answer("f1", group, complete=False)
        async with refused(Code.CHAT_FILE_INVALID):
            await o.say("ann", group, files=["f1"])
        o.others.files["ann", group, "f1"] = file_answer("f1", group)
        await o.say("ann", group, files=["f1"])
        async with refused(Code.CHAT_FILE_INVALID):
            await o.say("ben", group, files=["f1"])
        async with refused(Code.INVALID):
            await o.say("ann", group, files=["f1", "f2"])


async def test_one_replies_to_what_one_may_read(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        before = await o.say("ann", group)
        await o.add("ann", group, "cat")
        await o.say("ben", group, reply_to=before.event_id)
        for wrong in (before.event_id, "nothing"):
            async with refused(Code.CHAT_EVENT_NOT_FOUND):
                await o.say("cat", group, reply_to=wrong)


async def test_a_block_ends_writing_both_ways_and_lifting_it_begins_again(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        direct = await o.direct("ann", "ben")
        first = await o.say("ann", direct)
        o.block("ben", "ann")
        for account in ("ann", "ben"):
            async with refused(Code.CHAT_BLOCKED):
                await o.say(account, direct)
        async with refused(Code.CHAT_BLOCKED):
            await o.chat.messages.edit(caller("ann"), direct, first.event_id, edit("x"))
        await o.chat.messages.delete(caller("ann"), direct, first.event_id, DeleteRequest())
        o.others.blocked.clear()
        o.changed("blocks", "ben", "ann")
        await o.say("ann", direct)


async def test_who_lets_nobody_write_is_still_answered_by_those_they_wrote_to(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        direct = await o.direct("ann", "ben")
        closed_in = structs.replace(o.others.accounts["ann"], privacy=Privacy(write="nobody"))
        o.others.accounts["ann"] = closed_in
        o.changed("preferences", "ann")
        async with refused(Code.CHAT_NOT_ACCEPTED):
            await o.say("ben", direct)
        await o.say("ann", direct)
        await o.say("ben", direct)


async def test_friends_may_write_where_friends_may(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        direct = await o.direct("ann", "ben")
        friendly = structs.replace(o.others.accounts["ann"], privacy=Privacy(write="friends"))
        o.others.accounts["ann"] = friendly
        o.changed("preferences", "ann")
        async with refused(Code.CHAT_NOT_ACCEPTED):
            await o.say("ben", direct)
        o.others.friends.add(frozenset(("ann", "ben")))
        await o.say("ben", direct)


async def test_nobody_writes_to_a_closed_account(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        direct = await o.direct("ann", "ben")
        await o.say("ben", direct)
        o.others.accounts["ben"] = structs.replace(o.others.accounts["ben"], closed=True)
        o.changed("account_closed", "ben")
        async with refused(Code.CHAT_NOT_ACCEPTED):
            await o.say("ann", direct)


async def test_only_the_sender_edits_and_deletes(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        message = await o.say("ben", group)
        for account, code in (("ann", Code.CHAT_NOT_YOURS), ("eve", Code.CHAT_NOT_A_MEMBER)):
            async with refused(code):
                await o.chat.messages.edit(caller(account), group, message.event_id, edit("x"))
            async with refused(code):
                await o.chat.messages.delete(caller(account), group, message.event_id, DeleteRequest())
        async with refused(Code.CHAT_EVENT_NOT_FOUND):
            await o.chat.messages.edit(caller("ben"), group, "nothing", edit("x"))


async def test_what_was_edited_or_deleted_is_gone_from_the_database(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        message = await o.say("ann", group, "secret-one")
        await o.chat.messages.edit(caller("ann"), group, message.event_id, edit("secret-two", "e1"))
        rows = str(await o.log.rows("SELECT envelope FROM log_events WHERE envelope IS NOT NULL"))
        assert "secret-one" not in rows
        assert "secret-two" in rows
        await o.chat.messages.delete(caller("ann"), group, message.event_id, DeleteRequest("d1"))
        assert "secret" not in str(await o.log.rows("SELECT envelope FROM log_events WHERE envelope IS NOT NULL"))
        async with refused(Code.CHAT_DELETED):
            await o.chat.messages.edit(caller("ann"), group, message.event_id, edit("three", "e2"))
        again = await o.chat.messages.edit(caller("ann"), group, message.event_id, edit("secret-two", "e1"))
        assert not again.first
        await o.chat.messages.delete(caller("ann"), group, message.event_id, DeleteRequest("d2"))


async def test_a_body_that_is_no_text_is_refused(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        asked = structs.replace(request("x"), envelope=Envelope(1, "plain", Raw(b'"\xff"')))
        async with refused(Code.INVALID):
            await o.chat.messages.send(caller("ann"), group, asked)


async def test_auth_away_lets_people_go_on_who_talked_before(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        direct, other = await o.direct("ann", "ben"), await o.direct("ann", "cat")
        await o.say("ann", direct)
        o.others.away.add("auth")
        o.clock.advance_s(3600)
        await o.say("ann", direct)
        o.changed("blocks", "ann", "cat")
        async with refused(Code.UNAVAILABLE):
            await o.say("ann", other)
