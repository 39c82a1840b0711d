"""Messages: sending once, changing, deleting, answering, reacting, mentioning."""

import asyncio
import json

import pytest
from msgspec import Raw

from secureconnect.client import text_of
from secureconnect.contracts.errors import Code
from secureconnect.contracts.events import Envelope
from tests.fixtures.persons import Person, Persons
from tests.fixtures.scenes import Json, body_of, done_soon, heard, raw, refusal, refused, refused_soon, texts_of

pytestmark = pytest.mark.anyio

NOWHERE = "01890a5d-ac96-774b-bcce-b302099a8057"


def message(client_id: str, text: str, **more: object) -> Json:
    """A message as it is sent by hand."""
    envelope = {"v": 1, "scheme": "plain", "body": {"text": text}}
    return {"client_id": client_id, "envelope": envelope, **more}


async def everything(person: Person, conversation: str) -> str:
    """All that a person can read of a conversation, by every way there is, as text."""
    async with raw(person) as http:
        paths = [f"/events?after=0&limit=200{shown}" for shown in ("", "&shown=true")]
        answers = [await http.get(f"/v1/conversations/{conversation}{path}") for path in ["", *paths, "/mentions"]]
        answers.append(await http.get("/v1/conversations"))
    found = [answer.text for answer in answers]
    async with person.chat(start="beginning") as chat:
        page = await chat.read(conversation, after=0)
        live = [await chat.next_event() for _ in range(page.head_seq)]
    return "\n".join([*found, *(str(bytes(event.body)) for event in [*page.events, *live])])


