"""One connection of a socket: handshake, hello, lines out and in, answers matched by number, heartbeat."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec
from msgspec.structs import replace
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from secureconnect.client.faults import AnswerUnreadable, ConnectionLost, TooMuchWaiting, from_frame
from secureconnect.client.frames import Frame, Unread, frames_of
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.frames import FRAME_LINES_MAX, ClientFrame, ErrorFrame, Ping, Pong, SignalFrame, Welcome
from secureconnect.kit.clock import Clock

Outgoing = ClientFrame | SignalFrame
LINES_WAITING_MAX = 4_096
LOST_CODE = 1006
_ENCODER = msgspec.json.Encoder()


class Link:
    """A live connection; it ends once and is never opened again."""

    def __init__(self, socket: ClientConnection, clock: Clock) -> None:
        self._socket = socket
        self._clock = clock
        self._number = 0
        self._answers: dict[int, asyncio.Future[Frame]] = {}
        self._lines: asyncio.Queue[bytes] = asyncio.Queue(LINES_WAITING_MAX)
        self._sent_s = self._heard_s = clock.monotonic_s()
        self._message_bytes_max = 65_536
        self._early: list[Frame | Unread] = []
        self._live = True

    async def greet(self, hello: ClientFrame, timeout_s: float) -> Welcome:
        """Say hello and wait for the welcome; raises ServerFault when it is refused, ConnectionLost."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._socket.send(_ENCODER.encode(hello), text=True)
                frames = frames_of(await self._socket.recv(decode=False))
        except TimeoutError as silent:
            raise ConnectionLost("the server did not answer hello in time") from silent
        first = frames[0] if frames else Unread("", None)
        if isinstance(first, ErrorFrame):
            raise from_frame(first)
        if not isinstance(first, Welcome):
            raise AnswerUnreadable("the first frame was no welcome")
        self._early = frames[1:]
        self._message_bytes_max = first.limits.frame_bytes_max
        return first

    def ask(self, frame: Outgoing) -> "asyncio.Future[Frame]":
        """Send a frame; its answer comes as the future's result, ServerFault or ConnectionLost.

        Raises ConnectionLost, TooMuchWaiting, and Fault BODY_TOO_LARGE for what the server would end the socket for.
        """
        self._number += 1
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._put(_ENCODER.encode(replace(frame, id=self._number)))
        self._answers[self._number] = answer
        return answer

    def tell(self, frame: Outgoing) -> None:
        """Send a frame that needs no answer; raises TooMuchWaiting, ConnectionLost."""
        self._put(_ENCODER.encode(frame))

    async def run(self, heard: Callable[[Frame], None], heartbeat_s: float) -> tuple[int, str]:
        """Work until the connection ends; answers the close code and reason."""
        tasks = [asyncio.create_task(self._write()), asyncio.create_task(self._beat(heartbeat_s))]
        try:
            for frame in self._early:
                self._take(frame, heard)
            while True:
                message = await self._socket.recv(decode=False)
                self._heard_s = self._clock.monotonic_s()
                for frame in frames_of(message):
                    self._take(frame, heard)
        except ConnectionClosed as closed:
            told = closed.rcvd
            return (LOST_CODE, "") if told is None else (told.code, told.reason)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._end()

    async def close(self) -> None:
        """End the connection politely; what waits for an answer gets ConnectionLost."""
        self._end()
        await self._socket.close()

    def _put(self, line: bytes) -> None:
        if not self._live:
            raise ConnectionLost("the socket is not connected")
        if len(line) > self._message_bytes_max:
            raise Fault(Code.BODY_TOO_LARGE, f"a frame of {len(line)} bytes, where {self._message_bytes_max} may be")
        try:
            self._lines.put_nowait(line)
        except asyncio.QueueFull:
            raise TooMuchWaiting(f"{LINES_WAITING_MAX} frames wait to be written") from None

    def _take(self, frame: Frame | Unread, heard: Callable[[Frame], None]) -> None:
        number = getattr(frame, "id", None)
        answer = self._answers.pop(number, None) if number is not None else None
        if answer is not None and not answer.done():
            if isinstance(frame, ErrorFrame):
                answer.set_exception(from_frame(frame))
            elif isinstance(frame, Unread):
                answer.set_exception(AnswerUnreadable(f"frame {frame.kind!r}"))
            else:
                answer.set_result(frame)
        elif not isinstance(frame, (Unread, Pong)):
            heard(frame)

    async def _write(self) -> None:
        with suppress(ConnectionClosed):
            line = await self._lines.get()
            while True:
                gathered = [line]
                size = len(line)
                following: bytes | None = None
                while len(gathered) < FRAME_LINES_MAX and not self._lines.empty():
                    following = self._lines.get_nowait()
                    size += len(following) + 1
                    if size > self._message_bytes_max:
                        break
                    gathered.append(following)
                    following = None
                await self._socket.send(b"\n".join(gathered), text=True)
                self._sent_s = self._clock.monotonic_s()
                line = following if following is not None else await self._lines.get()

    async def _beat(self, heartbeat_s: float) -> None:
        """Ping before the server's heartbeat runs out; a server silent for two heartbeats is gone."""
        while True:
            await asyncio.sleep(heartbeat_s / 4)
            now_s = self._clock.monotonic_s()
            if now_s - self._heard_s > heartbeat_s * 2:
                self._socket.transport.abort()
                return
            if now_s - min(self._sent_s, self._heard_s) >= heartbeat_s / 2:
                with suppress(TooMuchWaiting, ConnectionLost):
                    self.tell(Ping(id=0))

    def _end(self) -> None:
        self._live = False
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ConnectionLost("the socket ended before the answer came"))
                answer.exception()
        self._answers.clear()
