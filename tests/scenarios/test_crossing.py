"""What crosses services: restarts under connected clients, and a service that is away while the others go on."""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator

import pytest

from secureconnect.client import Chat, text_of
from secureconnect.client.frames import CandidateReceived
from secureconnect.client.notices import Disconnected
from secureconnect.contracts.errors import Code
from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import Persons
from tests.fixtures.phones import phones, standing
from tests.fixtures.scenes import body_of, done_soon, eventually, heard, raw, refusal, texts_of

pytestmark = pytest.mark.anyio

apart = pytest.mark.parametrize("house", ["split"], indirect=True)
BACK_S = 20.0


@pytest.fixture(scope="module", params=["one", "split"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Deployment]:
    """A running product whose processes a test may stop and start; a lost device has half a minute."""
    made = Deployment(tmp_path_factory.mktemp("house"), split=request.param == "split", settings={"video.grace_s": "4"})
    try:
        made.start()
        yield made
        assert made.stop() == [0] * len(made.nodes), made.logs()[-4000:]
    finally:
        made.end()


@pytest.fixture
async def people(house: Deployment) -> AsyncGenerator[Persons]:
    """Makes people who are signed in there."""
    async with Persons(house.url) as made:
        yield made


async def restart(house: Deployment) -> None:
    """Stop and start every process, while the clients of this test go on."""
    assert await asyncio.to_thread(house.stop) == [0] * len(house.nodes)
    await asyncio.to_thread(house.start)


async def seen_in_order(chat: Chat, count: int) -> list[str]:
    """The next texts."""
    texts: list[str] = []
    async with asyncio.timeout(BACK_S):
        while len(texts) < count:
            text = text_of(await chat.next_event(BACK_S))
            if text is not None:
                texts.append(text)
    return texts


async def test_clients_that_stay_connected_over_a_restart_go_on_by_themselves(
    house: Deployment, people: Persons
) -> None:
    anna, ben = await people.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    async with anna.chat() as annas, ben.chat() as bens:
        await annas.send(talk.id, "before")
        await heard(bens, "before")
        restarting = asyncio.create_task(restart(house))
        await bens.notices.next(Disconnected, BACK_S)
        sending = [asyncio.create_task(annas.send(talk.id, f"{number}")) for number in range(20)]
        await restarting
        sent = await asyncio.gather(*sending)
        assert len({each.seq for each in sent}) == 20
        await asyncio.gather(annas.connected(), bens.connected())
        await annas.send(talk.id, "after")
        wanted = [*map(str, range(20)), "after"]
        assert sorted(await seen_in_order(bens, 21)) == sorted(wanted)
    assert (await texts_of(ben, talk.id))[0] == "before"
    assert len(await texts_of(ben, talk.id)) == 22
    assert (await anna.people.me()).username == anna.name
    assert (await anna.auth.refresh()).account.id == anna.account_id


async def test_an_upload_goes_on_over_a_restart_of_its_service(house: Deployment, people: Persons) -> None:
    anna = await people.sign_up("anna")
    data = bytes(range(256)) * 20_000
    begun = asyncio.Event()
    held: list[int] = []

    def told(done: int, _: int) -> None:
        held.append(done)
        if done > 0:
            begun.set()

    upload = await anna.files.begin(data, name="long", part_bytes=20_000, progress=told)
    running = asyncio.create_task(upload.run())
    await begun.wait()
    node = house.node("storage")
    assert await asyncio.to_thread(node.stop) == 0
    assert max(held) < len(data)
    await asyncio.to_thread(node.start)
    await running
    assert held == sorted(held)
    assert await anna.files.content(upload.file_id) == data


async def test_a_live_call_lives_on_over_a_restart_of_its_service(house: Deployment, people: Persons) -> None:
    anna, ben = await people.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    async with phones(anna, ben) as (annas, bens):
        call = (await annas.signaling.invite(talk.id)).call
        await bens.signaling.accept(call)
        node = house.node("video")
        assert await asyncio.to_thread(node.stop) == 0
        await asyncio.to_thread(node.start)
        await asyncio.gather(annas.signaling.connected(), bens.signaling.connected())

        async def are_back() -> bool:
            found = await anna.calls.get(call)
            assert found.state == "active", found
            return {one.device for one in found.participants if one.state == "joined"} == {annas.device, bens.device}

        await eventually(are_back, BACK_S)
        await annas.signaling.signal("candidate", call, bens.device, "after the restart")
        assert (await bens.signaling.next_notice(CandidateReceived)).from_ == annas.device
        ended = await annas.signaling.hangup(call)
        assert ended.reason == "hangup"
        assert set(standing(ended).values()) == {"left"}


@apart
async def test_while_chat_is_away_storage_says_so_and_serves_what_it_can_judge_alone(
    house: Deployment, people: Persons
) -> None:
    anna, ben = await people.several("anna", "ben")
    group = await anna.conversations.group("Away", [ben.account_id])
    file = await anna.files.upload(b"shared", name="s", conversation=group.id)
    await anna.messages.send(group.id, "see", file_ids=[file.id])
    assert await ben.files.content(file.id) == b"shared"
    assert house.node("chat").stop() == 0
    try:
        async with raw(ben) as bens, raw(anna) as annas:
            away = [
                await bens.get(f"/v1/files/{file.id}/content"),
                await bens.get(f"/v1/files/{file.id}"),
                await bens.get("/v1/conversations"),
                await annas.post(f"/v1/files/{file.id}/copy", json={"conversation": group.id}),
                await annas.post("/v1/calls", json={"conversation": group.id, "media": "audio"}),
                await annas.post(f"/v1/conversations/{group.id}/messages", json={}),
            ]
            assert [(answer.status_code, answer.json()["code"]) for answer in away] == [(503, "server.unavailable")] * 6
            own = await annas.get(f"/v1/files/{file.id}/content")
            assert (own.status_code, own.content) == (200, b"shared")
            assert (await annas.get("/v1/users/me")).status_code == 200
        private = await anna.files.upload(b"mine", name="m")
        assert await anna.files.content(private.id) == b"mine"
    finally:
        house.node("chat").start()
    await done_soon(Code.UNAVAILABLE, lambda: ben.files.content(file.id), BACK_S)
    await done_soon(Code.UNAVAILABLE, lambda: ben.messages.send(group.id, "back"), BACK_S)


@apart
async def test_while_auth_is_away_those_who_are_signed_in_go_on(house: Deployment, people: Persons) -> None:
    anna, ben = await people.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    await anna.messages.send(talk.id, "before")
    await ben.messages.send(talk.id, "hello")
    async with anna.chat() as annas, ben.chat() as bens:
        assert house.node("auth").stop() == 0
        try:
            await annas.send(talk.id, "while away")
            await heard(bens, "while away")
            assert await texts_of(ben, talk.id) == ["before", "hello", "while away"]
            assert [row.id async for row in ben.conversations.list()] == [talk.id]
            file = await anna.files.upload(b"x", name="x", conversation=talk.id)
            await annas.send(talk.id, "with a file", file_ids=[file.id])
            await heard(bens, "with a file")
            assert await ben.files.content(file.id) == b"x"
            async with ben.chat() as more:
                await annas.send(talk.id, "a new socket")
                await heard(more, "a new socket")
            async with raw(anna) as http:
                device = {"name": "other", "kind": "python"}
                login = {"username": anna.name, "password": anna.password, "device": device}
                for answer in (await http.post("/v1/auth/login", json=login), await http.get("/v1/users/me")):
                    assert (answer.status_code, answer.json()["code"]) == (503, "server.unavailable")
            async with raw(anna, f"http://127.0.0.1:{house.ports.public['chat']}") as http:
                forged = {"authorization": "Bearer " + anna.session.tokens.access_token[:-4] + "AAAA"}
                assert (await http.get("/v1/conversations")).status_code == 200
                assert (await http.get("/v1/conversations", headers=forged)).status_code == 401
        finally:
            house.node("auth").start()
    await done_soon(Code.UNAVAILABLE, lambda: people.another_device(anna), BACK_S)


@apart
async def test_while_storage_is_away_people_talk_and_files_say_so(house: Deployment, people: Persons) -> None:
    anna, ben = await people.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    file = await anna.files.upload(b"x", name="x", conversation=talk.id)
    assert house.node("storage").stop() == 0
    try:
        await anna.messages.send(talk.id, "only words")
        assert await texts_of(ben, talk.id) == ["only words"]
        envelope = {"v": 1, "scheme": "plain", "body": {"text": "a file"}}
        carrying = {"client_id": "c", "envelope": envelope, "file_ids": [file.id]}
        async with raw(anna) as http:
            for answer in (
                await http.post(f"/v1/conversations/{talk.id}/messages", json=carrying),
                await http.get(f"/v1/files/{file.id}/content"),
                await http.get("/v1/files/quota"),
            ):
                assert (answer.status_code, answer.json()["code"]) == (503, "server.unavailable")
    finally:
        house.node("storage").start()
    await done_soon(Code.UNAVAILABLE, lambda: anna.messages.send(talk.id, "a file", file_ids=[file.id]), BACK_S)


@apart
async def test_while_video_is_away_people_talk_and_calls_say_so(house: Deployment, people: Persons) -> None:
    anna, ben = await people.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    assert house.node("video").stop() == 0
    try:
        await anna.messages.send(talk.id, "only words")
        assert [row.live_call async for row in ben.conversations.list()] == [None]
        async with raw(anna) as http:
            answer = await http.post("/v1/calls", json={"conversation": talk.id, "media": "audio"})
            assert (answer.status_code, answer.json()["code"]) == (503, "server.unavailable")
        group = await anna.conversations.group("Gone", [ben.account_id])
        await anna.conversations.remove(group.id, ben.account_id)
        assert await refusal(ben.messages.send(group.id, "x")) is Code.CHAT_NOT_A_MEMBER
    finally:
        house.node("video").start()
    await done_soon(Code.UNAVAILABLE, lambda: anna.calls.start(talk.id), BACK_S)
    call = (await anna.calls.list("ringing").all())[0]
    await anna.calls.hangup(call.id)


@apart
async def test_a_call_that_ends_while_chat_is_away_is_told_in_the_log_afterwards(
    house: Deployment, people: Persons
) -> None:
    anna, ben = await people.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    async with anna.signaling() as annas, ben.signaling() as bens:
        call = (await annas.invite(talk.id)).call
        await bens.accept(call)
        assert house.node("chat").stop() == 0
        try:
            assert (await annas.hangup(call)).state == "ended"
        finally:
            house.node("chat").start()

    async def is_told() -> bool:
        events = [body_of(event) async for event in ben.messages.history(talk.id) if event.kind == "call"]
        return [event["change"] for event in events] == ["started", "ended"]

    await done_soon(Code.UNAVAILABLE, lambda: ben.messages.page(talk.id), BACK_S)
    await eventually(is_told, BACK_S)


@apart
async def test_a_block_reaches_the_other_services_within_a_second(people: Persons) -> None:
    anna, ben = await people.several("anna", "ben")
    talk = await anna.conversations.direct(ben.account_id)
    await ben.messages.send(talk.id, "hello")
    await anna.people.block(ben.account_id)
    begun_s = time.monotonic()
    while await refusal(ben.messages.send(talk.id, "again")) is None:
        assert time.monotonic() - begun_s < 1.0
    assert await refusal(ben.messages.send(talk.id, "again")) is Code.CHAT_BLOCKED