async def test_the_same_client_id_is_one_message_for_ever_however_it_is_sent_again(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    path = f"/v1/conversations/{talk.id}/messages"
    async with raw(anna) as http:
        first, *others = await asyncio.gather(*(http.post(path, json=message("c1", "once")) for _ in range(5)))
        later = await http.post(path, json=message("c1", "once"))
    assert sorted(answer.status_code for answer in [first, *others, later]) == [200] * 5 + [201]
    assert len({answer.text for answer in [first, *others, later]}) == 1
    async with anna.chat() as annas:
        sent = await annas.send(talk.id, "once", client_id="c1")
        assert sent.seq == first.json()["seq"]
        with refused(Code.CHAT_CLIENT_ID_REUSED):
            await annas.send(talk.id, "twice", client_id="c1")
    with refused(Code.CHAT_CLIENT_ID_REUSED):
        await anna.messages.send(talk.id, "once", client_id="c1", mentions=[ben.account_id])
    assert await texts_of(ben, talk.id) == ["once"]


async def test_a_client_id_belongs_to_its_device_and_conversation(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    phone = await persons.another_device(anna)
    talk = await anna.conversations.direct(ben.account_id)
    group = await anna.conversations.group("Other", [ben.account_id])
    await anna.messages.send(talk.id, "one", client_id="c1")
    await phone.messages.send(talk.id, "two", client_id="c1")
    await ben.messages.send(talk.id, "three", client_id="c1")
    await anna.messages.send(group.id, "four", client_id="c1")
    assert await texts_of(ben, talk.id) == ["one", "two", "three"]
    assert await texts_of(ben, group.id) == ["four"]


async def test_the_senders_devices_and_the_others_hear_a_message_with_who_sent_it_from_where(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    phone = await persons.another_device(anna)
    talk = await anna.conversations.direct(ben.account_id)
    async with anna.chat() as annas, phone.chat() as phones, ben.chat() as bens:
        sent = await annas.send(talk.id, "hello", client_id="c1")
        for chat in (annas, phones, bens):
            event = await heard(chat, "hello")
            assert (event.event_id, event.seq, event.sent_at) == (sent.event_id, sent.seq, sent.sent_at)
            assert (event.sender, event.device) == (anna.account_id, anna.session.device_id)
            assert event.client_id == "c1"


async def test_an_edit_replaces_the_text_everywhere_and_the_earlier_text_is_nowhere(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    group = await anna.conversations.group("Edits", [ben.account_id])
    sent = await anna.messages.send(group.id, "firstwords", mentions=[ben.account_id])
    await ben.messages.send(group.id, "between")
    async with ben.chat() as bens:
        await anna.messages.edit(group.id, sent.event_id, "secondwords")
        live = await bens.next_event()
        assert (live.kind, body_of(live)["message"]) == ("edit", sent.event_id)
        assert body_of(live)["envelope"]["body"] == {"text": "secondwords"}
    await anna.messages.edit(group.id, sent.event_id, "thirdwords")
    shown = [event async for event in ben.messages.history(group.id) if event.event_id == sent.event_id]
    assert [text_of(event) for event in shown] == ["thirdwords"]
    assert body_of(shown[0])["edited_at"] >= sent.sent_at
    read = await everything(ben, group.id)
    assert "thirdwords" in read
    assert "firstwords" not in read
    assert "secondwords" not in read


async def test_a_deleted_message_leaves_its_place_and_none_of_its_words(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    group = await anna.conversations.group("Deletes", [ben.account_id])
    sent = await anna.messages.send(group.id, "firstwords", mentions=[ben.account_id])
    await ben.messages.react(group.id, sent.event_id, "👍")
    await anna.messages.edit(group.id, sent.event_id, "secondwords")
    async with ben.chat() as bens:
        await anna.messages.delete(group.id, sent.event_id)
        live = await bens.next_event()
        assert (live.kind, body_of(live)["message"]) == ("delete", sent.event_id)
    await anna.messages.delete(group.id, sent.event_id)
    events = [event async for event in ben.messages.history(group.id)]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    stone = body_of(next(event for event in events if event.event_id == sent.event_id))
    assert stone["envelope"] is None
    assert stone["deleted_at"] >= sent.sent_at
    for reader in (ben, anna):
        read = await everything(reader, group.id)
        assert "words" not in read
    for act in (
        anna.messages.edit(group.id, sent.event_id, "again"),
        ben.messages.react(group.id, sent.event_id, "🎉"),
    ):
        assert await refusal(act) is Code.CHAT_DELETED


async def test_only_its_sender_changes_a_message_and_only_a_message_is_changed(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    group = await anna.conversations.group("Mine", [ben.account_id])
    sent = await ben.messages.send(group.id, "bens")
    with refused(Code.CHAT_NOT_YOURS):
        await anna.messages.edit(group.id, sent.event_id, "annas")
    with refused(Code.CHAT_NOT_YOURS):
        await anna.messages.delete(group.id, sent.event_id)
    opening = (await anna.messages.page(group.id)).events[0]
    for event in (opening.event_id, NOWHERE, "x"):
        for act in (anna.messages.edit(group.id, event, "x"), anna.messages.delete(group.id, event)):
            assert await refusal(act) is Code.CHAT_EVENT_NOT_FOUND
    assert await texts_of(anna, group.id) == ["bens"]


async def test_an_edit_and_a_deletion_sent_again_are_done_once(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    sent = await anna.messages.send(talk.id, "first")
    edit = await anna.messages.edit(talk.id, sent.event_id, "second", client_id="e1")
    assert await anna.messages.edit(talk.id, sent.event_id, "second", client_id="e1") == edit
    with refused(Code.CHAT_CLIENT_ID_REUSED):
        await anna.messages.edit(talk.id, sent.event_id, "third", client_id="e1")
    for _ in range(2):
        await anna.messages.delete(talk.id, sent.event_id, client_id="d1")
    kinds = [event.kind async for event in ben.messages.history(talk.id)]
    assert kinds[3:] == ["message", "edit", "delete"]


async def test_a_reply_names_what_it_answers(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    question = await anna.messages.send(talk.id, "when?")
    async with anna.chat() as annas, ben.chat() as bens:
        await bens.send(talk.id, "at eight", reply_to=question.event_id)
        assert body_of(await heard(annas, "at eight"))["reply_to"] == question.event_id
    with refused(Code.CHAT_EVENT_NOT_FOUND):
        await ben.messages.send(talk.id, "what?", reply_to=NOWHERE)
    other = await anna.conversations.group("Other", [ben.account_id])
    with refused(Code.CHAT_EVENT_NOT_FOUND):
        await ben.messages.send(other.id, "what?", reply_to=question.event_id)


async def test_reactions_are_counted_once_for_each_person_and_emoji(persons: Persons) -> None:
    anna, ben, cleo = await persons.several("anna", "ben", "cleo")
    group = await anna.conversations.group("React", [ben.account_id, cleo.account_id])
    sent = await anna.messages.send(group.id, "news")
    async with cleo.chat() as cleos:
        for person, emoji in ((ben, "👍"), (ben, "👍"), (cleo, "👍"), (ben, "🎉")):
            await person.messages.react(group.id, sent.event_id, emoji)
        await ben.messages.react(group.id, sent.event_id, "🎉", on=False)
        told = [body_of(await cleos.next_event()) for _ in range(4)]
    assert [(each["emoji"], each["on"]) for each in told] == [("👍", True), ("👍", True), ("🎉", True), ("🎉", False)]

    async def seen(person: Person) -> object:
        page = await person.messages.page(group.id, after=sent.seq - 1, limit=1)
        return body_of(page.events[0])["reactions"]

    assert await seen(ben) == [{"emoji": "👍", "count": 2, "mine": True}]
    assert await seen(anna) == [{"emoji": "👍", "count": 2, "mine": False}]
    reactors = {(row.account, row.emoji) for row in await anna.messages.reactions(group.id, sent.event_id).all()}
    assert reactors == {(ben.account_id, "👍"), (cleo.account_id, "👍")}
    for wrong in ("ok", "👍👍", " "):
        with refused(Code.CHAT_REACTION_INVALID):
            await ben.messages.react(group.id, sent.event_id, wrong)


async def test_mentions_name_members_and_all_only_by_who_leads(persons: Persons) -> None:
    anna, ben, eve = await persons.several("anna", "ben", "eve")
    group = await anna.conversations.group("Mentions", [ben.account_id])
    first = await anna.messages.send(group.id, "you", mentions=[ben.account_id])
    second = await anna.messages.send(group.id, "all of you", mentions=["all"])
    await anna.messages.send(group.id, "nobody")
    for person, wrong in ((anna, eve.account_id), (ben, "all"), (ben, NOWHERE)):
        with refused(Code.CHAT_MENTION_INVALID):
            await person.messages.send(group.id, "you", mentions=[wrong])
    found = await ben.conversations.mentions(group.id).all()
    assert [event.seq for event in found] == [second.seq, first.seq]
    assert body_of(found[1])["mentions"] == [ben.account_id]
    assert await anna.conversations.mentions(group.id).all() == []
    await anna.messages.delete(group.id, second.event_id)
    assert [event.seq for event in await ben.conversations.mentions(group.id).all()] == [first.seq]


async def test_a_plain_conversation_takes_plain_envelopes_of_limited_size_and_keeps_unknown_content(
    persons: Persons,
) -> None:
    anna, ben = await persons.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    path = f"/v1/conversations/{talk.id}/messages"
    odd = {"text": "", "poll": {"question": "when?", "answers": [1, 2.5, None]}}
    async with raw(anna) as http:
        kept = await http.post(path, json={"client_id": "odd", "envelope": {"v": 7, "scheme": "plain", "body": odd}})
        assert kept.status_code == 201
        mls = {"client_id": "mls", "envelope": {"v": 1, "scheme": "mls", "body": "AAAA"}}
        assert (await http.post(path, json=mls)).json()["code"] == "chat.scheme_invalid"
        large = await http.post(path, json=message("large", "x" * 65_536))
        assert (large.status_code, large.json()["code"]) == (413, "chat.message_too_large")
        for wrong in ({"v": 1}, {"v": 0, "scheme": "plain", "body": {}}, {"v": 1, "scheme": "plain"}):
            assert (await http.post(path, json={"client_id": "w", "envelope": wrong})).status_code == 422
        unknown = await http.post(path, json=message("u", "u", colour="red"))
        assert unknown.status_code == 422
    event = (await ben.messages.page(talk.id, after=3)).events[0]
    assert body_of(event)["envelope"] == {"v": 7, "scheme": "plain", "body": odd}
    assert text_of(event) is None


async def test_an_envelope_comes_back_byte_for_byte(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    body = json.dumps({"text": 'žluťoučký kůň 🐎 \u2028 \u0000 \\ "', "n": 1.10, "big": 12345678901234567890})
    async with ben.chat() as bens:
        sent = await anna.messages.send(talk.id, Envelope(1, "plain", Raw(body.encode())))
        live = await bens.next_event()
    read = (await ben.messages.page(talk.id, after=sent.seq - 1)).events[0]
    for event in (live, read):
        assert body.encode() in bytes(event.body)


async def test_a_burst_from_two_sides_stands_in_one_order_that_all_see(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    async with anna.chat(start="beginning") as annas, ben.chat(start="beginning") as bens:
        await asyncio.gather(
            *(annas.send(talk.id, f"a{number}") for number in range(100)),
            *(bens.send(talk.id, f"b{number}") for number in range(100)),
        )
        seen = [[text_of(await chat.next_event()) for _ in range(203)] for chat in (annas, bens)]
    log = [text_of(event) async for event in anna.messages.history(talk.id)]
    assert seen == [log, log]
    for side in "ab":
        assert [text for text in log if text and text[0] == side] == [f"{side}{number}" for number in range(100)]


async def test_a_blocked_direct_conversation_takes_nothing_from_either_side_and_keeps_its_history(
    persons: Persons,
) -> None:
    anna, ben = await persons.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    sent = await anna.messages.send(talk.id, "before")
    await anna.people.block(ben.account_id)
    await refused_soon(Code.CHAT_BLOCKED, lambda: ben.messages.send(talk.id, "let me"))
    async with anna.chat() as annas:
        with refused(Code.CHAT_BLOCKED):
            await annas.send(talk.id, "hello?")
    for act in (ben.messages.react(talk.id, sent.event_id, "👍"), anna.messages.edit(talk.id, sent.event_id, "after")):
        assert await refusal(act) is Code.CHAT_BLOCKED
    assert "before" in await texts_of(ben, talk.id)
    seen = await ben.conversations.get(talk.id)
    assert seen.peer is not None
    assert seen.peer.blocked
    await anna.people.unblock(ben.account_id)
    await done_soon(Code.CHAT_BLOCKED, lambda: ben.messages.send(talk.id, "after"))
    assert (await texts_of(anna, talk.id))[-1] == "after"
