"""Upgraded sockets to services elsewhere, relayed as bytes with back pressure both ways."""

import asyncio
import json
import random
import ssl
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import cast
from urllib.parse import urlsplit

import structlog

from secureconnect.contracts.errors import Fault
from secureconnect.edge.door import FORWARDED_BY, FORWARDED_CLIENT
from secureconnect.edge.hosts import TrustedProxies
from secureconnect.edge.wire import HttpWire, UpgradeHead
from secureconnect.services.gateway.admission import Admission
from secureconnect.services.gateway.forward import ServiceToken, passed_on
from secureconnect.services.gateway.frames import FrameBoundary, close_frame
from secureconnect.services.gateway.paths import owner

log = structlog.get_logger("gateway.relay")
HIGH_WATER_BYTES = 262_144
LAST_WORDS_S = 5.0
RECONNECT_SPREAD_MS = 3_000
REFUSED = b"HTTP/1.1 %d %s\r\ncontent-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n"


class Relays:
    """Takes over the sockets whose service lives elsewhere, and tells them all at a restart."""

    def __init__(
        self,
        elsewhere: Mapping[str, Sequence[str]],
        token: ServiceToken,
        admission: Admission,
        proxies: TrustedProxies,
        new_id: Callable[[], str],
        rng: random.Random,
        connect_s: float,
    ) -> None:
        self._elsewhere = elsewhere
        self._token = token
        self._admission = admission
        self._proxies = proxies
        self._new_id = new_id
        self._rng = rng
        self._connect_s = connect_s
        self._turn = count()
        self._open: set[ClientSide] = set()
        self._dialling: set[asyncio.Task[None]] = set()
        self._draining = False

    def takes(self, path: bytes) -> bool:
        """Whether the socket's service lives elsewhere."""
        return owner(path.partition(b"?")[0].decode("latin-1")) in self._elsewhere

    def take(self, protocol: HttpWire, head: UpgradeHead) -> asyncio.Protocol:
        """The protocol that relays this client's bytes from now on."""
        service = cast("str", owner(head.target.partition(b"?")[0].decode("latin-1")))
        forwarded = b",".join(value for name, value in head.headers if name == b"x-forwarded-for")
        client_ip = self._proxies.client_ip(head.client_ip, forwarded.decode("latin-1") or None)
        client = ClientSide(client_ip, self._gone)
        task = asyncio.get_running_loop().create_task(self._dial(client, service, head))
        self._dialling.add(task)
        task.add_done_callback(self._dialling.discard)
        return client

    def drain(self) -> None:
        """Close every relayed socket with 1012 and a jittered hint, at the next frame's end where one is under way."""
        self._draining = True
        for client in list(self._open):
            reason = json.dumps({"reconnect_after_ms": self._rng.randrange(RECONNECT_SPREAD_MS)})
            client.restart(close_frame(1012, reason))

    async def _dial(self, client: "ClientSide", service: str, head: UpgradeHead) -> None:
        if self._draining:
            client.refuse(503, b"Service Unavailable")
            return
        try:
            self._admission.take_socket(client.client_ip)
        except Fault as fault:
            client.refuse(fault.code.status, b"Too Many" if fault.code.status == 429 else b"Service Unavailable")
            return
        client.admitted = True
        self._open.add(client)
        urls = self._elsewhere[service]
        first = next(self._turn)
        for step in range(len(urls)):
            try:
                await self._connect(client, service, urls[(first + step) % len(urls)], head)
            except (OSError, TimeoutError) as error:
                log.warning("a service cannot be reached", upstream=service, error=type(error).__name__)
            else:
                return
        client.refuse(503, b"Service Unavailable")

    async def _connect(self, client: "ClientSide", service: str, url: str, head: UpgradeHead) -> None:
        parts = urlsplit(url)
        trust = ssl.create_default_context() if parts.scheme == "https" else None
        port = parts.port or (443 if trust else 80)
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._connect_s):
            _, server = await loop.create_connection(lambda: ServerSide(client), parts.hostname or "", port, ssl=trust)
        server.begin(self._head(client, service, head))

    def _head(self, client: "ClientSide", service: str, head: UpgradeHead) -> bytes:
        headers = passed_on(head.headers)
        headers += [
            (b"connection", b"upgrade"),
            (b"upgrade", b"websocket"),
            (b"x-request-id", self._new_id().encode()),
            (FORWARDED_BY, self._token(service).encode()),
            (FORWARDED_CLIENT, client.client_ip.encode()),
        ]
        lines = [b"GET " + head.target + b" HTTP/1.1", *(name + b": " + value for name, value in headers)]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def _gone(self, client: "ClientSide") -> None:
        if client.admitted:
            client.admitted = False
            self._admission.leave_socket(client.client_ip)
        self._open.discard(client)


class _Side(asyncio.Protocol):
    """One end of a relay; what it reads is written to the other, which holds it back when it cannot keep up."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.other: _Side | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(high=HIGH_WATER_BYTES)

    def write(self, data: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def pause_writing(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None and self.other.transport is not None and not self.other.transport.is_closing():
            self.other.transport.resume_reading()


class ClientSide(_Side):
    """The client's end; bytes that come before the other end is there wait, reading stopped."""

    def __init__(self, client_ip: str, gone: Callable[["ClientSide"], None]) -> None:
        super().__init__()
        self.client_ip = client_ip
        self.admitted = False
        self._gone = gone
        self._waiting = bytearray()
        self._boundary = FrameBoundary()
        self._restart: bytes | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Stop reading until the other end is there."""
        super().connection_made(transport)
        cast("asyncio.Transport", transport).pause_reading()

    def join(self, server: "_Side") -> None:
        """The other end is there: hand over what waited and read on."""
        self.other = server
        if self.transport is None or self.transport.is_closing():
            if server.transport is not None:
                server.transport.close()
            return
        if self._waiting:
            server.write(bytes(self._waiting))
            self._waiting.clear()
        self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """From the client."""
        if self.other is None:
            self._waiting += data
        else:
            self.other.write(data)

    def deliver(self, data: bytes) -> None:
        """From the service; at a restart the close frame goes in at the first boundary between frames."""
        cut = self._boundary.feed(data, stop=self._restart is not None)
        self.write(data[:cut])
        if self._restart is not None and self._boundary.between:
            self._finish()

    def restart(self, closing: bytes) -> None:
        """Tell the client to come back later, and close."""
        self._restart = closing
        if self._boundary.between:
            self._finish()

    def refuse(self, status: int, phrase: bytes) -> None:
        """Answer the upgrade with a status and close."""
        self.write(REFUSED % (status, phrase))
        if self.transport is not None:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone: what was on its way to the service is nobody's any more."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.abort()
        self._gone(self)

    def last_words(self) -> None:
        """The service is gone: let the client have what it sent, but not for ever."""
        transport = self.transport
        if transport is not None and not transport.is_closing():
            transport.close()
            asyncio.get_running_loop().call_later(LAST_WORDS_S, transport.abort)

    def _finish(self) -> None:
        if self._restart is not None and self._boundary.upgraded:
            self.write(self._restart)
        if self.transport is not None:
            self.transport.close()


class ServerSide(_Side):
    """The service's end."""

    def __init__(self, client: ClientSide) -> None:
        super().__init__()
        self._client = client
        self.other = client

    def begin(self, head: bytes) -> None:
        """Send the request for the upgrade, then what the client sent meanwhile."""
        self.write(head)
        self._client.join(self)

    def data_received(self, data: bytes) -> None:
        """From the service."""
        self._client.deliver(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The service is gone."""
        self._client.last_words()
