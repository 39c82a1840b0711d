"""Hands out the events of all conversations in order and once each, and reads again what is missing."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Literal

from secureconnect.client.faults import AnswerUnreadable, ConnectionLost, ServerFault, SocketEnded, TooMuchWaiting
from secureconnect.client.tracks import Tracks
from secureconnect.contracts.chat import Head
from secureconnect.contracts.events import Event
from secureconnect.contracts.frames import EventsFrame
from secureconnect.kit.retry import full_jitter_s

Start = Literal["now", "beginning"]
EVENTS_MAX = 1_000
READERS = 4
FRUITLESS_MAX = 6
WAIT_S_FIRST = 0.1
WAIT_S_MOST = 5.0

ReadPage = Callable[[str, int], Awaitable[EventsFrame]]
"""Reads the page of a conversation that follows a seq; raises ServerFault, ConnectionLost, SocketEnded."""


class Delivery:
    """Events on their way to the application: a bounded queue, and readers that fill holes.

    Where the application is slow the queue stays full; what comes then is remembered by height alone and read later.
    """

    def __init__(self, read_page: ReadPage, rng: random.Random, cursors: dict[str, int], heads: dict[str, int]) -> None:
        self._read_page = read_page
        self._rng = rng
        self._tracks = Tracks(cursors, heads)
        self._handed = dict(cursors)
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue(EVENTS_MAX)
        self._work: asyncio.Queue[str] = asyncio.Queue()
        self._busy: set[str] = set()
        self._readers: list[asyncio.Task[None]] = []
        self._over = False
        self._why: Exception | None = None

    def start(self) -> None:
        """Begin to work."""
        self._readers = [asyncio.create_task(self._work_off()) for _ in range(READERS)]
        self.resume()

    async def stop(self) -> None:
        """End the work; the application gets what is queued, then the end."""
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        self.end(None)

    def end(self, why: Exception | None) -> None:
        """Nothing more will come; the application learns `why` after what is queued."""
        if not self._over:
            self._over = True
            self._why = why
            self._wake()

    def forget(self) -> None:
        """Drop all cursors and what is queued: the server's numbers mean something else now."""
        for reader in self._readers:
            reader.cancel()
        while not self._queue.empty():
            self._queue.get_nowait()
        while not self._work.empty():
            self._work.get_nowait()
        self._busy.clear()
        self._tracks = Tracks()
        self._handed = {}
        self.start()

    def cursors(self) -> dict[str, int]:
        """Per conversation the last seq that the application has."""
        return dict(self._handed)

    def heads(self) -> dict[str, int]:
        """How far the conversations reach of which the application does not have everything."""
        return {name: seq for name, seq in self._tracks.heads().items() if seq > self._handed.get(name, 0)}

    def start_at(self, heads: list[Head]) -> None:
        """Take these heads as the beginning of the conversations that are not known yet."""
        for head in heads:
            if self._tracks.start_at(head.conversation, head.seq):
                self._handed[head.conversation] = head.seq
        self.resume()

    def reaches(self, heads: list[Head]) -> None:
        """The conversations reach so far: what is missing will be read."""
        for head in heads:
            self._tracks.head(head.conversation, head.seq)
        self.resume()

    def left(self, conversation: str) -> None:
        """The account is no longer in it: hand on what stood before."""
        self._tracks.left(conversation)
        self.resume()

    def live(self, event: Event) -> None:
        """An event came by itself."""
        self._tracks.live(event)
        if event.conversation not in self._busy and not self._queue.full():
            while not self._queue.full() and (ready := self._tracks.take(event.conversation)) is not None:
                self._queue.put_nowait(ready)
        if self._tracks.is_behind(event.conversation):
            self._give(event.conversation)

    def resume(self) -> None:
        """Work on everything that is behind."""
        for conversation in list(self._tracks.behind()):
            self._give(conversation)

    async def next(self) -> Event:
        """The next event; it counts as handed on from now.

        Raises StopAsyncIteration after `stop`, and what ended the socket after `end`.
        """
        event = None if self._over and self._queue.empty() else await self._queue.get()
        if event is None:
            self._wake()
            raise StopAsyncIteration if self._why is None else self._why
        self._handed[event.conversation] = event.seq
        return event

    def _wake(self) -> None:
        """Let whoever waits for an event see the end; it stands behind the last event."""
        if self._queue.empty():
            self._queue.put_nowait(None)

    def _give(self, conversation: str) -> None:
        if conversation not in self._busy:
            self._busy.add(conversation)
            self._work.put_nowait(conversation)

    async def _work_off(self) -> None:
        while True:
            conversation = await self._work.get()
            await self._drain(conversation)
            self._busy.discard(conversation)

    async def _drain(self, conversation: str) -> None:
        """Hand on all of a conversation that is here or can be read."""
        waits = full_jitter_s(WAIT_S_FIRST, WAIT_S_MOST, self._rng)
        fruitless = 0
        while True:
            while (event := self._tracks.take(conversation)) is not None:
                await self._queue.put(event)
            after = self._tracks.missing(conversation)
            if after is None:
                return
            hint_ms = 0
            try:
                page = await self._read_page(conversation, after)
                if self._tracks.page(conversation, page.events, page.from_seq, page.to_seq):
                    fruitless = 0
                    continue
                fruitless += 1
            except SocketEnded:
                return
            except ServerFault as fault:
                if fault.retry_after_ms is None and fault.status < 500:
                    fruitless = FRUITLESS_MAX
                hint_ms = fault.retry_after_ms or 0
            except AnswerUnreadable:
                fruitless += 1
            except (ConnectionLost, TooMuchWaiting):
                pass  # reading waits for the next connection by itself
            if fruitless >= FRUITLESS_MAX or (fruitless and self._tracks.looking(conversation)):
                self._tracks.settle(conversation)
                return
            await asyncio.sleep(next(waits) + hint_ms / 1000)
