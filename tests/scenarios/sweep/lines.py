"""A socket by hand: lines out, every line that came in, and how it was closed."""

import asyncio
import itertools
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from secureconnect.contracts.frames import SUBPROTOCOL
from tests.fixtures.waiting import until

Json = dict[str, Any]
CHAT, SIGNALING = "/v1/ws/chat", "/v1/ws/signaling"


class Lines:
    """An open socket; `heard` are all frames that came, `closed` is the close code once it is closed."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.heard: list[Json] = []
        self.closed: int | None = None
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for message in self._socket:
                assert isinstance(message, str)
                self.heard += [json.loads(line) for line in message.split("\n")]
        except ConnectionClosed:
            pass
        self.closed = self._socket.close_code

    async def send(self, text: str) -> None:
        """Send a message as it is; one that is closed already swallows it."""
        try:
            await self._socket.send(text)
        except ConnectionClosed:
            pass

    async def say(self, *frames: Json) -> None:
        """Send frames as one message."""
        await self.send("\n".join(json.dumps(frame) for frame in frames))

    async def ask(self, frame: Json) -> Json:
        """Send a frame with a number of its own, and wait for the answer that carries it."""
        number = next(self._numbers)
        await self.say({**frame, "id": number})
        await until(lambda: self.closed is not None or any(each.get("id") == number for each in self.heard))
        answers = [each for each in self.heard if each.get("id") == number]
        assert answers, f"closed with {self.closed} instead of an answer to {frame['t']}"
        return answers[0]

    async def hello(self, token: str) -> Json:
        """Authenticate, and wait for the welcome."""
        await self.say({"t": "hello", "token": token})
        await until(lambda: self.closed is not None or bool(self.heard))
        assert self.heard, f"closed with {self.closed} instead of a welcome"
        return next(each for each in self.heard if each["t"] == "welcome")

    async def ended(self, within_s: float = 5.0) -> int | None:
        """The close code, once it is closed."""
        await until(lambda: self.closed is not None, within_s)
        return self.closed

    async def close(self) -> None:
        """Close it from this side."""
        await self._socket.close()
        await self._reading


@asynccontextmanager
async def lines(url: str, path: str, headers: Mapping[str, str] | None = None) -> AsyncGenerator[Lines]:
    """A socket by hand on a server's address; the handshake's refusal is raised as it came."""
    target = f"ws{url.removeprefix('http')}{path}"
    async with connect(
        target, subprotocols=[Subprotocol(SUBPROTOCOL)], compression=None, proxy=None, additional_headers=headers or {}
    ) as socket:
        opened = Lines(socket)
        try:
            yield opened
        finally:
            await opened.close()


@asynccontextmanager
async def greeted(url: str, path: str, token: str) -> AsyncGenerator[Lines]:
    """A socket that has said hello and was welcomed."""
    async with lines(url, path) as opened:
        await opened.hello(token)
        yield opened
