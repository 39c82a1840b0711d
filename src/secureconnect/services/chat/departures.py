"""Tells video that somebody left a conversation, so that their devices leave its calls."""

import asyncio
from collections.abc import Sequence

import structlog

from secureconnect.backends.log.port import Appended
from secureconnect.backends.peers.port import Peers
from secureconnect.contracts.errors import Fault
from secureconnect.contracts.events import Kind, MemberBody
from secureconnect.contracts.peers import VIDEO_MEMBERSHIP_ENDED, MembershipEnded
from secureconnect.services.chat.bodies import fresh_body
from secureconnect.services.chat.metrics import ChatMetrics

TRIES_MAX = 3
RETRY_S = 1.0
TELLING_MAX = 1000
MEMBER = Kind.MEMBER.value
log = structlog.get_logger("chat.departures")


class Departures:
    """Hears the log; best effort: a call checks the membership of who joins by itself."""

    def __init__(self, peers: Peers, metrics: ChatMetrics, retry_s: float = RETRY_S) -> None:
        self._peers = peers
        self._metrics = metrics
        self._retry_s = retry_s
        self._telling: set[asyncio.Task[None]] = set()

    def hear(self, batch: Sequence[Appended]) -> None:
        """Tell of every member who left or was removed in this batch."""
        for appended in batch:
            if appended.event.kind != MEMBER:
                continue
            body = fresh_body(appended)
            if isinstance(body, MemberBody) and body.change in ("left", "removed"):
                self._tell(MembershipEnded(appended.event.conversation, body.account))

    async def stop(self) -> None:
        """Stop telling."""
        for task in self._telling:
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)

    def _tell(self, ended: MembershipEnded) -> None:
        if len(self._telling) >= TELLING_MAX:
            self._metrics.departures_untold.inc()
            return
        task = asyncio.create_task(self._try(ended), name="tell video of a departure")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _try(self, ended: MembershipEnded) -> None:
        for left in reversed(range(TRIES_MAX)):
            try:
                await self._peers.ask(VIDEO_MEMBERSHIP_ENDED, ended)
            except Fault as fault:
                if not left:
                    log.warning("video was not told of a departure", code=fault.code.wire)
                    self._metrics.departures_untold.inc()
                    return
                await asyncio.sleep(self._retry_s)
            else:
                return
