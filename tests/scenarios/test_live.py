"""The live side: marks, typing, presence, pages, sync and going on after a cut."""

import asyncio
from collections.abc import Callable

import pytest

from secureconnect.client import Chat, ConnectionLost, SocketEnded, text_of
from secureconnect.client.notices import Acknowledged, Disconnected
from secureconnect.contracts.auth import Preferences, Privacy
from secureconnect.contracts.errors import Code
from secureconnect.contracts.frames import (
    AccountFrame,
    CursorFrame,
    PresenceFrame,
    ProfileFrame,
    TypingFrame,
)
from tests.fixtures.cutting import Relay
from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import Person, Persons
from tests.fixtures.scenes import eventually, heard, raw, refused
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


NO_MARKS, NO_TYPING, NOT_SEEN = Privacy(read_marks=False), Privacy(typing=False), Privacy(last_seen=False)


async def show(person: Person, privacy: Privacy) -> None:
    """Choose what to show of oneself."""
    await person.people.set_preferences(Preferences(privacy=privacy))


async def quiet(chat: Chat, kind: type[object], act: Callable[[], object], turns: int = 12) -> None:
    """Whatever is done again and again for a while, no notice of this kind comes."""

    async def listen() -> None:
        notice = await chat.notices.next(kind, 60)
        raise AssertionError(f"{notice} should not have come")

    listening = asyncio.create_task(listen())
    try:
        for _ in range(turns):
            act()
            await asyncio.sleep(0.1)
            assert not listening.done(), listening.exception()
    finally:
        listening.cancel()


