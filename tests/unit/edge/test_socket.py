"""One connection apart from its network: what it writes together, what it holds back, and how it reads a line."""

import asyncio
import json
from collections.abc import Awaitable
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.frames import (
    FRAME_LINES_MAX,
    SUBPROTOCOL,
    ChatClientFrame,
    Pong,
    SocketLimits,
    Typing,
    Welcome,
)
from secureconnect.edge.identity import Caller
from secureconnect.edge.limits import BACKLOG_LINES_MAX, FRAME_BYTES_MAX, TOO_FAST_FRAMES_MAX, TokenBucket
from secureconnect.edge.socket import Connection, SocketState
from secureconnect.edge.wire import SocketWire, frame_text

pytestmark = pytest.mark.anyio
OUTBOX_BYTES_MAX = 1_000


def typing(conversation: str, number: int | None = None) -> bytes:
    """A frame that is answered only when it goes wrong."""
    more = "" if number is None else f',"id":{number}'
    return f'{{"t":"typing","conversation":"{conversation}","on":true{more}}}'.encode()


TYPING = typing("c")


class Wire:
    """Keeps what a connection writes; `waiting` is what the other side has not taken."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed: tuple[int, str] | None = None
        self.waiting = 0
        self.holds = 0
        self.sink: Any = None
        self.heard: Any = None

    def write(self, framed: bytes) -> int:
        self.written.append(framed)
        return self.waiting

    def buffered_bytes(self) -> int:
        return self.waiting

    def hold(self) -> None:
        self.holds += 1

    def release(self) -> None:
        self.holds -= 1

    def close_with(self, code: int, reason: str) -> None:
        self.closed = (code, reason)


class House:
    """A connection with its host and its service in one."""

    def __init__(self, burst: float = 100_000.0) -> None:
        self.at_s = 0.0
        self.lines = 0
        self.turn: list[Connection] = []
        self.ends: list[int | None] = []
        self.run: list[str] = []
        self.opened_with: list[str | None] = []
        self.gone = 0
        self.busy = False
        self.waits: asyncio.Event | None = None
        self.wire = Wire()
        decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(ChatClientFrame)
        bucket = TokenBucket(1.0, burst, 0.0)
        wire = cast("SocketWire", self.wire)
        self.one = Connection("c1", self, self, wire, decoder, bucket, OUTBOX_BYTES_MAX, "203.0.113.9")

    def now_s(self) -> float:
        return self.at_s

    def received(self, lines: int) -> None:
        self.lines += lines

    def due(self, connection: Connection) -> None:
        self.turn.append(connection)

    async def authenticate(self, token: str) -> Caller:
        if token == "busy":
            raise Fault(Code.UNAVAILABLE)
        if "/" not in token:
            raise Fault(Code.AUTH_TOKEN_INVALID)
        account, session = token.split("/")
        return Caller(account, "d1", session, "bot", 1)

    def authenticated(self, connection: Connection) -> None:
        pass

    def ended(self, connection: Connection, code: int | None) -> None:
        self.ends.append(code)

    async def opened(self, connection: Connection, sync: str | None) -> Welcome:
        self.opened_with.append(sync)
        connection.send_line(b'{"t":"live"}')
        if self.busy:
            raise Fault(Code.UNAVAILABLE)
        return Welcome("w", "i", 30, sync, SocketLimits(1, 1, 1))

    def frame(self, connection: Connection, frame: Any) -> Awaitable[None] | None:
        assert isinstance(frame, Typing)
        self.run.append(frame.conversation)
        if frame.conversation == "bug":
            raise RuntimeError("the password is hunter2")
        if frame.conversation == "no":
            raise Fault(Code.CHAT_NOT_A_MEMBER)
        return self.later(frame.conversation) if frame.conversation.startswith("slow") else None

    async def later(self, name: str) -> None:
        assert self.waits is not None
        await self.waits.wait()
        self.run.append(f"{name} done")

    def closed(self, connection: Connection) -> None:
        self.gone += 1

    def flush(self) -> None:
        """The end of a turn of the loop."""
        turn, self.turn = self.turn, []
        for connection in turn:
            connection.flush()

    async def enter(self, token: str = "anna/s1") -> None:
        self.one.receive(json.dumps({"t": "hello", "token": token, "sync": "s"}).encode())
        await self.settle()

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        self.flush()

    def said(self) -> list[dict[str, Any]]:
        """The frames that were written since the last look."""
        self.flush()
        texts = [framed[2:] if framed[1] < 126 else framed[4:] for framed in self.wire.written]
        self.wire.written.clear()
        return [json.loads(line) for text in texts for line in text.split(b"\n")]


@pytest.fixture
async def open_house() -> House:
    house = House()
    await house.enter()
    assert [frame["t"] for frame in house.said()] == ["welcome", "live"]
    return house


async def test_what_is_said_in_one_turn_is_one_message(open_house: House) -> None:
    for number in range(3):
        open_house.one.send(Pong(id=number))
    assert open_house.turn == [open_house.one], "it asks for its flush once"
    open_house.flush()
    assert open_house.wire.written == [frame_text(b"\n".join(msgspec.json.encode(Pong(id=each)) for each in range(3)))]


async def test_what_is_framed_already_never_overtakes_what_is_due(open_house: House) -> None:
    open_house.one.send_framed(frame_text(b'{"t":"a"}'), b'{"t":"a"}')
    assert open_house.wire.written == [frame_text(b'{"t":"a"}')], "nothing was due: it is written at once"
    open_house.one.send_line(b'{"t":"b"}')
    open_house.one.send_framed(frame_text(b'{"t":"c"}'), b'{"t":"c"}')
    assert [frame["t"] for frame in open_house.said()] == ["a", "b", "c"]


@pytest.mark.parametrize("framed", [True, False])
async def test_too_much_waiting_closes_it_and_nothing_more_is_written(open_house: House, framed: bool) -> None:
    open_house.wire.waiting = OUTBOX_BYTES_MAX + 1
    if framed:
        open_house.one.send_framed(frame_text(b"{}"), b"{}")
    else:
        open_house.one.send_line(b"{}")
        open_house.flush()
    assert open_house.wire.closed == (4408, "too slow")
    assert (open_house.ends, open_house.gone) == ([4408], 1)
    written = len(open_house.wire.written)
    open_house.one.send_line(b"{}")
    open_house.flush()
    open_house.one.close(4400)
    assert len(open_house.wire.written) == written
    assert open_house.ends == [4408], "it ends once"


async def test_a_close_sends_first_what_was_due(open_house: House) -> None:
    open_house.one.send_line(b'{"t":"last"}')
    open_house.one.close(4401, "signed out")
    assert [frame["t"] for frame in open_house.said()] == ["last"]
    assert open_house.wire.closed == (4401, "signed out")


async def test_frames_of_one_message_run_in_order_and_one_that_waits_holds_the_rest_and_the_reading() -> None:
    house = House()
    house.waits = asyncio.Event()
    await house.enter()
    house.one.receive(b"\n".join([typing("a"), typing("slow"), typing("b")]))
    house.one.receive(TYPING)
    await house.settle()
    assert (house.run, house.wire.holds) == (["a", "slow"], 1)
    house.waits.set()
    await house.settle()
    assert (house.run, house.wire.holds) == (["a", "slow", "slow done", "b", "c"], 0)


async def test_too_many_lines_behind_one_that_waits_close_it_and_end_its_work() -> None:
    house = House()
    house.waits = asyncio.Event()
    await house.enter()
    house.one.receive(typing("slow"))
    await house.settle()
    full = b"\n".join([TYPING] * FRAME_LINES_MAX)
    for _ in range(BACKLOG_LINES_MAX // FRAME_LINES_MAX):
        house.one.receive(full)
    assert house.wire.closed is None
    house.one.receive(full)
    assert house.wire.closed == (4429, "too fast")
    house.waits.set()
    await house.settle()
    assert house.run == ["slow"], "what was running is cancelled, what waited is dropped"


@pytest.mark.parametrize(
    ("conversation", "code"), [("no", "chat.not_a_member"), ("bug", "server.fault")], ids=["fault", "bug"]
)
async def test_a_frame_that_fails_is_told_under_its_number(open_house: House, conversation: str, code: str) -> None:
    open_house.one.receive(typing(conversation, 7))
    (error,) = open_house.said()
    assert (error["t"], error["code"], error["id"]) == ("error", code, 7)
    assert "hunter2" not in json.dumps(error)
    assert open_house.one.state is SocketState.OPEN


@pytest.mark.parametrize(
    ("line", "code", "number"),
    [
        (b'{"t":"nothing","id":3}', "frame.unknown", 3),
        (b'{"t":"typing","id":3}', "frame.invalid", 3),
        (b'{"t":"typing","conversation":5,"on":true}', "frame.invalid", None),
        (b'{"t":"typing","conversation":"c","on":true,"extra":1,"id":4}', "frame.invalid", 4),
        (b'{"t":"typing","conversation":"c","on":true,"id":"x"}', "frame.invalid", None),
        (b'{"t":"hello","token":"anna/s1"}', "frame.invalid", None),
    ],
)
async def test_a_frame_that_does_not_fit_is_told_and_the_socket_stays(
    open_house: House, line: bytes, code: str, number: int | None
) -> None:
    open_house.one.receive(line)
    await open_house.settle()
    (error,) = open_house.said()
    assert (error["code"], error.get("id")) == (code, number)
    assert open_house.one.state is SocketState.OPEN


@pytest.mark.parametrize("line", [b"x", b"{", b"[]", b"5", b'{"id":1}', b'{"t":5}', b"\xff", b"[" * 5_000])
async def test_what_is_no_frame_at_all_closes_it(open_house: House, line: bytes) -> None:
    open_house.one.receive(line)
    assert open_house.wire.closed == (4400, "bad frame")


@given(st.binary(max_size=80) | st.text(max_size=40).map(str.encode))
def test_no_bytes_break_a_connection_in_any_other_way(line: bytes) -> None:
    house = House()
    house.one.state = SocketState.OPEN
    house.one.receive(line)
    assert house.wire.closed in (None, (4400, "bad frame"), (4400, "too many lines"))


async def test_bounds_of_one_message_are_checked_before_anything_of_it_runs(open_house: House) -> None:
    open_house.one.receive(b"\n".join([TYPING] * (FRAME_LINES_MAX + 1)))
    assert open_house.wire.closed == (4400, "too many lines")
    other = House()
    await other.enter()
    other.one.receive(b" " * (FRAME_BYTES_MAX + 1))
    assert other.wire.closed == (4413, "frame too large")
    assert open_house.run == other.run == []


async def test_empty_lines_are_no_frames(open_house: House) -> None:
    open_house.one.receive(b"\n\n" + TYPING + b"\n")
    assert open_house.run == ["c"]
    assert open_house.said() == []


async def test_before_hello_nothing_runs_and_nothing_is_told() -> None:
    for line in (TYPING, b'{"t":"ping","id":1}', b'{"t":"token","token":"anna/s1"}', b'{"t":"nothing"}'):
        house = House()
        house.one.receive(line)
        await house.settle()
        assert house.wire.closed == (4401, "hello first")
        assert (house.run, house.said(), house.gone) == ([], [], 0)
        with pytest.raises(Fault):
            _ = house.one.who


@pytest.mark.parametrize(("token", "code"), [("nobody", 4401), ("busy", 1013)])
async def test_a_hello_that_is_refused_closes_it_as_the_fault_says(token: str, code: int) -> None:
    house = House()
    await house.enter(token)
    assert house.wire.closed is not None
    assert (house.wire.closed[0], house.opened_with, house.gone) == (code, [], 0)


async def test_a_service_that_cannot_open_it_closes_it_and_hears_that_it_is_gone() -> None:
    house = House()
    house.busy = True
    await house.enter()
    assert house.wire.closed == (1013, "server.unavailable")
    assert (house.gone, house.said()) == (1, [])


async def test_a_token_of_the_same_session_renews_and_another_one_closes(open_house: House) -> None:
    open_house.one.receive(b'{"t":"token","token":"anna/s1","id":5}')
    await open_house.settle()
    assert open_house.said() == [{"t": "ok", "id": 5}]
    open_house.one.receive(b'{"t":"token","token":"anna/s2"}')
    await open_house.settle()
    assert open_house.wire.closed == (4401, "another session")


async def test_too_fast_is_told_with_its_wait_and_whoever_ignores_it_is_closed() -> None:
    house = House(burst=2.0)
    await house.enter()
    house.said()
    house.one.receive(TYPING)
    house.one.receive(typing("c", 9))
    (error,) = house.said()
    assert (error["code"], error["id"], house.run) == ("frame.too_fast", 9, ["c"])
    assert 900 <= error["retry_after_ms"] <= 1000
    for _ in range(TOO_FAST_FRAMES_MAX - 1):
        house.one.receive(TYPING)
    assert house.wire.closed is None
    house.one.receive(TYPING)
    assert house.wire.closed == (4429, "too fast")


async def test_any_sign_of_life_is_heard(open_house: House) -> None:
    for sign in (lambda: open_house.one.receive(TYPING), open_house.wire.heard):
        open_house.at_s += 5
        sign()
        assert open_house.one.heard_s == open_house.at_s


async def test_the_other_side_s_end_is_told_once_without_a_code(open_house: House) -> None:
    open_house.one.lost()
    open_house.one.lost()
    assert (open_house.ends, open_house.gone, open_house.wire.closed) == ([None], 1, None)
    assert SUBPROTOCOL == "secureconnect.v1"


async def test_lines_are_counted_as_they_come(open_house: House) -> None:
    before = open_house.lines
    open_house.one.receive(TYPING + b"\n" + TYPING)
    assert open_house.lines == before + 2
