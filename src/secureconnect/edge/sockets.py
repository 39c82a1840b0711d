"""All sockets of one service: admission, hello deadlines, heartbeats, endings, and the close at a restart."""

import asyncio
import random
from collections import deque
from collections.abc import Iterable
from typing import Any

import msgspec
import structlog
from litestar.types import Receive, Scope, Send, WebSocketScope

from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.frames import (
    CLOSE_RESTART,
    CLOSE_SILENT,
    CLOSE_TOO_MANY,
    CLOSE_UNAUTHENTICATED,
    SUBPROTOCOL,
    Degraded,
)
from secureconnect.edge.gatekeeper import Gatekeeper
from secureconnect.edge.hosts import Origins
from secureconnect.edge.identity import Caller
from secureconnect.edge.limits import (
    FRAMES_BURST,
    FRAMES_PER_S,
    HELLO_DEADLINE_S,
    SOCKETS_PER_ACCOUNT_MAX,
    SOCKETS_PER_DEVICE_MAX,
    TokenBucket,
)
from secureconnect.edge.metrics import EdgeMetrics
from secureconnect.edge.passage import passage_of
from secureconnect.edge.problems import refuse_socket
from secureconnect.edge.socket import Connection, SocketService, SocketState
from secureconnect.edge.wire import PING, WIRE, SocketWire, frame_text
from secureconnect.kit.clock import Clock
from secureconnect.kit.ids import Ids

log = structlog.get_logger("edge.sockets")
SWEEP_S = 1.0
TOKEN_GRACE_MS = 30_000
RECONNECT_SPREAD_MS = 3_000