async def test_marks_are_told_to_the_others_and_listed(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    sent = await anna.messages.send(talk.id, "seen?")
    async with anna.chat() as annas:
        await ben.conversations.mark(talk.id, delivered_seq=sent.seq)
        told = await annas.notices.next(CursorFrame, 5, lambda frame: frame.delivered_seq == sent.seq)
        assert told.account == ben.account_id
        assert told.read_seq < sent.seq
        await ben.conversations.mark(talk.id, read_seq=sent.seq)
        await annas.notices.next(CursorFrame, 5, lambda frame: frame.read_seq == sent.seq)
    marks = {mark.account: mark for mark in await anna.conversations.marks(talk.id).all()}
    assert (marks[ben.account_id].read_seq, marks[ben.account_id].delivered_seq) == (sent.seq, sent.seq)
    assert marks[anna.account_id].read_seq == sent.seq


async def test_who_hides_their_marks_is_not_told_and_does_not_see_those_of_others(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    await show(ben, NO_MARKS)

    async def sees(person: Person) -> set[str]:
        return {mark.account for mark in await person.conversations.marks(talk.id).all()}

    async def hidden() -> bool:
        return await sees(anna) == {anna.account_id} and await sees(ben) == {ben.account_id}

    await eventually(hidden)
    sent = [await anna.messages.send(talk.id, f"{number}") for number in range(12)]
    seqs = iter([each.seq for each in sent])
    async with anna.chat() as annas, ben.chat() as bens:
        marking: list[asyncio.Task[None]] = []
        mark = bens.mark
        await quiet(
            annas,
            CursorFrame,
            lambda: marking.append(asyncio.create_task(mark(talk.id, read_seq=next(seqs)))),
        )
        await asyncio.gather(*marking)
    assert (await ben.conversations.get(talk.id)).unread == 0


async def test_typing_is_told_to_the_others_and_to_nobody_who_hides_it(persons: Persons) -> None:
    anna, ben, shy = await persons.several("anna", "ben", "shy")
    group = await anna.conversations.group("Typing", [ben.account_id, shy.account_id])
    await show(shy, NO_TYPING)
    async with anna.chat() as annas, ben.chat() as bens, shy.chat() as shys:
        bens.typing(group.id)
        on = await annas.notices.next(TypingFrame, 5)
        assert (on.conversation, on.account, on.on) == (group.id, ben.account_id, True)
        bens.typing(group.id, on=False)
        await annas.notices.next(TypingFrame, 5, lambda frame: not frame.on)
        await quiet(annas, TypingFrame, lambda: shys.typing(group.id))


async def test_presence_tells_those_who_watch_when_somebody_comes_and_goes(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    await anna.conversations.direct(ben.account_id)
    async with anna.chat() as annas:
        await annas.watch([ben.account_id])
        first = await annas.notices.next(PresenceFrame, 5)
        assert (first.account, first.online) == (ben.account_id, False)
        async with ben.chat():
            assert (await annas.notices.next(PresenceFrame, 5)).online
        gone = await annas.notices.next(PresenceFrame, 8)
        assert (gone.online, gone.last_seen_at is not None) == (False, True)
        await annas.watch([])


async def test_presence_shows_only_people_one_has_to_do_with_who_show_it(persons: Persons) -> None:
    anna, ben, shy, eve, foe = await persons.several("anna", "ben", "shy", "eve", "foe")
    for other in (ben, shy, foe):
        await anna.conversations.direct(other.account_id)
    await show(shy, NOT_SEEN)
    await foe.people.block(anna.account_id)
    everybody = [person.account_id for person in (ben, shy, eve, foe)]
    async with ben.chat(), shy.chat(), eve.chat(), foe.chat(), anna.chat() as annas:

        async def shown() -> set[str]:
            await annas.watch(everybody)
            found: set[str] = set()
            while True:
                try:
                    found.add((await annas.notices.next(PresenceFrame, 0.3, lambda frame: frame.online)).account)
                except TimeoutError:
                    return found

        async def only_ben() -> bool:
            return await shown() == {ben.account_id}

        await eventually(only_ben)
        await anna.people.befriend(eve.account_id)
        await eve.people.accept_friend(anna.account_id)
        await annas.notices.next(PresenceFrame, 5, lambda frame: frame.account == eve.account_id and frame.online)
        await show(anna, NOT_SEEN)
        left = await annas.notices.next(PresenceFrame, 5, lambda frame: frame.account == ben.account_id)
        assert not left.online
        assert await shown() == set()


async def test_own_devices_hear_of_own_changes_and_others_of_ones_profile(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    phone = await persons.another_device(anna)
    await anna.conversations.direct(ben.account_id)
    async with phone.chat() as phones, ben.chat() as bens:
        await anna.people.change_me(display_name="Anna B.")
        assert (await bens.notices.next(ProfileFrame, 5)).account == anna.account_id
        await phones.notices.next(AccountFrame, 5, lambda frame: "profile" in frame.what)
        await show(anna, NO_TYPING)
        await phones.notices.next(AccountFrame, 5, lambda frame: "preferences" in frame.what)
        await anna.people.befriend(ben.account_id)
        await bens.notices.next(AccountFrame, 5, lambda frame: "friends" in frame.what)
        await anna.people.block(ben.account_id)
        await phones.notices.next(AccountFrame, 5, lambda frame: "blocks" in frame.what)


async def test_pages_go_both_ways_over_http_and_socket_and_shown_ones_say_what_they_cover(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    group = await anna.conversations.group("Pages", [ben.account_id])
    for number in range(10):
        sent = await anna.messages.send(group.id, f"{number}")
        await anna.messages.react(group.id, sent.event_id, "👍")
    head = 3 + 20
    async with ben.chat() as bens:
        for page in (
            await ben.messages.page(group.id, after=3, limit=5),
            await bens.read(group.id, after=3, limit=5),
        ):
            assert [event.seq for event in page.events] == [4, 5, 6, 7, 8]
            assert (page.from_seq, page.to_seq, page.head_seq, page.more) == (4, 8, head, True)
        for page in (
            await ben.messages.page(group.id, before=8, limit=5),
            await bens.read(group.id, before=8, limit=5),
        ):
            assert [event.seq for event in page.events] == [3, 4, 5, 6, 7]
            assert (page.from_seq, page.to_seq, page.more) == (3, 7, True)
    covered, seqs = head + 1, list[int]()
    while True:
        page = await ben.messages.page(group.id, before=covered, limit=4, shown=True)
        assert page.to_seq == covered - 1
        assert all(event.kind not in {"reaction", "edit", "delete"} for event in page.events)
        seqs = [event.seq for event in page.events] + seqs
        covered = page.from_seq
        if not page.more:
            break
    assert covered == 1
    assert seqs == [1, 2, 3, *range(4, head, 2)]
    last = await ben.messages.page(group.id, after=head)
    assert (last.events, last.more, last.head_seq) == ([], False, head)
    with refused(Code.INVALID):
        await ben.messages.page(group.id, after=1, before=5)


async def test_a_sync_token_brings_each_change_after_it_and_never_skips_one(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    phone = await persons.another_device(ben)
    groups = [(await anna.conversations.group(f"G{number}", [ben.account_id])).id for number in range(5)]
    start = await ben.conversations.sync()
    assert {head.conversation for head in start.heads} == set(groups)
    heads = {head.conversation: head.seq for head in start.heads}
    token = start.token
    sending = asyncio.gather(*(anna.messages.send(groups[number % 5], f"{number}") for number in range(100)))
    while not sending.done():
        page = await ben.conversations.sync(token)
        heads |= {head.conversation: head.seq for head in page.heads}
        token = page.token
    sent = await sending
    page = await ben.conversations.sync(token)
    heads |= {head.conversation: head.seq for head in page.heads}
    assert heads == {group: max(each.seq for each in sent if each.conversation == group) for group in groups}
    assert (await ben.conversations.sync(page.token)).heads == []
    await phone.conversations.mark(groups[2], read_seq=5)
    marked = await ben.conversations.sync(page.token)
    assert [head.conversation for head in marked.heads] == [groups[2]]
    await anna.conversations.remove(groups[3], ben.account_id)
    left = await ben.conversations.sync(marked.token)
    assert (left.removed, left.heads) == ([groups[3]], [])
    assert (await ben.conversations.sync(marked.token)).removed == [groups[3]]
    async with raw(ben) as http:
        wrong = await http.get("/v1/sync", params={"token": "bm90IG9uZQ"})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "chat.sync_token_invalid")


async def test_after_a_cut_everything_comes_once_and_in_order_and_what_was_being_sent_stands_once(
    deployment: Deployment,
) -> None:
    async with Relay(deployment.ports.public["gateway"]) as relay, Persons(relay.url) as persons:
        anna, ben = await persons.several("anna", "ben")
        talk = await anna.conversations.direct(ben.account_id)
        async with anna.chat() as annas, ben.chat() as bens:
            for turn in range(4):
                await until(lambda: relay.carrying >= 2)
                await asyncio.gather(annas.connected(), bens.connected())
                sending = [asyncio.create_task(annas.send(talk.id, f"{turn}-{number}")) for number in range(30)]
                await sending[turn * 7]
                relay.cut()
                await asyncio.gather(*sending)
            assert relay.cuts >= 8
            wanted = [f"{turn}-{number}" for turn in range(4) for number in range(30)]
            seen = [text_of(await bens.next_event()) for _ in wanted]
            assert sorted(map(str, seen)) == sorted(wanted)
            await bens.notices.next(Disconnected, 5)
        log = [text async for event in ben.messages.history(talk.id) if (text := text_of(event))]
        assert log == seen


async def test_a_device_that_was_away_gets_what_it_missed_by_its_saved_state(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    async with ben.chat() as bens:
        await anna.messages.send(talk.id, "one")
        await heard(bens, "one")
        state = bens.state()
    await anna.messages.send(talk.id, "two")
    group = await anna.conversations.group("New", [ben.account_id])
    await anna.messages.send(group.id, "three")
    async with ben.chat(state) as again:
        missed = [await again.next_event() for _ in range(5)]
        assert [text_of(event) for event in missed if event.conversation == talk.id] == ["two"]
        assert [text_of(event) for event in missed if event.conversation == group.id] == [None, None, None, "three"]


async def test_what_was_not_acknowledged_when_a_program_ended_is_sent_by_its_next_start_and_stands_once(
    deployment: Deployment,
) -> None:
    async with Relay(deployment.ports.public["gateway"]) as relay, Persons(relay.url) as persons:
        anna, ben = await persons.several("anna", "ben")
        talk = await anna.conversations.direct(ben.account_id)
        async with anna.chat() as annas:
            relay.open = False
            relay.cut()
            await annas.notices.next(Disconnected, 5)
            sending = [
                asyncio.create_task(annas.send(talk.id, f"text {number}", client_id=f"c{number}"))
                for number in range(3)
            ]
            await asyncio.sleep(0)
        assert all(isinstance(lost, ConnectionLost) for lost in await asyncio.gather(*sending, return_exceptions=True))
        state = annas.state()
        assert [unsent.frame.client_id for unsent in state.unsent] == ["c0", "c1", "c2"]
        relay.open = True
        arrived = await anna.messages.send(talk.id, "text 0", client_id="c0")
        async with anna.chat(state) as again:
            for number in range(3):
                told = await again.notices.next(Acknowledged, 5)
                assert told.client_id == f"c{number}"
                assert (told.answer.seq == arrived.seq) == (number == 0)
        assert [text_of(event) async for event in ben.messages.history(talk.id, after=3)] == [
            f"text {number}" for number in range(3)
        ]


async def test_logging_out_ends_ones_socket_for_good(persons: Persons) -> None:
    anna = await persons.sign_up("anna")
    async with anna.chat() as annas:
        other = await persons.another_device(anna)
        own = next(session for session in await other.auth.sessions().all() if not session.current)
        await other.auth.end_session(own.id)
        with pytest.raises(SocketEnded) as ended:
            await annas.next_event(2)
        assert ended.value.code == 4401
