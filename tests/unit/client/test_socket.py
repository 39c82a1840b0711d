"""The socket's own duties: sign in again once, end where it must, keep its token fresh."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from msgspec import Raw, json

from secureconnect.client import ConnectionLost, Patience, Session, SocketEnded
from secureconnect.client.client import Client
from secureconnect.client.frames import Frame
from secureconnect.client.socket import Socket, Standing
from secureconnect.contracts.errors import Code, Fault, Problem
from secureconnect.contracts.events import Envelope
from secureconnect.contracts.frames import Ack, ErrorFrame, MessageSend, Ok, Token, Typing, Welcome
from tests.fixtures.scripted_chat import ChatServer, chat_server, tokens
from tests.fixtures.scripted_http import Heard, Told, http_server
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


class Listening:
    """Keeps what a socket told."""

    def __init__(self) -> None:
        self.welcomes: list[Welcome] = []
        self.frames: list[Frame] = []
        self.losses: list[str] = []
        self.over: list[Exception | None] = []

    def sync(self) -> str | None:
        return None

    def sync_refused(self) -> None:
        raise AssertionError("no token was sent")

    def opened(self, welcome: Welcome) -> None:
        self.welcomes.append(welcome)

    def heard(self, frame: Frame) -> None:
        self.frames.append(frame)

    def lost(self, why: str, wait_s: float) -> None:
        self.losses.append(why)

    def ended(self, why: Exception | None) -> None:
        self.over.append(why)


class Refreshing:
    """Trades refresh tokens for the access tokens that a test names, then refuses."""

    def __init__(self, *access: str, lasts_s: int = 600) -> None:
        self.access = list(access)
        self.lasts_s = lasts_s

    async def __call__(self, heard: Heard) -> Told:
        await heard.read_body()
        if self.access:
            return Told(200, json.encode(tokens(self.access.pop(0), self.lasts_s)))
        code = Code.AUTH_REFRESH_INVALID
        return Told(401, json.encode(Problem("about:blank", code.wire, code.title, 401, "r")))


@asynccontextmanager
async def socket_of(
    server: ChatServer, refreshing: Refreshing, lasts_s: int = 600
) -> AsyncGenerator[tuple[Socket, Listening]]:
    """A socket to the server that is not open yet, whose tokens come from elsewhere."""
    session = Session(tokens("t1", lasts_s), 2**52)
    async with http_server(refreshing) as url, Client(url, session=session, patience=Patience(1)) as client:
        client._door = replace(client._door, url=server.url.replace("http", "ws"), wait_s_first=0.01)
        listening = Listening()
        socket = client.socket("chat", listening)
        try:
            yield socket, listening
        finally:
            await socket.close()


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


async def test_a_frame_that_the_server_would_end_the_socket_for_never_leaves() -> None:
    async with chat_server(ChatServer()) as server, socket_of(server, Refreshing()) as (socket, _):
        await socket.open(5.0)
        large = Envelope(1, "plain", Raw(b'{"text":"' + b"a" * 70_000 + b'"}'))
        with pytest.raises(Fault) as caught:
            await socket.request(MessageSend("c", "a", large), Ok)
        assert caught.value.code is Code.BODY_TOO_LARGE
        assert await socket.request(Typing("c", True), Ok)
        assert server.hellos == 1


async def test_many_frames_at_once_travel_together_within_the_servers_bounds() -> None:
    async with chat_server(ChatServer()) as server, socket_of(server, Refreshing()) as (socket, _):
        await socket.open(5.0)
        large = Envelope(1, "plain", Raw(b'{"text":"' + b"a" * 20_000 + b'"}'))
        answers = [socket.ask(Typing("c", True)) for _ in range(500)]
        answers += [socket.ask(MessageSend("c", str(number), large)) for number in range(20)]
        for answer in answers:
            assert isinstance(await answer, Ok | Ack)
        assert len(server.messages) <= 20
        assert max(size for size, _ in server.messages) <= 65_536
        assert max(lines for _, lines in server.messages) <= 64


async def test_an_answer_that_never_comes_is_a_lost_connection_to_its_caller() -> None:
    async with chat_server(ChatServer(deaf=True)) as server, socket_of(server, Refreshing()) as (socket, _):
        await socket.open(5.0)
        with pytest.raises(ConnectionLost):
            await socket.request(Typing("c", True), Ok, timeout_s=0.05)


async def test_an_answer_to_nobody_reaches_the_listener() -> None:
    async with chat_server(ChatServer()) as server, socket_of(server, Refreshing()) as (socket, listening):
        await socket.open(5.0)
        (connection,) = server.live
        await connection.send(
            '{"t":"newer","a":1}\n{"t":"error","code":"frame.too_fast","title":"T","retry_after_ms":5}'
        )
        await until(lambda: listening.frames != [])
        assert listening.frames == [ErrorFrame("frame.too_fast", "T", None, None, 5)]
