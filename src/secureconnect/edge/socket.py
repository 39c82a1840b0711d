"""Sockets: one connection's life from its first frame to its close, the same for chat and signaling."""

import asyncio
from collections import deque
from collections.abc import Awaitable
from enum import Enum
from typing import Any, Protocol, TypeVar

import msgspec
import structlog

from secureconnect.contracts.errors import BY_WIRE, Code, Fault
from secureconnect.contracts.frames import (
    CLOSE_BAD_FRAME,
    CLOSE_FRAME_TOO_LARGE,
    CLOSE_TOO_FAST,
    CLOSE_TOO_SLOW,
    CLOSE_UNAUTHENTICATED,
    FRAME_LINES_MAX,
    ErrorFrame,
    Hello,
    Ok,
    Ping,
    Pong,
    Token,
    Welcome,
)
from secureconnect.edge.identity import Caller
from secureconnect.edge.limits import BACKLOG_LINES_MAX, FRAME_BYTES_MAX, TOO_FAST_FRAMES_MAX, TokenBucket
from secureconnect.edge.problems import unquoted
from secureconnect.edge.wire import SocketWire, frame_text

log = structlog.get_logger("edge.socket")
Frames_contra = TypeVar("Frames_contra", contravariant=True)
encode = msgspec.json.encode


class SocketState(Enum):
    """The states of a connection in life order."""

    AWAITING_HELLO = "awaiting_hello"
    OPENING = "opening"
    OPEN = "open"
    CLOSED = "closed"


class SocketService(Protocol[Frames_contra]):
    """What a service does with its sockets."""

    async def opened(self, connection: "Connection", sync: str | None) -> Welcome:
        """Register the connection for live frames first, then read what its welcome tells. Raises Fault."""
        ...

    def frame(self, connection: "Connection", frame: Frames_contra) -> Awaitable[None] | None:
        """Run one frame; what is returned is awaited before the next of this connection runs. Raises Fault."""
        ...

    def closed(self, connection: "Connection") -> None:
        """The connection is gone; called once for each that was opened."""
        ...


class Host(Protocol):
    """What a connection needs of the set of all sockets."""

    def now_s(self) -> float:
        """Monotonic seconds."""
        ...

    def received(self, lines: int) -> None:
        """Count frames that came."""
        ...

    def due(self, connection: "Connection") -> None:
        """Have the connection flushed at the end of this turn of the loop."""
        ...

    async def authenticate(self, token: str) -> Caller:
        """Verify an access token. Raises Fault."""
        ...

    def authenticated(self, connection: "Connection") -> None:
        """The connection has its caller."""
        ...

    def ended(self, connection: "Connection", code: int | None) -> None:
        """The connection is gone; `code` when the server closed it."""
        ...


