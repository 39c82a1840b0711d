"""Frames of calls on chat sockets, so that a device needs but one: handed to chat in order, at most once."""

import asyncio
from collections.abc import Iterable

import structlog
from msgspec import Raw

from secureconnect.backends.peers.port import Peers
from secureconnect.contracts.errors import Fault
from secureconnect.contracts.peers import CHAT_FRAMES, FramesAsk

WAITING_MAX = 1_000
log = structlog.get_logger("video.chat_frames")


class ChatFrames:
    """A queue before chat, so that a stop never passes its ring; what does not fit is dropped, rings are repeated."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._waiting: asyncio.Queue[FramesAsk] = asyncio.Queue(WAITING_MAX)
        self._away = False

    def put(self, accounts: Iterable[str], line: bytes) -> None:
        """Have an encoded frame sent to the chat sockets of these accounts."""
        ask = FramesAsk(list(accounts), Raw(line))
        if ask.accounts and not self._waiting.full():
            self._waiting.put_nowait(ask)

    async def run(self) -> None:
        """Hand on what waits, for ever."""
        while True:
            ask = await self._waiting.get()
            try:
                await self._peers.ask(CHAT_FRAMES, ask)
                self._away = False
            except Fault as fault:
                if not self._away:
                    log.warning("chat does not take frames", code=fault.code.wire)
                self._away = True
