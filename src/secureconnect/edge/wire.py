"""uvicorn's protocol classes with what ours needs: deadlines and size limits on heads, and direct writes on sockets.

A server's frame is not masked (RFC 6455 section 5.1), so its bytes are the same for every member of a conversation: it
is framed once and written to each transport.
"""

import asyncio
from asyncio import TimerHandle
from collections.abc import Callable
from typing import Any, Protocol, cast

from uvicorn._types import WebSocketScope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import Frame

from secureconnect.edge.limits import HEAD_DEADLINE_S, HEADER_BYTES_MAX, HEADERS_MAX

WIRE = "secureconnect.wire"
PING = b"\x89\x00"


def frame_text(payload: bytes) -> bytes:
    """One unmasked, final text frame (RFC 6455 section 5.2)."""
    size = len(payload)
    if size < 126:
        return b"\x81" + bytes((size,)) + payload
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


Sink = Callable[[bytes], None]


class SocketWire(WebSocketsSansIOProtocol):
    """A socket whose messages go straight to a sink, and to whose transport framed bytes may be written."""

    sink: Sink | None = None
    heard: Callable[[], None] | None = None

    def handle_connect(self, event: Any) -> None:
        """Offer this wire to the application beside the ASGI scope."""
        super().handle_connect(event)
        scope: WebSocketScope | None = getattr(self, "scope", None)
        if scope is not None:
            cast("dict[str, Any]", scope.get("extensions"))[WIRE] = self

    def send_receive_event_to_app(self) -> None:
        """Hand a whole text message to the sink without waking a task; binary goes the usual way."""
        if self.sink is None or self.curr_msg_data_type != "text":
            super().send_receive_event_to_app()
            return
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if not self.close_sent:
            self.sink(bytes(data))

    def handle_pong(self, event: Frame) -> None:
        """A pong shows that somebody is there."""
        if self.heard is not None:
            self.heard()
        super().handle_pong(event)

    def write(self, framed: bytes) -> int:
        """Write framed bytes and return how many wait now; a transport that is closing takes nothing."""
        transport = self.transport
        if self.close_sent or self.disconnected or transport.is_closing():
            return 0
        transport.write(framed)
        return transport.get_write_buffer_size()

    def buffered_bytes(self) -> int:
        """How much waits in the transport because the other side reads slowly."""
        return 0 if self.disconnected else self.transport.get_write_buffer_size()

    def hold(self) -> None:
        """Read no more until `release`."""
        if not self.disconnected:
            self.transport.pause_reading()

    def release(self) -> None:
        """Read on."""
        if not self.disconnected and not self.transport.is_closing():
            self.transport.resume_reading()

    def close_with(self, code: int, reason: str, deadline_s: float = 2.0) -> None:
        """Send a close frame (RFC 6455 section 5.5.1) and cut the connection when it is not answered in time."""
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        try:
            self.conn.send_close(code, reason)
        except InvalidState:
            self.transport.abort()
            return
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.release()
        self.close_timer = self.loop.call_later(deadline_s, self.transport.abort)

    async def run_asgi(self) -> None:
        """Run the application; its own logging of paths is left to ours."""
        await super().run_asgi()


class Relay(Protocol):
    """Takes an upgrade over as bytes, for a socket service that lives in another process."""

    def takes(self, path: bytes) -> bool:
        """Whether sockets of this path live elsewhere."""
        ...

    def take(self, protocol: "HttpWire", head: "UpgradeHead") -> asyncio.Protocol:
        """The protocol that goes on with the client's connection."""
        ...


class UpgradeHead:
    """A request that asks for an upgrade: target, headers as they came (names in lower case), and the peer's
    address."""

    def __init__(self, target: bytes, headers: list[tuple[bytes, bytes]], client_ip: str) -> None:
        self.target = target
        self.headers = headers
        self.client_ip = client_ip


class HttpWire(HttpToolsProtocol):
    """HTTP/1.1 with a deadline for the head, bounds on its size, and a door for upgrades that live elsewhere."""

    relay: Relay | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_bytes = 0
        self._head_timer: TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._head_arrived()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A new head begins."""
        super().on_message_begin()
        self._head_bytes = 0
        if self._head_timer is None:
            self._await_head()

    def on_url(self, url: bytes) -> None:
        """Count the request line against the head's bound."""
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header against the head's bounds."""
        self._count(len(name) + len(value) + 4)
        if len(self.headers) >= HEADERS_MAX:
            self._refuse_head()
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole: its deadline is over."""
        self._head_arrived()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a chunk of the body; one that the application waits for is handed on without being copied."""
        if not self.cycle.body:
            # Bytes added to empty bytes are those bytes; added to uvicorn's empty bytearray they would be copied twice.
            self.cycle.body = b""  # type: ignore[assignment]
        super().on_body(body)
        if self.cycle.response_complete and self._head_timer is None:
            # Who goes on sending a body that was answered already is not listened to without end.
            self._await_head()

    def on_message_complete(self) -> None:
        """The body is whole: nothing of it is waited for any more."""
        self._head_arrived()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Serve the socket here, or let the relay take it."""
        if self.relay is None or not self.relay.takes(self.url):
            super().handle_websocket_upgrade()
            return
        self.connections.discard(self)
        client_ip = self.client[0] if self.client else ""
        head = UpgradeHead(self.url, list(self.scope["headers"]), client_ip)
        protocol = self.relay.take(self, head)
        self.transport.set_protocol(protocol)
        protocol.connection_made(self.transport)

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_DEADLINE_S, self._head_late)

    def _head_arrived(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_late(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self.transport.abort()

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > HEADER_BYTES_MAX:
            self._refuse_head()

    def _refuse_head(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            )
            self.transport.close()
        raise HeadTooLarge


class HeadTooLarge(Exception):
    """Ends the parsing of a head that is over our bounds; the answer was sent."""
