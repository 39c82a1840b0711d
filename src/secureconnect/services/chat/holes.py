"""What was not delivered although it stands: read from the log again and delivered in order."""

import asyncio
from collections.abc import Callable

import structlog

from secureconnect.backends.log.port import Log
from secureconnect.contracts.errors import Fault
from secureconnect.services.chat.audience import Audience, Place
from secureconnect.services.chat.delivery import Delivery
from secureconnect.services.chat.membership import Membership
from secureconnect.services.chat.metrics_live import LiveMetrics
from secureconnect.services.chat.nodes import Joined, Told

log = structlog.get_logger("chat.holes")
PAGE_EVENTS = 200
READERS = 8


class Holes:
    """Fills what is missing between what was delivered to a conversation's sockets and where its log stands."""

    def __init__(
        self,
        audience: Audience,
        events: Log,
        membership: Membership,
        moved: Callable[[str], None],
        metrics: LiveMetrics,
    ) -> None:
        self._audience = audience
        self._events = events
        self._membership = membership
        self._metrics = metrics
        self._delivery = Delivery(audience, self.fill, moved, metrics)
        self._wanted: dict[str, int] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._readers = asyncio.Semaphore(READERS)

    @property
    def delivery(self) -> Delivery:
        """The delivery whose holes these are."""
        return self._delivery

    def fill(self, conversation: str, seq: int) -> None:
        """Have the conversation delivered up to `seq` from the log; nothing where nobody is here."""
        if conversation not in self._audience.rooms:
            return
        self._wanted[conversation] = max(seq, self._wanted.get(conversation, 0))
        if conversation not in self._tasks:
            task = asyncio.get_running_loop().create_task(self._fill(conversation))
            self._tasks[conversation] = task

    def reach(self, conversation: str, head_seq: int) -> bool:
        """A conversation is known to reach so far; whether its sockets here lack something, which is then read."""
        room = self._audience.rooms.get(conversation)
        if room is None or head_seq <= room.last_seq:
            return False
        self.fill(conversation, head_seq)
        return True

    def admit(self, joined: Joined) -> None:
        """An account that may be here became a member elsewhere."""
        room = self._audience.rooms.get(joined.conversation)
        if room is None:
            # Reading on from there also meets a removal that followed: a hint that comes late lets nobody in.
            self._audience.admit(joined.account, joined.conversation, Place(joined.first_seq, joined.seq - 1))
        self.reach(joined.conversation, joined.seq)

    def hear(self, told: Told) -> None:
        """Take another node's hint."""
        for conversation in told.remembered:
            self._membership.forget(conversation)
        for joined in told.joined:
            self.admit(joined)
        for conversation, seq in told.heads.items():
            self.reach(conversation, seq)

    async def settle(self) -> None:
        """Wait until all that is wanted now was read, or could not be."""
        tasks = list(self._tasks.values())
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)

    async def stop(self) -> None:
        """Read no more."""
        for task in list(self._tasks.values()):
            task.cancel()
        await self.settle()

    async def _fill(self, conversation: str) -> None:
        try:
            async with self._readers:
                await self._read_on(conversation)
        except Fault as fault:
            log.warning("a hole could not be read", code=fault.code.wire)
        finally:
            self._tasks.pop(conversation, None)
            self._wanted.pop(conversation, None)

    async def _read_on(self, conversation: str) -> None:
        while True:
            room = self._audience.rooms.get(conversation)
            if room is None or room.last_seq >= self._wanted.get(conversation, 0):
                return
            page = await self._events.page_after(conversation, room.last_seq, PAGE_EVENTS)
            if self._audience.rooms.get(conversation) is not room:
                continue
            if not page.events:
                return
            for event in page.events:
                self._membership.apply(event)
            self._metrics.repaired.inc(self._delivery.take(room, page.events))
