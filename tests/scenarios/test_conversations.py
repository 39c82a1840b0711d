"""Conversations: direct ones and groups, roles, what is set for all, what one sets for oneself."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from secureconnect.client import text_of
from secureconnect.contracts.chat import ConversationPreferences
from secureconnect.contracts.errors import Code
from secureconnect.contracts.events import Role
from tests.fixtures.persons import Person, Persons
from tests.fixtures.pictures import png
from tests.fixtures.scenes import body_of, raw, refusal, refused

pytestmark = pytest.mark.anyio

NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057"


async def roles(person: Person, conversation: str) -> dict[str, str]:
    """Who has which role."""
    return {member.account: member.role for member in await person.conversations.members(conversation).all()}


async def test_two_people_have_one_direct_conversation_whoever_opens_it_and_however_often(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    made = await asyncio.gather(
        *(anna.conversations.direct(ben.account_id) for _ in range(3)),
        *(ben.conversations.direct(anna.account_id) for _ in range(3)),
    )
    assert len({talk.id for talk in made}) == 1
    async with raw(ben) as http:
        again = await http.post("/v1/conversations", json={"kind": "direct", "member_ids": [anna.account_id]})
        assert (again.status_code, again.json()["id"]) == (200, made[0].id)
    seen = await ben.conversations.get(made[0].id)
    assert seen.peer is not None
    assert (seen.kind, seen.peer.account, seen.peer.username) == ("direct", anna.account_id, anna.name)
    assert set(await roles(anna, seen.id)) == {anna.account_id, ben.account_id}


async def test_a_direct_conversation_takes_exactly_one_other_person_who_exists(persons: Persons) -> None:
    anna, ben, cleo = await persons.several("anna", "ben", "cleo")
    for wrong in ([], [anna.account_id], [ben.account_id, cleo.account_id], [NOBODY]):
        async with raw(anna) as http:
            answer = await http.post("/v1/conversations", json={"kind": "direct", "member_ids": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "chat.members_invalid"), wrong
    talk = await anna.conversations.direct(ben.account_id)
    with refused(Code.CHAT_ROLE_TOO_LOW):
        await anna.conversations.add(talk.id, cleo.account_id)
    with refused(Code.CHAT_ROLE_TOO_LOW):
        await anna.conversations.change(talk.id, title="Ours")
    with refused(Code.CHAT_ROLE_TOO_LOW):
        await anna.conversations.remove(talk.id, ben.account_id)


async def test_a_group_begins_with_its_owner_and_those_who_were_named(persons: Persons) -> None:
    anna, ben, cleo = await persons.several("anna", "ben", "cleo")
    group = await anna.conversations.group("Plans", [ben.account_id, cleo.account_id, ben.account_id])
    assert (group.title, group.role, group.members, group.history) == ("Plans", "owner", 3, "joined")
    assert await roles(ben, group.id) == {anna.account_id: "owner", ben.account_id: "member", cleo.account_id: "member"}
    events = [event async for event in cleo.messages.history(group.id)]
    assert [event.kind for event in events] == ["conversation", "member", "member", "member"]
    assert [event.seq for event in events] == [1, 2, 3, 4]
    with refused(Code.CHAT_MEMBERS_INVALID):
        await anna.conversations.group("Plans", [NOBODY])


async def test_a_strangers_group_is_not_there_in_any_way(persons: Persons) -> None:
    anna, ben, eve = await persons.several("anna", "ben", "eve")
    group = await anna.conversations.group("Secret", [ben.account_id])
    sent = await anna.messages.send(group.id, "for ben")
    attempts: list[Callable[[str], Awaitable[object]]] = [
        eve.conversations.get,
        eve.messages.page,
        lambda name: eve.conversations.members(name).all(),
        lambda name: eve.conversations.marks(name).all(),
        lambda name: eve.conversations.mentions(name).all(),
        lambda name: eve.conversations.change(name, title="Mine"),
        lambda name: eve.conversations.add(name, eve.account_id),
        lambda name: eve.conversations.remove(name, ben.account_id),
        lambda name: eve.conversations.set_role(name, ben.account_id, "admin"),
        lambda name: eve.conversations.mark(name, read_seq=1),
        lambda name: eve.conversations.prefer(name, ConversationPreferences(pinned=True)),
        lambda name: eve.messages.send(name, "hello"),
        lambda name: eve.messages.edit(name, sent.event_id, "changed"),
        lambda name: eve.messages.delete(name, sent.event_id),
        lambda name: eve.messages.react(name, sent.event_id, "👍"),
    ]
    for attempt in attempts:
        for name in (group.id, NOBODY):
            with refused(Code.CHAT_NOT_A_MEMBER):
                await attempt(name)
    assert [text_of(event) async for event in ben.messages.history(group.id)][-1] == "for ben"
    assert (await ben.conversations.get(group.id)).title == "Secret"


async def test_each_role_may_do_what_its_rank_allows_and_nothing_more(persons: Persons) -> None:
    owner, admin, member, other, new = await persons.several("owner", "admin", "member", "other", "new")
    group = await owner.conversations.group("Ranks", [person.account_id for person in (admin, member, other)])
    await owner.conversations.set_role(group.id, admin.account_id, "admin")

    async def may(person: Person, act: Callable[[Person], Awaitable[object]]) -> bool:
        code = await refusal(act(person))
        assert code in {None, Code.CHAT_ROLE_TOO_LOW, Code.CHAT_MENTION_INVALID}
        return code is None

    def make_other(person: Person, role: Role) -> Awaitable[object]:
        return person.conversations.set_role(group.id, other.account_id, role)

    matrix: list[tuple[str, Callable[[Person], Awaitable[object]], tuple[bool, bool, bool]]] = [
        ("rename", lambda by: by.conversations.change(group.id, title=by.name), (True, True, False)),
        ("set history", lambda by: by.conversations.change(group.id, history="all"), (True, True, False)),
        ("mention all", lambda by: by.messages.send(group.id, "all", mentions=["all"]), (True, True, False)),
        ("add", lambda by: by.conversations.add(group.id, new.account_id), (True, True, False)),
        ("promote", lambda by: make_other(by, "admin"), (True, False, False)),
        ("demote", lambda by: make_other(by, "member"), (True, False, False)),
        ("hand over", lambda by: make_other(by, "owner"), (False, False, False)),
        ("send", lambda by: by.messages.send(group.id, "said"), (True, True, True)),
    ]
    for name, act, allowed in matrix:
        people = (admin, member) if name == "hand over" else (owner, admin, member)
        assert [await may(person, act) for person in people] == list(allowed[-len(people) :]), name
    assert not await may(member, lambda by: by.conversations.remove(group.id, other.account_id))
    assert not await may(admin, lambda by: by.conversations.remove(group.id, owner.account_id))
    assert await may(admin, lambda by: by.conversations.remove(group.id, other.account_id))
    assert await may(owner, lambda by: by.conversations.remove(group.id, admin.account_id))
    assert set(await roles(owner, group.id)) == {owner.account_id, member.account_id, new.account_id}


async def test_only_an_owner_adds_somebody_as_an_admin(persons: Persons) -> None:
    owner, admin, new = await persons.several("owner", "admin", "new")
    group = await owner.conversations.group("Ranks", [admin.account_id])
    await owner.conversations.set_role(group.id, admin.account_id, "admin")
    with refused(Code.CHAT_ROLE_TOO_LOW):
        await admin.conversations.add(group.id, new.account_id, "admin")
    assert (await owner.conversations.add(group.id, new.account_id, "admin")).role == "admin"
    again = await admin.conversations.add(group.id, new.account_id)
    assert again.role == "admin"


async def test_the_last_owner_hands_over_before_leaving_and_the_log_tells_of_it(persons: Persons) -> None:
    anna, ben, cleo = await persons.several("anna", "ben", "cleo")
    group = await anna.conversations.group("Ours", [ben.account_id, cleo.account_id])
    with refused(Code.CHAT_LAST_OWNER):
        await anna.conversations.remove(group.id, anna.account_id)
    with refused(Code.CHAT_LAST_OWNER):
        await anna.conversations.set_role(group.id, anna.account_id, "member")
    await anna.conversations.set_role(group.id, ben.account_id, "owner")
    assert await roles(cleo, group.id) == {
        anna.account_id: "admin",
        ben.account_id: "owner",
        cleo.account_id: "member",
    }
    await anna.conversations.remove(group.id, anna.account_id)
    changes = [body_of(event) async for event in cleo.messages.history(group.id, after=4)]
    assert [(each["account"], each["change"], each.get("role")) for each in changes] == [
        (ben.account_id, "role", "owner"),
        (anna.account_id, "role", "admin"),
        (anna.account_id, "left", None),
    ]


async def test_the_last_member_of_a_group_may_leave_it(persons: Persons) -> None:
    anna = await persons.sign_up("anna")
    group = await anna.conversations.group("Alone")
    await anna.conversations.remove(group.id, anna.account_id)
    with refused(Code.CHAT_NOT_A_MEMBER):
        await anna.messages.send(group.id, "still here?")


async def test_a_new_title_reaches_all_members_live_and_in_the_list(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    group = await anna.conversations.group("Old", [ben.account_id])
    async with ben.chat() as bens:
        changed = await anna.conversations.change(group.id, title="New")
        assert changed.title == "New"
        event = await bens.next_event(where=lambda event: event.kind == "conversation")
        assert body_of(event) == {"title": "New", "by": anna.account_id}
        same = await anna.conversations.change(group.id, title="New")
        assert same.head_seq == event.seq
    assert (await ben.conversations.get(group.id)).title == "New"


async def test_a_groups_picture_is_read_by_its_members_and_taken_away_again(persons: Persons) -> None:
    anna, ben, eve = await persons.several("anna", "ben", "eve")
    group = await anna.conversations.group("Pictured", [ben.account_id])
    picture = png(8, 8)
    file = await anna.files.upload(picture, name="group.png", media_type="image/png", conversation=group.id)
    assert (await anna.conversations.change(group.id, picture=file.id)).picture == file.id
    assert (await ben.conversations.get(group.id)).picture == file.id
    assert await ben.files.content(file.id) == picture
    with refused(Code.STORAGE_FILE_NOT_FOUND):
        await eve.files.content(file.id)
    notes = await anna.files.upload(b"notes", name="notes.txt", media_type="text/plain", conversation=group.id)
    elsewhere = await anna.files.upload(picture, name="else.png", media_type="image/png")
    for wrong in (notes.id, elsewhere.id, NOBODY):
        with refused(Code.CHAT_FILE_INVALID):
            await anna.conversations.change(group.id, picture=wrong)
    assert (await anna.conversations.change(group.id, picture=None)).picture is None


async def test_the_list_has_the_newest_activity_first_and_comes_by_page(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    groups = [(await anna.conversations.group(f"Group {number}", [ben.account_id])).id for number in range(4)]
    await ben.messages.send(groups[1], "news")
    wanted = [groups[1], groups[3], groups[2], groups[0]]
    assert [row.id async for row in anna.conversations.list()] == wanted
    first = await anna.conversations.list().page(limit=3)
    second = await anna.conversations.list().page(first.next_cursor, limit=3)
    assert [row.id for row in [*first.items, *second.items]] == wanted
    assert second.next_cursor is None
    assert first.items[0].last_message is not None
    assert text_of(first.items[0].last_message) == "news"


async def test_preferences_of_a_conversation_are_ones_own_and_put_replaces_them_all(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    group = await anna.conversations.group("Loud", [ben.account_id])
    chosen = ConversationPreferences(notify="mentions", pinned=True, muted_until=4_102_444_800_000)
    phone = await persons.another_device(anna)
    await anna.conversations.prefer(group.id, chosen)
    assert (await phone.conversations.get(group.id)).preferences == chosen
    assert (await ben.conversations.get(group.id)).preferences == ConversationPreferences()
    await phone.conversations.prefer(group.id, ConversationPreferences(archived=True, marked_unread=True))
    row = await anna.conversations.get(group.id)
    assert row.preferences == ConversationPreferences(archived=True, marked_unread=True)
