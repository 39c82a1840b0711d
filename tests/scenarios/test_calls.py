"""Calls: ringing, answering, talking, ending, and who may do what."""

import asyncio
import json
from contextlib import suppress

import pytest

from secureconnect.client import ServerFault
from secureconnect.client.frames import AnswerReceived, CandidateReceived, KeyReceived, OfferReceived
from secureconnect.client.signaling import SignalKind
from secureconnect.contracts.auth import Preferences, Privacy
from secureconnect.contracts.errors import Code
from secureconnect.contracts.frames import CallRing
from tests.fixtures.persons import Person, Persons
from tests.fixtures.phones import Phone, phones, standing
from tests.fixtures.scenes import Json, body_of, eventually, raw, refusal, refused, refused_soon

pytestmark = pytest.mark.anyio

NOWHERE = "01890a5d-ac96-774b-bcce-b302099a8057"


async def call_events(person: Person, conversation: str, count: int) -> list[Json]:
    """What calls left in a conversation's log, once there is so much."""
    found: list[Json] = []

    async def are_there() -> bool:
        found[:] = [body_of(event) async for event in person.messages.history(conversation) if event.kind == "call"]
        return len(found) >= count

    await eventually(are_there)
    return found


async def test_all_devices_ring_on_both_sockets_and_stop_when_one_of_them_accepts(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    tablet = await persons.another_device(ben)
    talk = await anna.conversations.direct(ben.account_id)
    async with phones(anna, ben, tablet) as (annas, bens, tablets):
        call = await annas.signaling.invite(talk.id, "video")
        assert (call.state, call.media, call.from_) == ("ringing", "video", anna.account_id)
        for phone in (bens, tablets):
            ring = await phone.rings(call.call)
            assert (ring.conversation, ring.from_, ring.media) == (talk.id, anna.account_id, "video")
        answered = await bens.signaling.accept(call.call)
        assert answered.state == "active"
        assert standing(answered) == {annas.device: "joined", bens.device: "joined"}
        assert await tablets.stops(call.call) == "accepted"
        assert (await annas.hears(call.call, "active")).answered_at is not None
        with refused(Code.VIDEO_WRONG_STATE):
            await tablets.signaling.accept(call.call)
        await annas.signaling.hangup(call.call)
        for phone in (bens, tablets):
            ended = await phone.hears(call.call, "ended")
            assert ended.reason == "hangup"
    started, ended = await call_events(ben, talk.id, 2)
    assert (started["change"], started["call"], started["media"]) == ("started", call.call, "video")
    assert (ended["change"], ended["call"]) == ("ended", call.call)
    assert ended["duration_ms"] >= 0


async def test_a_device_that_connects_while_it_rings_rings_too(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    async with phones(anna) as (annas,):
        call = await annas.signaling.invite(talk.id)
        async with phones(ben) as (bens,):
            assert (await bens.rings(call.call, 8)).call == call.call
            await bens.signaling.accept(call.call)
            await annas.hears(call.call, "active")
            await bens.signaling.hangup(call.call)
            await annas.hears(call.call, "ended")


async def test_declining_on_one_device_ends_the_ring_on_all_and_tells_the_caller(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    tablet = await persons.another_device(ben)
    talk = await anna.conversations.direct(ben.account_id)
    async with phones(anna, ben, tablet) as (annas, bens, tablets):
        call = await annas.signaling.invite(talk.id)
        await tablets.rings(call.call)
        assert (await bens.signaling.decline(call.call)).reason == "declined"
        assert await tablets.stops(call.call) == "declined"
        assert (await annas.hears(call.call, "ended")).reason == "declined"
        again = await bens.signaling.decline(call.call)
        assert again.reason == "declined"
    assert [event["change"] for event in await call_events(anna, talk.id, 2)] == ["started", "ended"]


async def test_a_caller_who_hangs_up_before_an_answer_cancels_and_leaves_a_missed_call(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    async with phones(anna, ben) as (annas, bens):
        call = await annas.signaling.invite(talk.id)
        await bens.rings(call.call)
        await annas.signaling.hangup(call.call)
        assert await bens.stops(call.call) == "cancelled"
        assert (await bens.hears(call.call, "ended")).reason == "cancelled"
        with refused(Code.VIDEO_WRONG_STATE):
            await bens.signaling.accept(call.call)
    assert [event["change"] for event in await call_events(ben, talk.id, 2)] == ["started", "missed"]


async def test_who_is_in_a_call_is_busy_for_others_and_begins_no_second_one(persons: Persons) -> None:
    anna, ben, cleo = await persons.several("anna", "ben", "cleo")
    talk = await anna.conversations.direct(ben.account_id)
    other = await cleo.conversations.direct(ben.account_id)
    async with phones(anna, ben, cleo) as (annas, bens, cleos):
        call = await annas.signaling.invite(talk.id)
        await bens.signaling.accept(call.call)
        busy = await cleos.signaling.invite(other.id)
        assert (busy.state, busy.reason) == ("ended", "busy")
        with refused(Code.VIDEO_BUSY):
            await bens.signaling.invite(other.id)
        await bens.signaling.hangup(call.call)
        await annas.hears(call.call, "ended")
        again = await cleos.signaling.invite(other.id)
        assert again.state == "ringing"
        await cleos.signaling.hangup(again.call)
    assert [event["change"] for event in await call_events(ben, other.id, 3)] == ["missed", "started", "missed"]


async def test_two_who_ring_each_other_get_one_call_that_is_answered(persons: Persons) -> None:
    anna, ben = await persons.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    async with phones(anna, ben) as (annas, bens):
        one, other = await asyncio.gather(annas.signaling.invite(talk.id), bens.signaling.invite(talk.id))
        assert one.call == other.call
        call = await anna.calls.get(one.call)
        assert call.state == "active"
        assert {part.device for part in call.participants} == {annas.device, bens.device}
        await annas.signaling.hangup(one.call)
    assert [event["change"] for event in await call_events(ben, talk.id, 2)] == ["started", "ended"]


async def test_one_call_lives_in_a_conversation_and_its_members_join_it(persons: Persons) -> None:
    anna, ben, cleo = await persons.several("anna", "ben", "cleo")
    group = await anna.conversations.group("Meeting", [ben.account_id, cleo.account_id])
    async with phones(anna, ben, cleo) as (annas, bens, cleos):
        call = await annas.signaling.invite(group.id, "video")
        async with raw(cleo) as http:
            again = await http.post("/v1/calls", json={"conversation": group.id, "media": "audio"})
            assert (again.status_code, again.json()["id"], again.json()["media"]) == (200, call.call, "video")
        await bens.signaling.accept(call.call)
        row = await cleo.conversations.get(group.id)
        assert row.live_call is not None
        assert (row.live_call.call, row.live_call.media) == (call.call, "video")
        await cleos.signaling.decline(call.call)
        joined = await cleos.signaling.join(call.call)
        assert set(standing(joined)) == {annas.device, bens.device, cleos.device}
        await annas.signaling.hangup(call.call)
        await bens.hears_of(call.call, annas.device, "left")
        assert [found.id async for found in anna.calls.list("active")] == [call.call]
        back = await annas.signaling.join(call.call)
        assert standing(back)[annas.device] == "joined"
        for phone in (annas, bens, cleos):
            await phone.signaling.hangup(call.call)
        await annas.hears(call.call, "ended")
    assert (await cleo.conversations.get(group.id)).live_call is None
    assert [found.id async for found in ben.calls.list("ended")] == [call.call]
    assert [found.id async for found in ben.calls.list("ringing")] == []


async def test_a_mesh_takes_four_devices_and_no_fifth(persons: Persons) -> None:
    people = await persons.several("anna", "ben", "cleo", "dora", "emil")
    group = await people[0].conversations.group("Mesh", [person.account_id for person in people[1:]])
    async with phones(*people) as found:
        call = await found[0].signaling.invite(group.id)
        for phone in found[1:4]:
            await phone.signaling.accept(call.call)
        for act in (found[4].signaling.accept(call.call), found[4].signaling.join(call.call)):
            assert await refusal(act) is Code.VIDEO_FULL
        await found[1].signaling.hangup(call.call)
        joined = await found[4].signaling.join(call.call)
        assert sorted(standing(joined).values()).count("joined") == 4


async def say(phone: Phone, kind: SignalKind, call: str, to: str, payload: object = "sdp") -> Code | None:
    """Send a signal; the refusal, if there is one."""
    return await refusal(phone.signaling.signal(kind, call, to, payload))


async def test_signals_pass_only_between_devices_that_have_accepted_and_to_the_one_they_name(
    persons: Persons,
) -> None:
    anna, ben, eve = await persons.several("anna", "ben", "eve")
    tablet = await persons.another_device(ben)
    talk = await anna.conversations.direct(ben.account_id)
    async with phones(anna, ben, tablet, eve) as (annas, bens, tablets, eves):
        call = (await annas.signaling.invite(talk.id)).call
        await bens.rings(call)
        assert await say(annas, "offer", call, bens.device) is Code.VIDEO_NOT_ACCEPTED
        assert await say(bens, "candidate", call, annas.device) is Code.VIDEO_NOT_ACCEPTED
        assert await say(eves, "offer", call, annas.device) is Code.VIDEO_CALL_NOT_FOUND
        await bens.signaling.accept(call)
        payload = {"type": "offer", "sdp": "v=0\r\n…", "n": [1, None, "ž"]}
        assert await say(annas, "offer", call, bens.device, payload) is None
        offer = await bens.signaling.next_notice(OfferReceived)
        assert (offer.call, offer.from_) == (call, annas.device)
        assert json.loads(bytes(offer.payload)) == payload
        assert await say(bens, "answer", call, annas.device) is None
        assert await say(bens, "candidate", call, annas.device, {"candidate": "a"}) is None
        assert await say(bens, "key", call, annas.device) is None
        for kind in (AnswerReceived, CandidateReceived, KeyReceived):
            assert (await annas.signaling.next_notice(kind)).from_ == bens.device
        for to in (tablets.device, eves.device, annas.device, NOWHERE):
            assert await say(annas, "offer", call, to) is Code.VIDEO_NOT_ACCEPTED
        assert await say(tablets, "offer", call, annas.device) is Code.VIDEO_NOT_ACCEPTED
        assert await say(eves, "candidate", call, annas.device) is Code.VIDEO_CALL_NOT_FOUND
        with refused(Code.VIDEO_SIGNAL_TOO_LARGE):
            await annas.signaling.signal("offer", call, bens.device, "x" * 70_000)
        with pytest.raises(TimeoutError):
            await tablets.signaling.next_notice(OfferReceived, 0.2)
        await annas.signaling.hangup(call)
        assert await say(bens, "candidate", call, annas.device) in {Code.VIDEO_CALL_NOT_FOUND, Code.VIDEO_NOT_ACCEPTED}


async def test_a_strangers_call_is_not_there(persons: Persons) -> None:
    anna, ben, eve = await persons.several("anna", "ben", "eve")
    talk = await anna.conversations.direct(ben.account_id)
    async with phones(anna, ben, eve) as (annas, _, eves):
        call = (await annas.signaling.invite(talk.id)).call
        assert await refusal(eves.signaling.invite(talk.id)) is Code.CHAT_NOT_A_MEMBER
        assert await refusal(eve.calls.start(NOWHERE)) is Code.CHAT_NOT_A_MEMBER
        for name in (call, NOWHERE, "x"):
            for act in (
                eve.calls.get(name),
                eve.calls.accept(name),
                eve.calls.join(name),
                eve.calls.decline(name),
                eve.calls.hangup(name),
                eves.signaling.accept(name),
                eves.signaling.hangup(name),
            ):
                assert await refusal(act) is Code.VIDEO_CALL_NOT_FOUND
        assert await eve.calls.list().all() == []
        assert (await anna.calls.get(call)).state == "ringing"


async def test_nobody_rings_whom_they_may_not(persons: Persons) -> None:
    anna, ben, shy = await persons.several("anna", "ben", "shy")
    talk = await anna.conversations.direct(ben.account_id)
    quiet = await anna.conversations.direct(shy.account_id)
    group = await anna.conversations.group("All", [ben.account_id, shy.account_id])
    await shy.people.set_preferences(Preferences(privacy=Privacy(ring="friends")))
    await refused_soon(Code.CHAT_NOT_ACCEPTED, lambda: ring_and_stop(anna, quiet.id))
    await anna.people.befriend(shy.account_id)
    await shy.people.accept_friend(anna.account_id)
    await ring_and_stop(anna, quiet.id)
    await anna.people.unfriend(shy.account_id)
    await ben.people.block(anna.account_id)
    await refused_soon(Code.CHAT_BLOCKED, lambda: ring_and_stop(anna, talk.id))
    async with phones(anna, ben, shy) as (annas, bens, shys):
        call = await annas.signaling.invite(group.id)
        assert {one.account for one in call.participants} == {anna.account_id}
        for phone in (bens, shys):
            with pytest.raises(TimeoutError):
                await phone.signaling.next_notice(CallRing, 0.2)


async def ring_and_stop(person: Person, conversation: str) -> None:
    """Ring for a moment; a block that arrives meanwhile may have ended the call already."""
    call = await person.calls.start(conversation)
    with suppress(ServerFault):
        await person.calls.hangup(call.id)


async def test_who_is_signed_out_or_removed_or_blocked_is_out_of_the_call_at_once(persons: Persons) -> None:
    anna, ben, cleo = await persons.several("anna", "ben", "cleo")
    laptop = await persons.another_device(ben)
    group = await anna.conversations.group("Out", [ben.account_id, cleo.account_id])
    async with phones(anna, cleo) as (annas, cleos):
        async with ben.signaling() as bens:
            call = (await annas.signaling.invite(group.id)).call
            await bens.accept(call)
            await cleos.signaling.accept(call)
            current = next(session for session in await laptop.auth.sessions().all() if not session.current)
            await laptop.auth.end_session(current.id)
            await annas.hears_of(call, ben.session.device_id, "left", 2)
        await anna.conversations.remove(group.id, cleo.account_id)
        left = await annas.hears_of(call, cleos.device, "left", 2)
        assert left.state == "active"
        assert await refusal(cleos.signaling.join(call)) is Code.VIDEO_CALL_NOT_FOUND
        await annas.signaling.hangup(call)
        talk = await anna.conversations.direct(cleo.account_id)
        direct = (await annas.signaling.invite(talk.id)).call
        await cleos.signaling.accept(direct)
        await cleo.people.block(anna.account_id)
        assert (await annas.hears(direct, "ended", 3)).reason == "hangup"
