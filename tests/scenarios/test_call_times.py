"""What time does to calls: a ring that is over, a lost device; and credentials that end."""

import base64
import hashlib
import hmac
import time
from collections.abc import AsyncGenerator, Generator

import pytest

from secureconnect.contracts.errors import Code
from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import Persons
from tests.fixtures.phones import phones
from tests.fixtures.scenes import body_of, eventually, raw, refusal

pytestmark = pytest.mark.anyio

SECRET = "a secret that coturn knows"


@pytest.fixture(scope="module", params=["one", "split"])
def brief(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Deployment]:
    """A running product where a call rings for two seconds, a lost device has two, and there is a TURN server."""
    settings = {
        "video.ring_s": "2",
        "video.grace_s": "2",
        "turn.urls": "turn:turn.example.org:3478,turns:turn.example.org:5349?transport=tcp",
        "turn_secret": SECRET,
    }
    made = Deployment(tmp_path_factory.mktemp("brief"), split=request.param == "split", settings=settings)
    try:
        made.start()
        yield made
        assert made.stop() == [0] * len(made.nodes), made.logs()[-4000:]
    finally:
        made.end()


@pytest.fixture
async def people(brief: Deployment) -> AsyncGenerator[Persons]:
    """Makes people who are signed in there."""
    async with Persons(brief.url) as made:
        yield made


async def test_a_call_that_nobody_takes_is_missed_when_its_ring_is_over(people: Persons) -> None:
    anna, ben = await people.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    async with phones(anna, ben) as (annas, bens):
        call = await annas.signaling.invite(talk.id)
        await bens.rings(call.call)
        ended = await annas.hears(call.call, "ended")
        assert ended.reason == "missed"
        assert ended.ended_at is not None
        assert 1_900 <= ended.ended_at - ended.started_at < 4_000
        assert await bens.stops(call.call) == "missed"

    async def is_told() -> bool:
        events = [body_of(event) async for event in ben.messages.history(talk.id) if event.kind == "call"]
        return [event["change"] for event in events] == ["started", "missed"]

    await eventually(is_told)


async def test_a_device_that_comes_back_within_its_grace_is_still_in_the_call(people: Persons) -> None:
    anna, ben = await people.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    async with phones(anna) as (annas,):
        async with ben.signaling() as bens:
            call = (await annas.signaling.invite(talk.id)).call
            await bens.accept(call)
            await annas.hears(call, "active")
        lost = await annas.hears_of(call, ben.session.device_id, "lost")
        assert lost.state == "active"
        async with ben.signaling() as bens:
            await annas.hears_of(call, ben.session.device_id, "joined")
            await bens.signal("candidate", call, annas.device, "still here")
            ended = await bens.hangup(call)
            assert (ended.state, ended.reason) == ("ended", "hangup")
            assert ended.answered_at is not None


async def test_a_device_that_stays_away_is_lost_and_a_call_of_two_ends_with_its_duration(people: Persons) -> None:
    anna, ben = await people.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    async with phones(anna) as (annas,):
        async with ben.signaling() as bens:
            call = (await annas.signaling.invite(talk.id)).call
            await bens.accept(call)
        ended = await annas.hears(call, "ended", 8)
        assert ended.reason == "lost"
        assert ended.answered_at is not None
        assert ended.ended_at is not None
    spoken_ms = ended.ended_at - ended.answered_at
    assert spoken_ms >= 1_900
    assert await refusal(ben.calls.join(call)) is Code.VIDEO_WRONG_STATE

    async def is_told() -> bool:
        events = [body_of(event) async for event in ben.messages.history(talk.id) if event.kind == "call"]
        return [event.get("duration_ms") for event in events] == [None, spoken_ms]

    await eventually(is_told)


async def test_ice_servers_come_with_credentials_that_end_and_name_nobody(people: Persons) -> None:
    anna, ben = await people.several("anna", "ben")
    told = await anna.calls.ice_servers()
    assert told.expires_in == 600
    stun, turn = told.ice_servers
    assert stun.urls == ["stun:turn.example.org:3478"]
    assert stun.credential is None
    assert turn.urls == ["turn:turn.example.org:3478", "turns:turn.example.org:5349?transport=tcp"]
    assert turn.username is not None
    expires, _, name = turn.username.partition(":")
    assert abs(int(expires) - time.time() - 600) < 30
    expected = hmac.new(SECRET.encode(), turn.username.encode(), hashlib.sha1).digest()
    assert turn.credential == base64.b64encode(expected).decode()
    assert anna.account_id not in turn.username
    assert anna.name not in turn.username
    bens = (await ben.calls.ice_servers()).ice_servers[1].username
    assert bens is not None
    assert bens.partition(":")[2] != name
    async with raw(anna) as http:
        answer = await http.get("/v1/calls/ice-servers")
        assert "no-store" in answer.headers["cache-control"]