class Sockets:
    """The sockets of one service at one path; an ASGI application for `websocket` scopes."""

    def __init__(
        self,
        path: str,
        frames: Any,
        service: SocketService[Any],
        gatekeeper: Gatekeeper,
        origins: Origins,
        metrics: EdgeMetrics,
        clock: Clock,
        ids: Ids,
        rng: random.Random,
        heartbeat_s: int,
        outbox_bytes_max: int,
        scale: float = 1.0,
    ) -> None:
        self.path = path
        self._service = service
        self._gatekeeper = gatekeeper
        self._origins = origins
        self._metrics = metrics
        self._clock = clock
        self._ids = ids
        self._rng = rng
        self._heartbeat_s = heartbeat_s
        self._outbox_bytes_max = outbox_bytes_max
        self._scale = scale
        self._decoder = msgspec.json.Decoder(frames)
        self._all: set[Connection] = set()
        self._waiting: dict[Connection, float] = {}
        self._by_account: dict[str, dict[Connection, None]] = {}
        self._flushes: deque[Connection] = deque()
        self._sweeper: asyncio.Task[None] | None = None
        self._draining = False
        self.degraded_now: list[str] = []

    def start(self) -> None:
        """Begin to look after heartbeats and deadlines."""
        self._sweeper = asyncio.create_task(self._sweep(), name=f"sweep {self.path}")

    async def drain(self) -> None:
        """Close every socket with 1012 and a jittered hint when to come back, and admit no more."""
        self._draining = True
        for connection in list(self._all):
            wait_ms = self._rng.randrange(RECONNECT_SPREAD_MS)
            connection.close(CLOSE_RESTART, msgspec.json.encode({"reconnect_after_ms": wait_ms}).decode())
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
            self._sweeper = None

    # ASGI

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit a socket and stay until it is closed."""
        refused = self._refusal(scope)
        if refused is not None:
            await refuse_socket(receive, send, refused, passage_of(scope).request_id)
            return
        await receive()
        wire = _wire_of(scope)
        connection: Connection = Connection(
            self._ids.new(),
            self,
            self._service,
            wire,
            self._decoder,
            TokenBucket(FRAMES_PER_S * self._scale, FRAMES_BURST * self._scale, self.now_s()),
            self._outbox_bytes_max,
            passage_of(scope).client_ip,
        )
        self._all.add(connection)
        self._waiting[connection] = self.now_s() + HELLO_DEADLINE_S
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL, "headers": []})
        while True:
            message: Any = await receive()
            if message["type"] == "websocket.disconnect":
                break
            if message.get("text") is not None:
                connection.receive(message["text"].encode())
            else:
                connection.close(4400, "binary")
        connection.lost()

    def _refusal(self, scope: Scope) -> Fault | None:
        if scope["path"] != self.path:
            return Fault(Code.NOT_FOUND)
        if self._draining:
            return Fault(Code.UNAVAILABLE, retry_after_ms=RECONNECT_SPREAD_MS)
        origin = host = None
        for name, value in scope["headers"]:
            if name == b"origin":
                origin = value.decode("latin-1")
            elif name == b"host":
                host = value
        if origin is not None and not self._origins.own_page(origin, host) and not self._origins.shared(origin):
            return Fault(Code.ORIGIN_REFUSED)
        websocket: WebSocketScope = scope  # type: ignore[assignment]
        if SUBPROTOCOL not in websocket["subprotocols"]:
            return Fault(Code.BAD_REQUEST, f"The subprotocol {SUBPROTOCOL} is not asked for.")
        return None

    # Host of connections

    def now_s(self) -> float:
        """Monotonic seconds."""
        return self._clock.monotonic_s()

    def received(self, lines: int) -> None:
        """Count frames that came."""
        self._metrics.frames.inc(lines)

    def due(self, connection: Connection) -> None:
        """Flush the connection at the end of this turn of the loop."""
        if not self._flushes:
            asyncio.get_running_loop().call_soon(self._flush)
        self._flushes.append(connection)

    def _flush(self) -> None:
        for _ in range(len(self._flushes)):
            self._flushes.popleft().flush()
        if self._flushes:
            asyncio.get_running_loop().call_soon(self._flush)

    async def authenticate(self, token: str) -> Caller:
        """Verify an access token."""
        return await self._gatekeeper.verify(token)

    def authenticated(self, connection: Connection) -> None:
        """Take the connection into the sets by account, and let the oldest go where there are too many."""
        self._waiting.pop(connection, None)
        caller = connection.who
        siblings = self._by_account.setdefault(caller.account, {})
        siblings[connection] = None
        self._metrics.sockets.inc()
        same_device = [other for other in siblings if other.who.device == caller.device]
        if len(same_device) > SOCKETS_PER_DEVICE_MAX:
            same_device[0].close(CLOSE_TOO_MANY, "too many sockets")
        elif len(siblings) > SOCKETS_PER_ACCOUNT_MAX:
            next(iter(siblings)).close(CLOSE_TOO_MANY, "too many sockets")

    def ended(self, connection: Connection, code: int | None) -> None:
        """Forget a connection."""
        self._all.discard(connection)
        self._waiting.pop(connection, None)
        if code is not None:
            self._metrics.closed(code)
        if connection.caller is None:
            return
        siblings = self._by_account.get(connection.caller.account)
        if siblings is not None and connection in siblings:
            self._metrics.sockets.dec()
            del siblings[connection]
            if not siblings:
                del self._by_account[connection.caller.account]

    # What services use

    def of_account(self, account: str) -> list[Connection]:
        """The account's sockets here."""
        return list(self._by_account.get(account, ()))

    def online(self, account: str) -> bool:
        """Whether the account has a socket here."""
        return account in self._by_account

    def count(self) -> int:
        """How many sockets are authenticated."""
        return sum(len(siblings) for siblings in self._by_account.values())

    def send_to_account(self, account: str, line: bytes, but: Connection | None = None) -> None:
        """Send an encoded frame to all sockets of an account, but one."""
        for connection in self._by_account.get(account, ()):
            if connection is not but:
                connection.send_line(line)

    @staticmethod
    def broadcast(connections: Iterable[Connection], lines: bytes) -> None:
        """Write the same frames (joined by newlines) to many sockets, framed once."""
        framed = frame_text(lines)
        for connection in tuple(connections):
            connection.send_framed(framed, lines)

    def end_session(self, account: str, session: str) -> None:
        """Cut the sockets of a session that ended."""
        for connection in self.of_account(account):
            if connection.who.session == session:
                connection.close(CLOSE_UNAUTHENTICATED, "signed out")

    def end_account(self, account: str) -> None:
        """Cut the sockets of an account that was disabled or closed."""
        for connection in self.of_account(account):
            connection.close(CLOSE_UNAUTHENTICATED, "signed out")

    def degraded(self, what: list[str]) -> None:
        """Tell everybody what works less well now."""
        if what != self.degraded_now:
            self.degraded_now = list(what)
            line = msgspec.json.encode(Degraded(what))
            for connection in list(self._all):
                if connection.state is SocketState.OPEN:
                    connection.send_line(line)

    # Looking after

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            self._sweep_once()

    def _sweep_once(self) -> None:
        now_s, now_ms = self.now_s(), self._clock.now_ms()
        for connection, deadline_s in list(self._waiting.items()):
            if now_s >= deadline_s:
                connection.close(CLOSE_UNAUTHENTICATED, "hello too late")
        for connection in list(self._all):
            if connection.caller is None:
                continue
            silent_s = now_s - connection.heard_s
            if silent_s > 2 * self._heartbeat_s:
                connection.close(CLOSE_SILENT, "silent")
            elif now_ms > connection.caller.expires_ms + TOKEN_GRACE_MS:
                connection.close(CLOSE_UNAUTHENTICATED, "token expired")
            elif silent_s > self._heartbeat_s:
                connection.ping(PING)


def _wire_of(scope: Scope) -> SocketWire:
    extensions: dict[str, Any] = scope.get("extensions") or {}  # type: ignore[assignment]
    wire = extensions.get(WIRE)
    if not isinstance(wire, SocketWire):
        raise TypeError("sockets are served by edge.wire alone")
    return wire
