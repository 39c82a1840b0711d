"""A socket that stays: it connects again by itself, obeys what close codes ask for, and keeps its token fresh."""

import asyncio
from contextlib import suppress
from enum import Enum
from typing import TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Origin, Subprotocol

from secureconnect.client.closes import Next, Verdict, after_close, after_status
from secureconnect.client.faults import AnswerUnreadable, ConnectionLost, ServerFault, SocketEnded, ending, from_answer
from secureconnect.client.frames import Frame
from secureconnect.client.link import LOST_CODE, Link, Outgoing
from secureconnect.client.listening import Door, Listener
from secureconnect.client.transport import Http
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.frames import CLOSE_UNAUTHENTICATED, SUBPROTOCOL, Hello, Token, Welcome
from secureconnect.kit.clock import Clock
from secureconnect.kit.retry import full_jitter_s

STEADY_S = 10.0
"""A connection that lived so long proves the server well: back-off and the try to renew begin anew."""
RECEIVED_BYTES_MAX = 16 * 1024 * 1024
A = TypeVar("A")


class Standing(Enum):
    """How a socket stands, in the order of its life."""

    NEW = "new"
    CONNECTING = "connecting"
    OPEN = "open"
    WAITING = "waiting"
    ENDED = "ended"


class Socket:
    """One socket of the server, over as many connections as it takes."""

    def __init__(self, http: Http, door: Door, clock: Clock, listener: Listener) -> None:
        self._http = http
        self._door = door
        self._clock = clock
        self._listener = listener
        self._link: Link | None = None
        self._open = asyncio.Event()
        self._token = ""
        self._why: Exception | None = None
        self._task: asyncio.Task[None] | None = None
        self.standing = Standing.NEW

    async def open(self, timeout_s: float = 30.0) -> None:
        """Connect and stay connected; returns at the first welcome.

        Raises SocketEnded when the server wants no socket of this client, ConnectionLost when it was not there in time.
        """
        if self._task is None:
            self._task = asyncio.create_task(self._work())
        try:
            await self.connected(timeout_s)
        except ConnectionLost:
            await self.close()
            raise

    async def connected(self, timeout_s: float = 30.0) -> None:
        """Wait until a connection is live; raises SocketEnded, ConnectionLost."""
        if self.standing is not Standing.OPEN:
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self._open.wait()
        if self.standing is Standing.ENDED:
            raise ending(self._why)
        if self.standing is not Standing.OPEN:
            raise ConnectionLost(f"not connected: {self._why or 'in time'}")

    async def close(self) -> None:
        """End the socket; what waits for an answer gets ConnectionLost."""
        if self._link is not None:
            await self._link.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self.standing is not Standing.ENDED:
            self._finish(None)

    async def request(self, frame: Outgoing, answer: type[A], timeout_s: float = 15.0) -> A:
        """Send a frame when connected and wait for its answer; raises ServerFault, ConnectionLost, AnswerUnreadable."""
        await self.connected(timeout_s)
        try:
            async with asyncio.timeout(timeout_s):
                told = await self.ask(frame)
        except TimeoutError as slow:
            raise ConnectionLost("the answer did not come in time") from slow
        if not isinstance(told, answer):
            raise AnswerUnreadable(f"{type(told).__name__} came where {answer.__name__} was due")
        return told

    def ask(self, frame: Outgoing) -> "asyncio.Future[Frame]":
        """Send a frame now; its answer is the future's result. Raises ConnectionLost, TooMuchWaiting."""
        if self._link is None:
            raise ConnectionLost("the socket is not connected")
        return self._link.ask(frame)

    def tell(self, frame: Outgoing) -> None:
        """Send a frame now that needs no answer; raises ConnectionLost, TooMuchWaiting."""
        if self._link is None:
            raise ConnectionLost("the socket is not connected")
        self._link.tell(frame)

    async def _work(self) -> None:
        try:
            await self._stay()
        except Exception as broken:  # a listener that fails ends its socket, so that nobody waits for ever
            self._finish(broken)

    async def _stay(self) -> None:
        waits = full_jitter_s(self._door.wait_s_first, self._door.wait_s_most, self._http.rng)
        renewed = False
        while True:
            self.standing = Standing.CONNECTING
            began_s = self._clock.monotonic_s()
            try:
                verdict, why = await self._live()
            finally:
                self._link = None
                self._open.clear()
            if self._clock.monotonic_s() - began_s >= STEADY_S:
                waits = full_jitter_s(self._door.wait_s_first, self._door.wait_s_most, self._http.rng)
                renewed = False
            self._why = why
            if verdict.step is Next.RENEW and not renewed:
                renewed = True
                verdict = await self._renew()
            if verdict.step is not Next.RECONNECT:
                return self._finish(self._why)
            wait_s = next(waits) if verdict.wait_ms is None else verdict.wait_ms / 1000
            self.standing = Standing.WAITING
            self._listener.lost(str(why), wait_s)
            await asyncio.sleep(wait_s)

    async def _live(self) -> tuple[Verdict, Exception]:
        """One connection from its beginning to its end, and what follows."""
        try:
            self._token = await self._http.keeper.access()
            socket = await self._connect()
        except InvalidStatus as refused:
            answer = refused.response
            why = from_answer(answer.status_code, answer.headers, bytes(answer.body or b""), self._clock.now_ms())
            return Verdict(after_status(why.status).step, why.retry_after_ms), why
        except Fault as fault:
            passing = isinstance(fault, ServerFault) and fault.status != 401
            return Verdict(Next.RECONNECT if passing else Next.END), fault
        except (OSError, TimeoutError, WebSocketException, ConnectionLost) as away:
            return Verdict(Next.RECONNECT), away
        link = Link(socket, self._clock)
        try:
            welcome = await link.greet(Hello(self._token, self._listener.sync()), self._door.open_timeout_s)
            code, reason = await self._serve(link, welcome)
        except ServerFault as fault:
            if fault.code is Code.CHAT_TOKEN_INVALID:
                self._listener.sync_refused()
            return _after_refused_hello(fault), fault
        except (AnswerUnreadable, ConnectionLost) as strange:
            return Verdict(Next.RECONNECT), strange
        except ConnectionClosed as closed:
            told = closed.rcvd
            code, reason = (LOST_CODE, "") if told is None else (told.code, told.reason)
        finally:
            await link.close()
        return after_close(code, reason), SocketEnded(code, reason)

    async def _connect(self) -> ClientConnection:
        socket = await connect(
            self._door.url,
            origin=None if self._door.origin is None else Origin(self._door.origin),
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            compression=None,
            proxy=None,
            open_timeout=self._door.open_timeout_s,
            close_timeout=2,
            ping_interval=None,
            max_size=RECEIVED_BYTES_MAX,
            ssl=self._door.tls,
        )
        if socket.subprotocol != SUBPROTOCOL:
            await socket.close()
            raise ConnectionLost(f"the server does not speak {SUBPROTOCOL}")
        return socket

    async def _serve(self, link: Link, welcome: Welcome) -> tuple[int, str]:
        self._link = link
        self.standing = Standing.OPEN
        self._listener.opened(welcome)
        self._open.set()
        keeping = asyncio.create_task(self._keep_token(link))
        try:
            return await link.run(self._listener.heard, welcome.heartbeat_s)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def _keep_token(self, link: Link) -> None:
        """Send a fresh token before the one of this connection ends."""
        with suppress(Fault, ConnectionLost):
            while True:
                await asyncio.sleep(max(1.0, self._http.keeper.left_s()))
                try:
                    token = await self._http.keeper.access()
                except ConnectionLost:
                    continue
                if token != self._token:
                    self._token = token
                    link.tell(Token(token))

    async def _renew(self) -> Verdict:
        try:
            await self._http.keeper.renew(self._token)
        except Fault as fault:
            self._why = SocketEnded(CLOSE_UNAUTHENTICATED, str(fault))
            self._why.__cause__ = fault
            passing = isinstance(fault, ServerFault) and fault.status != 401
            return Verdict(Next.RECONNECT if passing else Next.END)
        except ConnectionLost:
            return Verdict(Next.RECONNECT)
        return Verdict(Next.RECONNECT, 0)

    def _finish(self, why: Exception | None) -> None:
        self.standing = Standing.ENDED
        self._why = why
        self._open.set()
        self._listener.ended(why)


def _after_refused_hello(fault: ServerFault) -> Verdict:
    if fault.code in {Code.UNAUTHENTICATED, Code.AUTH_TOKEN_INVALID}:
        return Verdict(Next.RENEW)
    if fault.retry_after_ms is not None or fault.status >= 500 or fault.code is Code.CHAT_TOKEN_INVALID:
        return Verdict(Next.RECONNECT, fault.retry_after_ms)
    return Verdict(Next.END)
