"""Chat over a real socket that breaks: nothing lost, nothing twice, nothing out of order."""

import asyncio
import random

import pytest
from msgspec import json

from secureconnect.client import ChatState, SocketEnded
from secureconnect.client.notices import Disconnected, IncarnationChanged
from secureconnect.contracts.events import Event
from secureconnect.contracts.frames import EventFrame, PresenceWatch
from tests.fixtures.client_sockets import chatting, take
from tests.fixtures.scripted_chat import ChatServer, chat_server, restless
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


async def test_what_stood_before_and_what_comes_live_is_handed_on_in_order() -> None:
    async with chat_server(ChatServer()) as server:
        for number in range(20):
            server.append("c", f"old-{number}")
        async with chatting(server) as chat:
            first = await take(chat, 20)
            server.append("c", "live")
            assert first + await take(chat, 1) == [("c", seq) for seq in range(1, 22)]


async def test_a_device_without_state_begins_with_what_happens_from_now_on() -> None:
    async with chat_server(ChatServer()) as server:
        server.append("old", "a")
        async with chatting(server, start="now") as chat:
            server.append("old", "b")
            server.append("new", "c")
            assert sorted(await take(chat, 2)) == [("new", 1), ("old", 2)]


async def test_a_restart_of_the_application_goes_on_behind_what_it_was_handed() -> None:
    async with chat_server(ChatServer()) as server:
        for number in range(12):
            server.append("c", f"m{number}")
        async with chatting(server) as chat:
            await take(chat, 5)
            state = chat.state()
        state = json.decode(json.encode(state), type=ChatState)
        assert state.cursors == {"c": 5}
        async with chatting(server, state, start="now") as chat:
            assert await take(chat, 7) == [("c", seq) for seq in range(6, 13)]


async def test_an_event_that_never_came_live_is_read_when_the_next_one_shows_the_hole() -> None:
    def lossy(event: EventFrame) -> list[EventFrame]:
        return [] if event.seq % 3 else [event]

    async with chat_server(ChatServer(pass_on=lossy)) as server, chatting(server) as chat:
        for number in range(9):
            server.append("c", f"m{number}")
        assert await take(chat, 9) == [("c", seq) for seq in range(1, 10)]


async def test_over_any_breaks_each_event_comes_once_and_each_message_stands_once() -> None:
    rng = random.Random(7)

    def disorderly(event: EventFrame) -> list[EventFrame]:
        return [event] * rng.choice([0, 1, 1, 2])

    server = ChatServer(pass_on=disorderly)
    async with chat_server(server), chatting(server) as chat:
        breaking = asyncio.create_task(restless(server, rng, 12))

        async def talk(name: str) -> None:
            for number in range(40):
                await chat.send(name, "hi", client_id=f"{name}{number}")
                server.append(name, f"other-{name}{number}")
                await asyncio.sleep(0.005)

        await asyncio.gather(*(talk(name) for name in "abc"))
        await breaking
        for name in "abc":
            server.pass_on = lambda event: [event]
            server.append(name, "last")
        taken = await take(chat, 3 * 81, 30.0)
        for name in "abc":
            assert [seq for conversation, seq in taken if conversation == name] == list(range(1, 82))
            own = [event.client_id for event in server.logs[name] if event.sender == "me"]
            assert own == [f"{name}{number}" for number in range(40)]


async def test_an_application_that_does_not_read_loses_nothing_and_blocks_no_send() -> None:
    async with chat_server(ChatServer()) as server, chatting(server) as chat:
        for number in range(1500):
            server.append("c", f"m{number}")
        assert (await chat.send("c", "hi")).seq == 1501
        assert await take(chat, 1501) == [("c", seq) for seq in range(1, 1502)]


async def test_a_restored_server_drops_cursors_and_the_application_is_told() -> None:
    async with chat_server(ChatServer()) as server:
        state = ChatState("older", "sync", {"c": 40})
        async with chatting(server, state) as chat:
            changed = await chat.notices.next(IncarnationChanged, 5.0)
            assert changed == IncarnationChanged("older", "one")
            server.append("c", "first anew")
            assert await take(chat, 1) == [("c", 1)]


async def test_a_restart_of_the_server_is_come_back_from_after_the_time_it_names() -> None:
    async with chat_server(ChatServer()) as server, chatting(server) as chat:
        await server.close_all(1012, '{"reconnect_after_ms": 20}')
        assert (await chat.notices.next(Disconnected, 5.0)).wait_s == 0.02
        await until(lambda: server.hellos == 2)


@pytest.mark.parametrize("code", [4403, 4409])
async def test_some_closes_are_for_good_and_every_reader_learns_it(code: int) -> None:
    async with chat_server(ChatServer()) as server, chatting(server) as chat:
        reading = asyncio.create_task(chat.next_event(5.0))
        await server.close_all(code, "over")
        with pytest.raises(SocketEnded) as caught:
            await reading
        assert caught.value.code == code
        with pytest.raises(SocketEnded):
            await chat.send("c", "hi")
        assert server.hellos == 1


async def test_a_server_that_falls_silent_is_left_and_connected_to_again() -> None:
    async with chat_server(ChatServer(heartbeat_s=1, deaf=True)) as server, chatting(server) as chat:
        await chat.notices.next(Disconnected, 5.0)
        server.deaf = False
        await until(lambda: server.hellos >= 2)


async def test_what_is_watched_is_watched_again_after_a_reconnect() -> None:
    async with chat_server(ChatServer()) as server, chatting(server) as chat:
        await chat.watch(["friend"])
        server.abort_all()
        await until(lambda: sum(isinstance(frame, PresenceWatch) for frame in server.heard) == 2)


async def test_the_callback_form_hands_on_the_same_events() -> None:
    got: list[int] = []

    async def keep(event: Event) -> None:
        got.append(event.seq)

    async with chat_server(ChatServer()) as server:
        async with chatting(server) as chat:
            running = asyncio.create_task(chat.run(keep))
            server.append("c", "a")
            server.append("c", "b")
            await until(lambda: got == [1, 2])
        await running
