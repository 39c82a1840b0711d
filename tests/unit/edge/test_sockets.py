"""A socket's life: hello in time, frames in order, clear errors, our close codes, and nobody held up by another."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
import websockets
from litestar.types import Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect

from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.frames import (
    SUBPROTOCOL,
    ChatClientFrame,
    EventsRead,
    MessageSend,
    SocketLimits,
    Typing,
    Welcome,
)
from secureconnect.edge.gatekeeper import Gatekeeper
from secureconnect.edge.hosts import Origins
from secureconnect.edge.identity import Caller
from secureconnect.edge.limits import FRAME_BYTES_MAX, FRAMES_BURST, SOCKETS_PER_DEVICE_MAX
from secureconnect.edge.metrics import EdgeMetrics
from secureconnect.edge.passage import Passage, set_passage
from secureconnect.edge.socket import Connection
from secureconnect.edge.sockets import Sockets
from secureconnect.kit.clock import SystemClock
from secureconnect.kit.ids import Ids
from tests.fixtures.serving import serving

pytestmark = pytest.mark.anyio
PATH = "/v1/ws/test"
clock = SystemClock()


class Doorman(Gatekeeper):
    """Believes `account/device/session` as a token."""

    def __init__(self) -> None:
        self.life_ms = 600_000

    async def verify(self, token: str, token_type: str | None = None) -> Caller:
        if token.count("/") != 2:
            raise Fault(Code.AUTH_TOKEN_INVALID)
        account, device, session = token.split("/")
        return Caller(account, device, session, "bot", clock.now_ms() + self.life_ms)


class Echo:
    """Answers typing at once, messages after a turn of the loop, and reads after they were let go."""

    def __init__(self) -> None:
        self.open: list[Connection] = []
        self.gone: list[Connection] = []
        self.order: list[str] = []
        self.let_go = asyncio.Event()

    async def opened(self, connection: Connection, sync: str | None) -> Welcome:
        self.open.append(connection)
        connection.send_line(b'{"t":"live"}')
        return Welcome(connection.id, "i", 30, sync, SocketLimits(FRAME_BYTES_MAX, 64, 1000))

    def frame(self, connection: Connection, frame: Any) -> Any:
        if isinstance(frame, Typing):
            self.order.append(f"typing {frame.conversation}")
            connection.send_line(b'{"t":"typed"}')
            return None
        if isinstance(frame, MessageSend):
            return self.later(frame.client_id)
        if isinstance(frame, EventsRead):
            raise Fault(Code.CHAT_NOT_A_MEMBER)
        raise RuntimeError("a bug")

    async def later(self, name: str) -> None:
        await self.let_go.wait()
        self.order.append(f"sent {name}")

    def closed(self, connection: Connection) -> None:
        self.gone.append(connection)


@dataclass
class House:
    """What a test needs of the served sockets."""

    port: int
    sockets: Sockets
    echo: Echo
    doorman: Doorman
    dialled: list[ClientConnection] = field(default_factory=list[ClientConnection])

    def dial(self, **options: Any) -> Any:
        chosen: dict[str, Any] = {"subprotocols": [SUBPROTOCOL], "compression": None, "proxy": None} | options
        return connect(f"ws://127.0.0.1:{self.port}{PATH}", **chosen)

    async def enter(self, token: str = "anna/d1/s1") -> ClientConnection:
        socket: ClientConnection = await self.dial()
        self.dialled.append(socket)
        await socket.send(json.dumps({"t": "hello", "token": token}))
        first = await frames_of(socket)
        assert [frame["t"] for frame in first] == ["welcome", "live"], "the welcome comes before live frames"
        return socket


async def frames_of(socket: ClientConnection) -> list[dict[str, Any]]:
    async with asyncio.timeout(5):
        text = await socket.recv()
    assert isinstance(text, str)
    return [json.loads(line) for line in text.split("\n")]


async def closed_with(socket: ClientConnection) -> int:
    async with asyncio.timeout(8):
        try:
            while True:
                await socket.recv()
        except websockets.ConnectionClosed:
            pass
    return socket.close_code or 0


@asynccontextmanager
async def house(outbox_bytes_max: int = 1_048_576, heartbeat_s: int = 30) -> AsyncGenerator[House]:
    echo, doorman = Echo(), Doorman()
    sockets = Sockets(
        PATH, ChatClientFrame, echo, doorman, Origins("http://localhost"), EdgeMetrics("test", "1"), clock, Ids(clock),
        random.Random(1), heartbeat_s, outbox_bytes_max,
    )  # fmt: skip
    sockets.start()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        set_passage(scope, Passage("r", "127.0.0.1", 0.0))
        await sockets(scope, receive, send)

    async with serving(app) as port:
        one = House(port, sockets, echo, doorman)
        try:
            yield one
        finally:
            await sockets.drain()
            for socket in one.dialled:
                await socket.close()


async def test_a_ping_is_answered_with_its_number() -> None:
    async with house() as one:
        socket = await one.enter()
        await socket.send('{"t":"ping","id":7}')
        assert await frames_of(socket) == [{"t": "pong", "id": 7}]


async def test_every_frame_that_came_is_counted() -> None:
    async with house() as one:
        socket = await one.enter()
        await socket.send('{"t":"ping","id":1}\n{"t":"ping","id":2}')
        await frames_of(socket)
        assert one.sockets._metrics.registry.get_sample_value("secureconnect_frames_total", {"service": "test"}) == 3


async def test_several_lines_run_in_order_and_their_answers_come_together() -> None:
    async with house() as one:
        socket = await one.enter()
        typing = '{"t":"typing","conversation":"%s","on":true}'
        await socket.send("\n".join([typing % "a", typing % "b", '{"t":"ping","id":1}']))
        assert [frame["t"] for frame in await frames_of(socket)] == ["typed", "typed", "pong"]
        assert one.echo.order == ["typing a", "typing b"]


async def test_a_frame_that_waits_holds_those_behind_it() -> None:
    async with house() as one:
        socket = await one.enter()
        send = '{"t":"message.send","conversation":"c","client_id":"m1","envelope":{"v":1,"scheme":"plain","body":1}}'
        await socket.send(send + '\n{"t":"typing","conversation":"a","on":true}')
        await socket.send('{"t":"ping","id":2}')
        one.echo.let_go.set()
        answers: list[str] = []
        while len(answers) < 2:
            answers += [frame["t"] for frame in await frames_of(socket)]
        assert answers == ["typed", "pong"]
        assert one.echo.order == ["sent m1", "typing a"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('{"t":"events.read","id":3,"conversation":"c"}', "chat.not_a_member"),
        ('{"t":"cursor.set","id":3,"conversation":"c"}', "server.fault"),
        ('{"t":"nonsense","id":3}', "frame.unknown"),
        ('{"t":"typing","id":3,"conversation":5,"on":true}', "frame.invalid"),
        ('{"t":"typing","id":3,"conversation":"c","on":true,"more":1}', "frame.invalid"),
        ('{"t":"hello","id":3,"token":"anna/d1/s1"}', "frame.invalid"),
    ],
)
async def test_a_refused_frame_gets_an_error_and_the_socket_stays(line: str, code: str) -> None:
    async with house() as one:
        socket = await one.enter()
        await socket.send(line)
        (error,) = await frames_of(socket)
        assert (error["t"], error["code"]) == ("error", code)
        await socket.send('{"t":"ping","id":9}')
        assert await frames_of(socket) == [{"t": "pong", "id": 9}]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", 4400),
        ("[]", 4400),
        ('{"x":1}', 4400),
        ('{"t":5}', 4400),
        ("[" * 100_000, 4400),
        (b"\x00\x01", 4400),
        ("\n".join(['{"t":"ping"}'] * 65), 4400),
        ('{"t":"ping","x":"' + "a" * FRAME_BYTES_MAX + '"}', 4413),
        ("a" * (4 * FRAME_BYTES_MAX + 1), 1009),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_what_cannot_be_read_closes_with_its_code(message: str | bytes, code: int) -> None:
    async with house() as one:
        socket = await one.enter()
        await socket.send(message)
        assert await closed_with(socket) == code
        assert one.echo.gone == one.echo.open


@pytest.mark.parametrize("first", ['{"t":"ping"}', '{"t":"hello","token":"forged"}', '{"t":"nonsense"}'])
async def test_without_a_good_hello_first_a_socket_is_closed(first: str) -> None:
    async with house() as one, one.dial() as socket:
        await socket.send(first)
        assert await closed_with(socket) == 4401
        assert not one.echo.open


async def test_a_hello_that_does_not_come_closes_the_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secureconnect.edge.sockets.HELLO_DEADLINE_S", 0.1)
    async with house() as one, one.dial() as socket:
        assert await closed_with(socket) == 4401


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"subprotocols": None}, 400),
        ({"subprotocols": ["other"]}, 400),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
async def test_a_foreign_page_or_protocol_is_not_admitted(options: dict[str, Any], status: int) -> None:
    async with house() as one:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await one.dial(**options)
        assert refused.value.response.status_code == status


async def test_an_ended_session_is_cut_and_others_stay() -> None:
    async with house() as one:
        first, second = await one.enter("anna/d1/s1"), await one.enter("anna/d2/s2")
        one.sockets.end_session("anna", "s1")
        assert await closed_with(first) == 4401
        await second.send('{"t":"ping","id":1}')
        assert await frames_of(second) == [{"t": "pong", "id": 1}]
        one.sockets.end_account("anna")
        assert await closed_with(second) == 4401


async def test_a_token_of_another_session_closes_the_socket_and_its_own_renews_it() -> None:
    async with house() as one:
        socket = await one.enter("anna/d1/s1")
        await socket.send('{"t":"token","id":1,"token":"anna/d1/s1"}')
        assert await frames_of(socket) == [{"t": "ok", "id": 1}]
        await socket.send('{"t":"token","token":"anna/d1/s2"}')
        assert await closed_with(socket) == 4401


async def test_a_socket_whose_token_ended_is_closed_after_its_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secureconnect.edge.sockets.TOKEN_GRACE_MS", 0)
    async with house() as one:
        one.doorman.life_ms = -1
        assert await closed_with(await one.enter()) == 4401


async def test_the_oldest_socket_of_a_device_goes_when_there_are_too_many() -> None:
    async with house() as one:
        held = [await one.enter() for _ in range(SOCKETS_PER_DEVICE_MAX)]
        newest = await one.enter()
        assert await closed_with(held[0]) == 4409
        await newest.send('{"t":"ping","id":1}')
        assert await frames_of(newest) == [{"t": "pong", "id": 1}]


async def test_too_fast_is_told_with_a_wait_and_ignoring_it_closes() -> None:
    async with house() as one:
        socket = await one.enter()
        batch = "\n".join(['{"t":"ping"}'] * 64)
        for _ in range(FRAMES_BURST // 64 + 2):
            await socket.send(batch)
        seen: list[dict[str, Any]] = []
        while not any(frame["t"] == "error" for frame in seen):
            seen += await frames_of(socket)
        told = next(frame for frame in seen if frame["t"] == "error")
        assert told["code"] == "frame.too_fast"
        assert told["retry_after_ms"] > 0
        for _ in range(20):
            await socket.send(batch)
        assert await closed_with(socket) == 4429


async def test_a_slow_reader_is_closed_and_a_fast_one_is_not_held_up() -> None:
    async with house(outbox_bytes_max=65_536) as one:
        slow = await one.enter("slow/d/s")
        fast = await one.enter("fast/d/s")
        slow.transport.pause_reading()
        line = msgspec.json.encode({"t": "x", "pad": "y" * 8000})
        received = 0
        for _ in range(2000):
            Sockets.broadcast([each for each in one.echo.open if each not in one.echo.gone], line)
            received += len(await frames_of(fast))
            if one.echo.gone:
                break
        assert [each.who.account for each in one.echo.gone] == ["slow"]
        assert received > 0
        slow.transport.resume_reading()
        assert await closed_with(slow) in (4408, 1006)


async def test_a_restart_closes_with_1012_and_a_jittered_hint() -> None:
    async with house() as one:
        socket = await one.enter()
        await one.sockets.drain()
        assert await closed_with(socket) == 1012
        assert 0 <= json.loads(socket.close_reason or "")["reconnect_after_ms"] <= 3000
        with pytest.raises(websockets.InvalidStatus):
            await one.dial()


async def test_silence_for_two_heartbeats_closes_a_socket_that_does_not_even_pong() -> None:
    async with house(heartbeat_s=1) as one:
        reader, writer = await asyncio.open_connection("127.0.0.1", one.port)
        key = "dGhlIHNhbXBsZSBub25jZQ=="
        head = f"GET {PATH} HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: {key}\r\nsec-websocket-protocol: {SUBPROTOCOL}\r\n\r\n"  # noqa: E501 one head
        hello = b'{"t":"hello","token":"anna/d/s"}'
        masked = bytes((0x81, 0x80 | len(hello))) + b"\0\0\0\0" + hello
        writer.write(head.encode())
        await reader.readuntil(b"\r\n\r\n")
        writer.write(masked)
        async with asyncio.timeout(10):
            answer = await reader.read()
        assert b"\x88" in answer
        assert (1001).to_bytes(2, "big") + b"silent" in answer
        writer.close()


async def test_what_is_degraded_is_told_once_on_change() -> None:
    async with house() as one:
        socket = await one.enter()
        one.sockets.degraded(["mail"])
        one.sockets.degraded(["mail"])
        one.sockets.degraded([])
        found = await frames_of(socket)
        assert found == [{"t": "degraded", "what": ["mail"]}, {"t": "degraded", "what": []}]
