"""The socket's own duties: sign in again once, end where it must, keep its token fresh."""

import pytest

from secureconnect.client import ConnectionLost, SocketEnded
from secureconnect.client.socket import Standing
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.frames import Ok, Token, Typing
from tests.fixtures.client_sockets import Refreshing, socket_of
from tests.fixtures.scripted_chat import ChatServer, chat_server
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


async def test_a_refused_token_is_renewed_once_and_the_socket_comes_to_be() -> None:
    async with chat_server(ChatServer(tokens={"t2"})) as server:
        async with socket_of(server, Refreshing("t2")) as (socket, listening):
            await socket.open(5.0)
            assert socket.standing is Standing.OPEN
        assert (server.hellos, len(listening.welcomes), listening.over) == (2, 1, [None])


async def test_a_server_that_refuses_the_renewed_token_too_ends_the_socket() -> None:
    async with chat_server(ChatServer(tokens=set())) as server:
        async with socket_of(server, Refreshing("t2", "t3")) as (socket, _):
            with pytest.raises(SocketEnded) as caught:
                await socket.open(5.0)
        assert (caught.value.code, server.hellos) == (4401, 2)


async def test_a_session_that_ended_ends_its_socket_and_is_named_as_the_cause() -> None:
    async with chat_server(ChatServer()) as server, socket_of(server, Refreshing()) as (socket, listening):
        await socket.open(5.0)
        await server.close_all(4401)
        await until(lambda: socket.standing is Standing.ENDED)
        (why,) = listening.over
        assert isinstance(why, SocketEnded)
        assert why.code == 4401
        assert isinstance(why.__cause__, Fault)
        assert why.__cause__.code is Code.AUTH_REFRESH_INVALID
        with pytest.raises(SocketEnded):
            await socket.request(Typing("c", True), Ok)


async def test_a_fresh_token_is_sent_before_the_old_one_ends() -> None:
    async with chat_server(ChatServer()) as server:
        async with socket_of(server, Refreshing("t2"), lasts_s=2) as (socket, listening):
            await socket.open(5.0)
            await until(lambda: Token("t2") in server.heard)
        assert (server.hellos, listening.losses) == (1, [])


async def test_a_server_that_is_not_there_is_named_when_the_time_is_over() -> None:
    async with chat_server(ChatServer()) as server:
        pass
    async with socket_of(server, Refreshing()) as (socket, listening):
        with pytest.raises(ConnectionLost) as caught:
            await socket.open(0.2)
        assert not isinstance(caught.value, SocketEnded)
        assert len(listening.losses) > 1
        assert socket.standing is Standing.ENDED


async def test_an_answer_that_never_comes_is_a_lost_connection_to_its_caller() -> None:
    async with chat_server(ChatServer(deaf=True)) as server, socket_of(server, Refreshing()) as (socket, _):
        await socket.open(5.0)
        with pytest.raises(ConnectionLost):
            await socket.request(Typing("c", True), Ok, timeout_s=0.05)
