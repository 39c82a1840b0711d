"""Sending: again until acknowledged, refused or out of time; standing once."""

import asyncio

import pytest
from websockets.asyncio.server import ServerConnection

from secureconnect.client import ServerFault, SocketEnded, Unacknowledged
from secureconnect.client.notices import Acknowledged
from secureconnect.contracts.errors import Code
from secureconnect.contracts.frames import ErrorFrame, MessageSend
from tests.fixtures.client_sockets import chatting
from tests.fixtures.scripted_chat import ChatServer, chat_server
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


async def test_a_send_whose_ack_was_lost_is_sent_again_and_stands_once() -> None:
    breaks = iter([True, True, False])

    def cut(connection: ServerConnection, _: MessageSend) -> bool:
        if next(breaks, False):
            connection.transport.abort()
        return True

    async with chat_server(ChatServer(before_ack=cut)) as server, chatting(server) as chat:
        answer = await chat.send("c", "hi", client_id="once")
        assert (answer.seq, answer.event_id) == (1, "c-1")
        assert server.sent_count("once") == 3
        assert len(server.logs["c"]) == 1


async def test_many_messages_are_under_way_at_once_and_keep_their_order() -> None:
    async with chat_server(ChatServer()) as server, chatting(server) as chat:
        answers = await asyncio.gather(*(chat.send("c", f"m{number}") for number in range(200)))
        assert [answer.seq for answer in answers] == list(range(1, 201))


async def test_a_message_that_is_refused_raises_the_servers_fault() -> None:
    def refuse(_: MessageSend) -> ErrorFrame:
        return ErrorFrame("chat.blocked", "No.")

    async with chat_server(ChatServer(refuse=refuse)) as server, chatting(server) as chat:
        with pytest.raises(ServerFault) as caught:
            await chat.send("c", "hi")
        assert caught.value.code is Code.CHAT_BLOCKED
        assert chat.state().unsent == []


async def test_a_brake_is_obeyed_and_the_message_sent_again() -> None:
    braked: list[str] = []

    def brake(frame: MessageSend) -> ErrorFrame | None:
        braked.append(frame.client_id)
        return ErrorFrame("frame.too_fast", "Slow.", retry_after_ms=30) if len(braked) < 3 else None

    async with chat_server(ChatServer(refuse=brake)) as server, chatting(server) as chat:
        assert (await chat.send("c", "hi", client_id="a")).seq == 1
        assert braked == ["a", "a", "a"]


async def test_a_message_that_is_not_acknowledged_in_time_is_told_by_its_client_id() -> None:
    async with chat_server(ChatServer(before_ack=lambda _, __: False)) as server, chatting(server) as chat:
        with pytest.raises(Unacknowledged) as caught:
            await chat.send("c", "hi", client_id="a", deadline_s=0.05)
        assert caught.value.client_id == "a"


async def test_two_who_send_the_same_message_each_get_its_answer_also_when_one_gives_up() -> None:
    async with chat_server(ChatServer(before_ack=lambda _, __: False)) as server, chatting(server) as chat:
        first = asyncio.create_task(chat.send("c", "hi", client_id="a"))
        second = asyncio.create_task(chat.send("c", "hi", client_id="a"))
        third = asyncio.create_task(chat.send("c", "hi", client_id="a", deadline_s=0.01))
        await until(lambda: server.sent_count("a") == 1)
        first.cancel()
        with pytest.raises(Unacknowledged):
            await third
        server.before_ack = lambda _, __: True
        server.abort_all()
        assert (await second).seq == 1
        assert first.cancelled()


async def test_what_was_not_acknowledged_goes_out_after_a_restart_of_the_application() -> None:
    async with chat_server(ChatServer(before_ack=lambda _, __: False)) as server:
        async with chatting(server) as chat:
            sending = asyncio.create_task(chat.send("c", "hi", client_id="a"))
            await until(lambda: server.sent_count("a") == 1)
            state = chat.state()
        with pytest.raises(SocketEnded):
            await sending
        server.before_ack = lambda _, __: True
        async with chatting(server, state) as chat:
            told = await chat.notices.next(Acknowledged, 5.0)
        assert (told.client_id, told.answer.seq) == ("a", 1)
        assert len(server.logs["c"]) == 1
