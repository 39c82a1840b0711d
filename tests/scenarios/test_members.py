"""Members: from where and until when one reads a group, and what a former member still sees."""

import asyncio
from collections.abc import Awaitable

import pytest

from secureconnect.client.notices import ConversationLeft
from secureconnect.contracts.chat import ConversationPreferences
from secureconnect.contracts.errors import Code
from tests.fixtures.persons import Person, Persons
from tests.fixtures.scenes import body_of, heard, refusal, refused, texts_of

pytestmark = pytest.mark.anyio


async def test_a_new_member_reads_from_joining_and_all_where_the_group_says_so(persons: Persons) -> None:
    anna, ben, cleo, dora = await persons.several("anna", "ben", "cleo", "dora")
    group = await anna.conversations.group("Open", [ben.account_id])
    await anna.messages.send(group.id, "before")
    member = await anna.conversations.add(group.id, cleo.account_id)
    await anna.conversations.change(group.id, history="all")
    await anna.messages.send(group.id, "between")
    await anna.conversations.add(group.id, dora.account_id)
    await anna.messages.send(group.id, "after")
    assert await texts_of(cleo, group.id) == ["between", "after"]
    assert await texts_of(dora, group.id) == ["before", "between", "after"]
    seen = await cleo.conversations.get(group.id)
    assert seen.first_seq == member.joined_seq
    page = await cleo.messages.page(group.id, after=0)
    assert (page.from_seq, page.events[0].seq) == (seen.first_seq, seen.first_seq)
    below = await cleo.messages.page(group.id, before=seen.first_seq)
    assert (below.events, below.more) == ([], False)
    assert (await dora.conversations.get(group.id)).first_seq == 1


async def test_the_history_rule_binds_those_who_join_after_its_change(persons: Persons) -> None:
    anna, ben, cleo = await persons.several("anna", "ben", "cleo")
    group = await anna.conversations.group("Rule")
    await anna.messages.send(group.id, "one")
    await anna.conversations.change(group.id, history="all")
    await anna.conversations.add(group.id, ben.account_id)
    await anna.conversations.change(group.id, history="joined")
    await anna.conversations.add(group.id, cleo.account_id)
    await anna.messages.send(group.id, "two")
    assert await texts_of(ben, group.id) == ["one", "two"]
    assert await texts_of(cleo, group.id) == ["two"]