class Connection:
    """One socket. `caller` is set from its hello on; `data` is the service's own state for it."""

    __slots__ = (
        "_bucket",
        "_decoder",
        "_due",
        "_held",
        "_host",
        "_incoming",
        "_outbox_bytes_max",
        "_service",
        "_task",
        "_too_fast",
        "_wire",
        "caller",
        "client_ip",
        "data",
        "heard_s",
        "id",
        "state",
    )  # fmt: skip

    def __init__(
        self,
        connection_id: str,
        host: Host,
        service: SocketService[Any],
        wire: SocketWire,
        decoder: "msgspec.json.Decoder[Any]",
        bucket: TokenBucket,
        outbox_bytes_max: int,
        client_ip: str,
    ) -> None:
        self.id = connection_id
        self.caller: Caller | None = None
        self.data: Any = None
        self.client_ip = client_ip
        self.state = SocketState.AWAITING_HELLO
        self._host = host
        self._service = service
        self._wire = wire
        self._decoder = decoder
        self._bucket = bucket
        self._outbox_bytes_max = outbox_bytes_max
        self._due: list[bytes] | None = None
        self._held: list[bytes] | None = None
        self._incoming: deque[bytes] | None = None
        self._task: asyncio.Task[None] | None = None
        self._too_fast = 0
        self.heard_s = host.now_s()
        wire.sink = self.receive
        wire.heard = self.hear

    @property
    def who(self) -> Caller:
        """The caller of an authenticated connection."""
        if self.caller is None:
            raise Fault(Code.UNAUTHENTICATED)
        return self.caller

    # What goes out.

    def send(self, frame: msgspec.Struct) -> None:
        """Send a frame with whatever else is due in this turn of the loop."""
        self.send_line(encode(frame))

    def send_line(self, line: bytes) -> None:
        """Send one encoded frame with whatever else is due in this turn of the loop."""
        if self.state is SocketState.OPENING and self._held is not None:
            self._held.append(line)
            return
        if self._due is None:
            self._due = [line]
            self._host.due(self)
        else:
            self._due.append(line)

    def send_framed(self, framed: bytes, line: bytes) -> None:
        """Write bytes that are framed already, the same for many; they queue behind what is due."""
        if self._due is not None or self.state is not SocketState.OPEN:
            self.send_line(line)
        elif self._wire.write(framed) > self._outbox_bytes_max:
            self.close(CLOSE_TOO_SLOW, "too slow")

    def refuse(self, number: int | None, fault: Fault) -> None:
        """Tell that the frame of that number was refused; the socket stays."""
        code = fault.code if fault.code.wire in BY_WIRE else Code.INTERNAL
        detail = fault.detail or (fault.errors[0].detail if fault.errors else None)
        self.send(ErrorFrame(code.wire, code.title, number, detail, fault.retry_after_ms or 0))

    def waiting_bytes(self) -> int:
        """How much was written that the other side has not taken yet."""
        return self._wire.buffered_bytes()

    def flush(self) -> None:
        """Write what is due as one text message."""
        due, self._due = self._due, None
        if due and self.state is not SocketState.CLOSED:
            text = frame_text(due[0] if len(due) == 1 else b"\n".join(due))
            if self._wire.write(text) > self._outbox_bytes_max:
                self.close(CLOSE_TOO_SLOW, "too slow")

    def ping(self, framed: bytes) -> None:
        """Ask the other side's protocol for a sign of life."""
        self._wire.write(framed)

    def close(self, code: int, reason: str = "") -> None:
        """Close with a code of ours; later frames are not sent."""
        if self.state is SocketState.CLOSED:
            return
        self.flush()
        self._wire.close_with(code, reason)
        self._end(code)

    def lost(self) -> None:
        """The other side or the network closed."""
        if self.state is not SocketState.CLOSED:
            self._end(None)

    def _end(self, code: int | None) -> None:
        opened = self.state in (SocketState.OPENING, SocketState.OPEN)
        self.state = SocketState.CLOSED
        self._incoming = None
        self._held = None
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
        if opened:
            self._service.closed(self)
        self._host.ended(self, code)

    # What comes in.

    def hear(self) -> None:
        """The other side gave a sign of life."""
        self.heard_s = self._host.now_s()

    def receive(self, message: bytes) -> None:
        """Take a text message: one or more frames, one a line, run in order."""
        self.heard_s = self._host.now_s()
        if len(message) > FRAME_BYTES_MAX:
            self.close(CLOSE_FRAME_TOO_LARGE, "frame too large")
            return
        lines = message.split(b"\n")
        if len(lines) > FRAME_LINES_MAX:
            self.close(CLOSE_BAD_FRAME, "too many lines")
            return
        self._host.received(len(lines))
        if self._task is None:
            self._run(deque(lines))
        elif self._incoming is not None:
            self._incoming.extend(lines)
            if len(self._incoming) > BACKLOG_LINES_MAX:
                self.close(CLOSE_TOO_FAST, "too fast")

    def _run(self, lines: deque[bytes]) -> None:
        while lines and self.state is not SocketState.CLOSED:
            line = lines.popleft()
            if line:
                step = self._line(line)
                if step is not None:
                    self._incoming = lines
                    self._wire.hold()
                    self._task = asyncio.get_running_loop().create_task(self._drain(step))
                    return

    async def _drain(self, step: tuple[int | None, Awaitable[None]]) -> None:
        pending: tuple[int | None, Awaitable[None]] | None = step
        while pending is not None:
            await self._await(pending)
            pending = None
            while self._incoming and pending is None and self.state is not SocketState.CLOSED:
                line = self._incoming.popleft()
                pending = self._line(line) if line else None
        self._task = None
        self._incoming = None
        self._wire.release()

    async def _await(self, step: tuple[int | None, Awaitable[None]]) -> None:
        number, work = step
        try:
            await work
        except Fault as fault:
            self.refuse(number, fault)
        except Exception:
            log.exception("a frame failed", connection=self.id)
            self.refuse(number, Fault(Code.INTERNAL))

    def _line(self, line: bytes) -> tuple[int | None, Awaitable[None]] | None:
        try:
            frame = self._decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._misread(line, error)
            return None
        number: int | None = frame.id
        if not self._may_go_on(number):
            return None
        try:
            work = self._dispatch(frame)
        except Fault as fault:
            self.refuse(number, fault)
            return None
        except Exception:
            log.exception("a frame failed", connection=self.id)
            self.refuse(number, Fault(Code.INTERNAL))
            return None
        return None if work is None else (number, work)

    def _may_go_on(self, number: int | None) -> bool:
        wait_s = self._bucket.take(self._host.now_s())
        if wait_s <= 0.0:
            return True
        self._too_fast += 1
        if self._too_fast > TOO_FAST_FRAMES_MAX:
            self.close(CLOSE_TOO_FAST, "too fast")
        else:
            self.refuse(number, Fault(Code.FRAME_TOO_FAST, retry_after_ms=max(1, int(wait_s * 1000))))
        return False

    def _dispatch(self, frame: Any) -> Awaitable[None] | None:
        if self.state is SocketState.AWAITING_HELLO:
            if isinstance(frame, Hello):
                return self._hello(frame)
            self.close(CLOSE_UNAUTHENTICATED, "hello first")
            return None
        if isinstance(frame, Ping):
            self.send(Pong(id=frame.id))
            return None
        if isinstance(frame, Token):
            return self._token(frame)
        if isinstance(frame, Hello):
            raise Fault(Code.FRAME_INVALID, "This socket has said hello.")
        return self._service.frame(self, frame)

    async def _hello(self, hello: Hello) -> None:
        try:
            self.caller = await self._host.authenticate(hello.token)
        except Fault as fault:
            self._refuse_hello(fault)
            return
        self.state = SocketState.OPENING
        self._held = []
        self._host.authenticated(self)
        if self.state is not SocketState.OPENING:
            return
        try:
            welcome = await self._service.opened(self, hello.sync)
        except Fault as fault:
            self._refuse_hello(fault)
            return
        if self.state is SocketState.OPENING:
            self.state = SocketState.OPEN
            held, self._held = self._held, None
            for line in (encode(welcome), *(held or [])):
                self.send_line(line)

    def _refuse_hello(self, fault: Fault) -> None:
        busy = fault.code.status == 503
        self.close(1013 if busy else CLOSE_UNAUTHENTICATED, fault.code.wire)

    async def _token(self, frame: Token) -> None:
        fresh = await self._host.authenticate(frame.token)
        held = self.who
        if (fresh.account, fresh.device, fresh.session) != (held.account, held.device, held.session):
            self.close(CLOSE_UNAUTHENTICATED, "another session")
            return
        self.caller = fresh
        if frame.id is not None:
            self.send(Ok(frame.id))

    def _misread(self, line: bytes, error: Exception) -> None:
        head = _loose_head(line)
        if head is None:
            self.close(CLOSE_BAD_FRAME, "bad frame")
            return
        if self.state is SocketState.AWAITING_HELLO:
            self.close(CLOSE_UNAUTHENTICATED, "hello first")
            return
        if not self._may_go_on(head.id):
            return
        unknown = "Invalid value" in str(error) and "`$.t`" in str(error)
        code = Code.FRAME_UNKNOWN if unknown else Code.FRAME_INVALID
        self.refuse(head.id, Fault(code, unquoted(error) if isinstance(error, msgspec.ValidationError) else None))


class _LooseHead(msgspec.Struct):
    t: str
    id: int | None = None


def _loose_head(line: bytes) -> _LooseHead | None:
    try:
        return msgspec.json.decode(line, type=_LooseHead, strict=True)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        loose = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
        return _LooseHead(msgspec.json.decode(loose["t"], type=str))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError):
        return None
