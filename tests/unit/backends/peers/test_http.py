"""Asking over HTTP: what is tried again and what never is, and what a strange answer becomes."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from secureconnect.backends.guard import Guard
from secureconnect.backends.peers import http
from secureconnect.backends.peers.guarded import GuardedPeers
from secureconnect.backends.peers.http import HttpPeers
from secureconnect.backends.peers.port import answered
from secureconnect.backends.peers.tokens import ServiceSigner, ServiceVerifier, new_key_pem
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import CHAT_MEMBERSHIP, MembershipAsk, MembershipReply
from secureconnect.kit.clock import ManualClock, SystemClock
from secureconnect.kit.secret import Secret
from tests.fixtures.inner import KEYS, InnerListener, listening
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio

CLOCK = SystemClock()
ASK = MembershipAsk("c", "a")


class Chat(InnerListener):
    """A chat service that counts what it was asked."""

    def __init__(self) -> None:
        super().__init__(
            {"membership": answered(CHAT_MEMBERSHIP, self.membership)}, ServiceVerifier("chat", KEYS, CLOCK)
        )
        self.asked = 0

    async def membership(self, _ask: MembershipAsk) -> MembershipReply:
        """Nobody is a member."""
        self.asked += 1
        return MembershipReply(None)


@asynccontextmanager
async def peers(*urls: str, key: str = KEYS["video"], request_id: str | None = None) -> AsyncGenerator[HttpPeers]:
    """The video service asking chat at these addresses."""
    signer = ServiceSigner("video", Secret(key), CLOCK)
    made = HttpPeers({"chat": urls}, signer, timeout_s=2.0, request_id=lambda: request_id)
    try:
        yield made
    finally:
        await made.close()


async def refusal(asking: HttpPeers | GuardedPeers) -> Fault:
    """The fault that asking raises."""
    with pytest.raises(Fault) as caught:
        await asking.ask(CHAT_MEMBERSHIP, ASK)
    return caught.value


@asynccontextmanager
async def raw(answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncGenerator[str]:
    """The URL of a listener that speaks bytes as it likes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def saying(head: bytes, body: bytes) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """An answer of these bytes to whatever is asked."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 " + head + b"\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    return say


async def closed_port() -> str:
    """The URL of a port where nobody listens."""
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    return f"http://127.0.0.1:{port}"


async def test_addresses_take_turns() -> None:
    one, two = Chat(), Chat()
    async with listening(one) as first, listening(two) as second, peers(first, second) as asking:
        for _ in range(6):
            await asking.ask(CHAT_MEMBERSHIP, ASK)
    assert (one.asked, two.asked) == (3, 3)


async def test_an_address_that_cannot_be_connected_to_is_stepped_over() -> None:
    chat = Chat()
    async with listening(chat) as url, peers(await closed_port(), url) as asking:
        for _ in range(4):
            await asking.ask(CHAT_MEMBERSHIP, ASK)
    assert chat.asked == 4


async def test_a_service_without_any_address_that_answers_is_unavailable() -> None:
    async with peers(await closed_port(), await closed_port(), await closed_port()) as asking:
        assert (await refusal(asking)).code is Code.UNAVAILABLE
        with pytest.raises(Fault):
            await asking.ping("chat")


async def test_what_may_have_been_done_is_never_sent_again() -> None:
    asked: list[bytes] = []

    async def hang_up(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))

    async with raw(hang_up) as first, raw(hang_up) as second, peers(first, second) as asking:
        assert (await refusal(asking)).code is Code.UNAVAILABLE
    assert len(asked) == 1


STRANGE = [
    (b"200 OK", b"not json", Code.UPSTREAM_FAILED),
    (b"200 OK", b'{"role": 5}', Code.UPSTREAM_FAILED),
    (b"404 Not Found", b"<html>", Code.UPSTREAM_FAILED),
    (b"302 Found", b"", Code.UPSTREAM_FAILED),
    (b"503 Service Unavailable", b"", Code.UNAVAILABLE),
    (b"502 Bad Gateway", b"\xff\xfe", Code.UNAVAILABLE),
    (b"400 Bad", b'{"type":"x","code":"no.such","title":"","status":400,"request_id":""}', Code.UPSTREAM_FAILED),
    (b"nonsense", b"", Code.UNAVAILABLE),
]


@pytest.mark.parametrize(("head", "body", "code"), STRANGE)
async def test_a_strange_answer_is_told_as_such(head: bytes, body: bytes, code: Code) -> None:
    async with raw(saying(head, body)) as url, peers(url) as asking:
        assert (await refusal(asking)).code is code


async def test_an_answer_is_read_no_further_than_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ANSWER_BYTES_MAX", 1000)
    async with raw(saying(b"200 OK", b" " * 1001)) as url, peers(url) as asking:
        assert (await refusal(asking)).code is Code.UPSTREAM_FAILED


async def test_a_connection_that_the_other_side_closed_meanwhile_is_replaced() -> None:
    connections: list[asyncio.StreamWriter] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n{"role":null}')
        await writer.drain()

    async with raw(once) as url, peers(url) as asking:
        for count in range(1, 4):
            await asking.ask(CHAT_MEMBERSHIP, ASK)
            await connections[-1].wait_closed()
            assert len(connections) == count


async def test_the_id_of_the_request_that_is_worked_on_goes_along() -> None:
    chat = Chat()
    async with listening(chat) as url, peers(url, request_id="r-123") as asking:
        await asking.ask(CHAT_MEMBERSHIP, ASK)
    assert chat.headers[0][b"x-request-id"] == b"r-123"


async def test_a_key_that_is_not_known_asks_nothing() -> None:
    chat = Chat()
    async with listening(chat) as url, peers(url, key=new_key_pem()) as asking:
        assert (await refusal(asking)).code is Code.UNAUTHENTICATED
    assert chat.asked == 0


async def test_a_guarded_service_that_is_down_is_soon_not_tried_and_back_after_a_ping() -> None:
    guard = Guard("chat", ManualClock(), 5.0)
    async with peers(await closed_port()) as down:
        guarded = GuardedPeers(down, {"chat": guard})
        for _ in range(5):
            assert (await refusal(guarded)).retry_after_ms is None
        assert (await refusal(guarded)).retry_after_ms == 3000
    async with listening(Chat()) as url, peers(url) as up:

        async def ping() -> None:
            await up.ping("chat")

        pings = asyncio.create_task(guard.run_pings(ping))
        await until(lambda: not guard.degraded)
        pings.cancel()
        assert (await GuardedPeers(up, {"chat": guard}).ask(CHAT_MEMBERSHIP, ASK)).role is None