async def test_what_points_below_ones_first_event_comes_without_its_content(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    group = await anna.conversations.group("Before")
    old = await anna.messages.send(group.id, "a secret of old")
    await anna.conversations.add(group.id, ben.account_id)
    async with ben.chat() as bens:
        await anna.messages.edit(group.id, old.event_id, "a secret of now")
        await anna.messages.react(group.id, old.event_id, "👍")
        live = [await bens.next_event(), await bens.next_event()]
    read = [event async for event in ben.messages.history(group.id) if event.kind in {"edit", "reaction"}]
    assert [body_of(event) for event in [*live, *read]] == [None] * 4
    for act in (ben.messages.react(group.id, old.event_id, "👍"), ben.messages.edit(group.id, old.event_id, "mine")):
        assert await refusal(act) is Code.CHAT_EVENT_NOT_FOUND
    with refused(Code.CHAT_EVENT_NOT_FOUND):
        await ben.messages.send(group.id, "an answer", reply_to=old.event_id)


async def test_a_former_member_reads_up_to_the_removal_and_finds_nothing_else(persons: Persons) -> None:
    anna, ben, cleo = await persons.several("anna", "ben", "cleo")
    group = await anna.conversations.group("Past", [ben.account_id, cleo.account_id])
    sent = await ben.messages.send(group.id, "mine")
    file = await anna.files.upload(b"shared", name="a.txt", conversation=group.id)
    await anna.messages.send(group.id, "with a file", file_ids=[file.id])
    assert await ben.files.content(file.id) == b"shared"
    await anna.conversations.remove(group.id, ben.account_id)
    await anna.messages.send(group.id, "after")
    seen = await ben.conversations.get(group.id)
    assert (seen.last_seq, seen.head_seq, seen.role, seen.unread) == (7, 7, None, 0)
    assert await texts_of(ben, group.id) == ["mine", "with a file"]
    page = await ben.messages.page(group.id, before=1000)
    assert (page.to_seq, page.head_seq, page.events[-1].kind) == (7, 7, "member")
    for nothing in former(ben, group.id, sent.event_id, cleo):
        assert await refusal(nothing) is Code.CHAT_NOT_A_MEMBER
    assert await refusal(ben.files.content(file.id)) is Code.STORAGE_FILE_NOT_FOUND
    assert await refusal(ben.files.upload(b"x", name="x", conversation=group.id)) is Code.CHAT_NOT_A_MEMBER
    assert await refusal(ben.calls.start(group.id)) is Code.CHAT_NOT_A_MEMBER
    assert await texts_of(cleo, group.id) == ["mine", "with a file", "after"]


def former(ben: Person, group: str, event: str, other: Person) -> list[Awaitable[object]]:
    """All that a former member may not do."""
    return [
        ben.messages.send(group, "again"),
        ben.messages.edit(group, event, "changed"),
        ben.messages.delete(group, event),
        ben.messages.react(group, event, "👍"),
        ben.messages.reactions(group, event).all(),
        ben.conversations.members(group).all(),
        ben.conversations.marks(group).all(),
        ben.conversations.mentions(group).all(),
        ben.conversations.mark(group, read_seq=5),
        ben.conversations.prefer(group, ConversationPreferences(pinned=True)),
        ben.conversations.change(group, title="Mine"),
        ben.conversations.add(group, other.account_id),
        ben.conversations.remove(group, ben.account_id),
    ]


async def test_a_removed_member_loses_the_live_stream_at_once(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    group = await anna.conversations.group("Live", [ben.account_id])
    own = await ben.conversations.group("Own")
    async with ben.chat() as bens:
        await anna.conversations.remove(group.id, ben.account_id)
        await anna.messages.send(group.id, "behind the back")
        await ben.messages.send(own.id, "to myself")
        events = [await bens.next_event() for _ in range(2)]
        assert {event.conversation: event.kind for event in events} == {group.id: "member", own.id: "message"}
        assert (await bens.notices.next(ConversationLeft, 5)).conversation == group.id
        with refused(Code.CHAT_NOT_A_MEMBER):
            await bens.send(group.id, "let me in")
        with refused(Code.CHAT_NOT_A_MEMBER):
            await bens.mark(group.id, read_seq=1)


async def test_nothing_of_a_removed_member_stands_after_the_removal(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    group = await anna.conversations.group("Race", [ben.account_id])
    async with ben.chat() as bens:
        talking = [asyncio.create_task(bens.send(group.id, f"{number}")) for number in range(200)]
        await talking[20]
        await anna.conversations.remove(group.id, ben.account_id)
        outcomes = await asyncio.gather(*talking, return_exceptions=True)
    events = [event async for event in anna.messages.history(group.id)]
    gone_seq = next(event.seq for event in events if event.kind == "member" and body_of(event)["change"] == "removed")
    assert max(event.seq for event in events if event.kind == "message") < gone_seq
    refusals = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert all(getattr(fault, "code", None) is Code.CHAT_NOT_A_MEMBER for fault in refusals)
    acknowledged = len(outcomes) - len(refusals)
    assert sum(event.kind == "message" for event in events) == acknowledged


async def test_joining_again_opens_a_new_span(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    group = await anna.conversations.group("Again", [ben.account_id])
    await anna.messages.send(group.id, "first stay")
    await anna.conversations.remove(group.id, ben.account_id)
    await anna.messages.send(group.id, "while away")
    again = await anna.conversations.add(group.id, ben.account_id)
    sent = await anna.messages.send(group.id, "second stay")
    seen = await ben.conversations.get(group.id)
    assert (seen.first_seq, seen.last_seq, seen.role) == (again.joined_seq, None, "member")
    assert await texts_of(ben, group.id) == ["second stay"]
    assert seen.unread == 1
    await ben.conversations.mark(group.id, read_seq=sent.seq)
    assert (await ben.messages.send(group.id, "back")).seq == sent.seq + 1


async def test_who_is_added_while_connected_hears_the_group_at_once(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    group = await anna.conversations.group("Welcome")
    async with ben.chat() as bens:
        await anna.conversations.add(group.id, ben.account_id)
        await anna.messages.send(group.id, "hello Ben")
        assert (await heard(bens, "hello Ben")).conversation == group.id
        await bens.send(group.id, "hello Anna")
    assert await texts_of(anna, group.id) == ["hello Ben", "hello Anna"]


async def test_leaving_is_told_to_those_who_stay_and_to_ones_own_devices(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    phone = await persons.another_device(ben)
    group = await anna.conversations.group("Leaving", [ben.account_id])
    async with anna.chat() as annas, phone.chat() as phones:
        await ben.conversations.remove(group.id, ben.account_id)
        for chat in (annas, phones):
            event = await chat.next_event(where=lambda event: event.kind == "member")
            assert body_of(event) == {"account": ben.account_id, "change": "left", "by": ben.account_id}
        assert (await phones.notices.next(ConversationLeft, 5)).conversation == group.id
    assert [row.role async for row in ben.conversations.list()] == [None]
    assert (await anna.conversations.get(group.id)).members == 1


async def test_members_come_by_page_in_the_order_of_joining(persons: Persons) -> None:
    people = await persons.several("anna", "ben", "cleo", "dora")
    group = await people[0].conversations.group("Row", [person.account_id for person in people[1:]])
    first = await people[3].conversations.members(group.id).page(limit=3)
    second = await people[3].conversations.members(group.id).page(first.next_cursor, limit=3)
    found = [*first.items, *second.items]
    assert [member.account for member in found] == [person.account_id for person in people]
    assert [member.display_name for member in found] == ["Anna", "Ben", "Cleo", "Dora"]
    assert second.next_cursor is None
