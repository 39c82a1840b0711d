"""People: how one is called and seen, contacts, blocks, and what one lets others do."""

import asyncio
from collections.abc import Awaitable, Callable
from io import BytesIO

import pytest
from PIL import Image

from secureconnect.client import text_of
from secureconnect.contracts.auth import Preferences, Privacy, QuietHours
from secureconnect.contracts.errors import Code
from secureconnect.contracts.frames import AccountFrame, CallRing, ProfileFrame
from tests.fixtures.entrances import told
from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import Person, Persons
from tests.fixtures.pictures import png, telling_jpeg, telling_png
from tests.fixtures.scenes import done_soon, eventually, heard, raw, refusal, refused, refused_soon, texts_of

pytestmark = pytest.mark.anyio

NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057"


async def states(person: Person) -> dict[str, str]:
    """How one stands to others."""
    return {friend.account.id: friend.state for friend in await person.people.friends().all()}


async def allow(person: Person, privacy: Privacy) -> None:
    """Choose what others may do."""
    await person.people.set_preferences(Preferences(privacy=privacy))


async def befriend(one: Person, other: Person) -> None:
    """Let two be friends."""
    await one.people.befriend(other.account_id)
    await other.people.accept_friend(one.account_id)


async def test_a_changed_display_name_is_what_others_see_in_one_form(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    changed = await anna.people.change_me(display_name="  Anna\t B.\N{COMBINING ACUTE ACCENT} ")
    seen = await ben.people.get(anna.account_id)
    assert (changed.display_name, seen.display_name, seen.username) == ("Anna B.\N{COMBINING ACUTE ACCENT}",) * 2 + (
        anna.name,
    )
    for unseen in ("\N{ZERO WIDTH SPACE}", "Anna\N{RIGHT-TO-LEFT OVERRIDE}", "   ", "x" * 101):
        with refused(Code.INVALID):
            await anna.people.change_me(display_name=unseen)


async def test_who_somebody_is_can_be_asked_one_by_one_and_for_many(persons: Persons) -> None:
    anna, ben, cleo = await persons.several("anna", "ben", "cleo")
    asked = [cleo.account_id, NOBODY, ben.account_id, cleo.account_id]
    assert [person.id for person in await anna.people.named(asked)] == [cleo.account_id, ben.account_id]
    with refused(Code.NOT_FOUND):
        await anna.people.get(NOBODY)
    with refused(Code.INVALID):
        await anna.people.named([NOBODY[:-3] + f"{number:03}" for number in range(101)])


async def test_people_are_found_by_the_beginning_of_either_name_in_any_case_and_by_page(persons: Persons) -> None:
    asker = await persons.sign_up("asker")
    found = await persons.several(*(f"zoe{letter}" for letter in "abcde"))
    odd = await persons.sign_up("hidden")
    await odd.people.change_me(display_name="ZOÉ \N{LATIN SMALL LIGATURE FI}nal")
    prefixed = [person.id for person in await asker.people.search("ZOE").all()]
    assert prefixed == [person.account_id for person in found]
    assert [person.id for person in await asker.people.search("zoé final").all()] == [odd.account_id]
    first = await asker.people.search("zoe").page(limit=2)
    second = await asker.people.search("zoe").page(first.next_cursor, limit=10)
    assert [person.id for person in [*first.items, *second.items]] == prefixed
    for person in (*found, odd):
        await person.people.close_account(person.password)
    assert await asker.people.search("zo").all() == []


@pytest.mark.parametrize("make", [telling_jpeg, telling_png])
async def test_a_picture_is_made_anew_without_what_it_told_and_seen_by_others(
    persons: Persons, make: Callable[[int, int, str], bytes]
) -> None:
    anna, ben = await persons.several("anna", "ben")
    secret = "taken by Anna at 52.5200 N 13.4050 E"
    original = make(1200, 900, secret)
    assert secret.encode() in original
    await anna.people.set_picture(original, "image/jpeg" if make is telling_jpeg else "image/png")
    picture = (await ben.people.get(anna.account_id)).picture
    assert picture is not None
    seen = await ben.files.content(picture)
    assert secret.encode() not in seen
    with Image.open(BytesIO(seen)) as image:
        assert image.size == (512, 384)
        assert not image.getexif()
        assert "comment" not in image.info
    await anna.people.set_picture(png(30, 20), "image/png")
    newer = (await ben.people.get(anna.account_id)).picture
    assert newer not in {None, picture}
    with refused(Code.STORAGE_FILE_NOT_FOUND):
        await ben.files.content(picture)
    await anna.people.remove_picture()
    assert (await anna.people.me()).picture is None
    assert newer is not None
    with refused(Code.STORAGE_FILE_NOT_FOUND):
        await ben.files.content(newer)


async def test_what_is_no_picture_is_refused_and_leaves_the_one_before(persons: Persons) -> None:
    anna = await persons.sign_up("anna")
    await anna.people.set_picture(png(8, 8), "image/png")
    before = (await anna.people.me()).picture
    async with raw(anna) as http:
        wrong = [(b"<svg/>", "image/svg+xml", 415), (b"no image", "image/png", 422), (png(8, 8)[:40], "image/png", 422)]
        for content, kind, status in wrong:
            headers = {"content-type": kind}
            answer = await http.put("/v1/users/me/picture", content=content, headers=headers)
            assert answer.status_code == status, answer.text
    assert (await anna.people.me()).picture == before


async def test_preferences_are_replaced_as_a_whole_and_read_on_all_devices(persons: Persons) -> None:
    anna = await persons.sign_up("anna")
    phone = await persons.another_device(anna)
    chosen = Preferences(
        Privacy(read_marks=False, ring="friends"), QuietHours(22 * 60, 7 * 60, "Europe/Berlin"), "de-AT", "sender"
    )
    await anna.people.set_preferences(chosen)
    assert (await phone.people.me()).preferences == chosen
    await phone.people.set_preferences(Preferences(language="fr"))
    assert (await anna.people.me()).preferences == Preferences(language="fr")
    with refused(Code.INVALID):
        await anna.people.set_preferences(Preferences(quiet_hours=QuietHours(0, 1, "Nowhere/Atlantis")))
    async with raw(anna) as http:
        unknown = await http.put("/v1/users/me/preferences", json={"colour": "red"})
        assert told(unknown) == (422, "request.invalid")


async def test_friendship_is_asked_for_by_one_accepted_by_the_other_and_ended_by_either(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    with refused(Code.NOT_FOUND):
        await ben.people.accept_friend(anna.account_id)
    await anna.people.befriend(ben.account_id)
    assert await states(anna) == {ben.account_id: "asked"}
    assert await states(ben) == {anna.account_id: "asking"}
    with refused(Code.NOT_FOUND):
        await anna.people.accept_friend(ben.account_id)
    await ben.people.accept_friend(anna.account_id)
    assert (await states(anna), await states(ben)) == ({ben.account_id: "friends"}, {anna.account_id: "friends"})
    await anna.people.befriend(ben.account_id)
    await ben.people.unfriend(anna.account_id)
    assert (await states(anna), await states(ben)) == ({}, {})
    with refused(Code.INVALID):
        await anna.people.befriend(anna.account_id)
    with refused(Code.NOT_FOUND):
        await anna.people.befriend(NOBODY)


async def test_two_who_ask_each_other_are_friends(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    await asyncio.gather(anna.people.befriend(ben.account_id), ben.people.befriend(anna.account_id))
    assert (await states(anna), await states(ben)) == ({ben.account_id: "friends"}, {anna.account_id: "friends"})


async def test_a_block_ends_writing_both_ways_leaves_the_history_and_hides_one_from_search(persons: Persons) -> None:
    anna, foe = await persons.several("anna", "foe")
    talk = await anna.conversations.direct(foe.account_id)
    await befriend(anna, foe)
    await foe.messages.send(talk.id, "before")
    await anna.people.block(foe.account_id)
    for person in (anna, foe):
        await refused_soon(Code.CHAT_BLOCKED, lambda person=person: person.messages.send(talk.id, "during"), 1.0)
        assert "before" in await texts_of(person, talk.id)
        async with person.chat() as chat:
            assert await refusal(chat.send(talk.id, "during")) is Code.CHAT_BLOCKED
    assert await refusal(foe.calls.start(talk.id)) is Code.CHAT_BLOCKED
    assert await states(anna) == {}
    assert await anna.people.search(foe.name).all() == await foe.people.search(anna.name).all() == []
    assert [block.account.id for block in await anna.people.blocks().all()] == [foe.account_id]
    assert await foe.people.blocks().all() == []
    assert await refusal(foe.conversations.group("Trap", [anna.account_id])) is Code.CHAT_NOT_ACCEPTED
    await anna.people.unblock(foe.account_id)
    await done_soon(Code.CHAT_BLOCKED, lambda: foe.messages.send(talk.id, "after"))


async def test_people_whom_one_blocked_do_not_count_in_unread(persons: Persons) -> None:
    anna, foe, ben = await persons.several("anna", "foe", "ben")
    group = await ben.conversations.group("All", [anna.account_id, foe.account_id])

    async def unread() -> int:
        return (await anna.conversations.get(group.id)).unread

    await foe.messages.send(group.id, "one")
    await ben.messages.send(group.id, "two", mentions=[anna.account_id])
    assert await unread() == 2
    await anna.people.block(foe.account_id)

    async def is_one() -> bool:
        return await unread() == 1

    await eventually(is_one)
    await foe.messages.send(group.id, "three", mentions=[anna.account_id])
    assert ((await anna.conversations.get(group.id)).unread_mentions, await unread()) == (1, 1)
    await anna.people.unblock(foe.account_id)

    async def is_all() -> bool:
        return await unread() == 3

    await eventually(is_all)


async def test_who_is_blocked_is_not_told_and_asks_for_friendship_in_vain(persons: Persons) -> None:
    anna, foe = await persons.several("anna", "foe")
    await anna.people.block(foe.account_id)
    await foe.people.befriend(anna.account_id)
    assert await states(foe) == {anna.account_id: "asked"}
    assert await states(anna) == {}
    assert (await foe.people.get(anna.account_id)).username == anna.name


@pytest.mark.parametrize("wanted", ["friends", "nobody"])
async def test_one_is_written_to_only_by_those_one_lets_and_may_always_be_answered(
    persons: Persons, wanted: str
) -> None:
    shy, friend, stranger = await persons.several("shy", "friend", "stranger")
    await befriend(shy, friend)
    await allow(shy, Privacy(write="friends" if wanted == "friends" else "nobody"))
    await refused_soon(Code.CHAT_NOT_ACCEPTED, lambda: stranger.conversations.direct(shy.account_id))
    code = None if wanted == "friends" else Code.CHAT_NOT_ACCEPTED
    assert await refusal(friend.conversations.direct(shy.account_id)) is code
    talk = await shy.conversations.direct(stranger.account_id)
    assert await refusal(stranger.messages.send(talk.id, "at last")) is Code.CHAT_NOT_ACCEPTED
    await shy.messages.send(talk.id, "hello")
    async with shy.chat() as shys:
        await stranger.messages.send(talk.id, "an answer")
        await heard(shys, "an answer")


@pytest.mark.parametrize("wanted", ["friends", "nobody"])
async def test_one_is_taken_into_groups_only_by_those_one_lets(persons: Persons, wanted: str) -> None:
    shy, friend, stranger = await persons.several("shy", "friend", "stranger")
    await befriend(shy, friend)
    await allow(shy, Privacy(add_to_groups="friends" if wanted == "friends" else "nobody"))
    ours = await stranger.conversations.group("Ours")
    tries: list[tuple[Person, Callable[[], Awaitable[object]]]] = [
        (stranger, lambda: stranger.conversations.group("Fans", [shy.account_id])),
        (stranger, lambda: stranger.conversations.add(ours.id, shy.account_id)),
    ]
    for _, attempt in tries:
        await refused_soon(Code.CHAT_NOT_ACCEPTED, attempt)
    code = None if wanted == "friends" else Code.CHAT_NOT_ACCEPTED
    assert await refusal(friend.conversations.group("Friends", [shy.account_id])) is code
    assert len(await stranger.conversations.members(ours.id).all()) == 1


async def test_one_is_rung_only_by_those_one_lets(persons: Persons) -> None:
    shy, friend, stranger = await persons.several("shy", "friend", "stranger")
    await befriend(shy, friend)
    await allow(shy, Privacy(ring="friends"))
    mine, theirs = (
        await friend.conversations.direct(shy.account_id),
        await stranger.conversations.direct(shy.account_id),
    )
    async with shy.signaling() as shys:
        assert await refusal(stranger.calls.start(theirs.id)) is Code.CHAT_NOT_ACCEPTED
        call = await friend.calls.start(mine.id)
        rung = await shys.next_notice(CallRing)
        assert (rung.call, rung.from_) == (call.id, friend.account_id)
        await friend.calls.hangup(call.id)
        await allow(shy, Privacy(ring="nobody"))
        assert await refusal(friend.calls.start(mine.id)) is Code.CHAT_NOT_ACCEPTED


async def test_changes_of_oneself_reach_ones_other_devices_and_those_who_see_one(
    deployment: Deployment, persons: Persons
) -> None:
    anna, ben = await persons.several("anna", "ben")
    phone = await persons.another_device(anna)
    talk = await anna.conversations.direct(ben.account_id)
    async with phone.chat() as phones, ben.chat() as bens:

        async def hears(what: str) -> None:
            await phones.notices.next(AccountFrame, 5, lambda frame: what in frame.what)

        await anna.people.set_picture(png(8, 8), "image/png")
        await hears("profile")
        assert (await bens.notices.next(ProfileFrame, 5)).account == anna.account_id
        await anna.people.set_preferences(Preferences(language="nl"))
        await hears("preferences")
        await ben.people.befriend(anna.account_id)
        await hears("friends")
        await anna.people.block(ben.account_id)
        await hears("blocks")
        await anna.people.unblock(ben.account_id)
        await done_soon(Code.CHAT_BLOCKED, lambda: anna.messages.send(talk.id, "again"))
        assert text_of(await heard(bens, "again")) == "again"
