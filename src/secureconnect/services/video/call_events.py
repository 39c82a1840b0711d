"""Tells the logs of conversations what became of calls, until it is done."""

import asyncio
import random
from contextlib import suppress

import structlog

from secureconnect.backends.peers.port import Peers
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import CHAT_CALL_EVENT, CallEventAsk
from secureconnect.services.video.metrics import VideoMetrics
from secureconnect.services.video.steady import SteadyTime
from secureconnect.services.video.store import untold
from secureconnect.services.video.store.untold import Untold

AT_ONCE = 32
LEASE_MS = 30_000
LOOK_S = 2.0
FIRST_WAIT_MS = 500
MOST_WAIT_MS = 60_000
PASSING_REFUSALS = frozenset({408, 409, 429})
log = structlog.get_logger("video.call_events")


class CallEvents:
    """Works off what is still untold; chat makes it idempotent by call and change."""

    def __init__(self, sql: Sql, peers: Peers, metrics: VideoMetrics, time: SteadyTime, rng: random.Random) -> None:
        self._sql = sql
        self._peers = peers
        self._metrics = metrics
        self._time = time
        self._rng = rng
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There may be something new to tell."""
        self._woken.set()

    async def run(self) -> None:
        """Tell what there is, for ever."""
        while True:
            self._woken.clear()
            told = 0
            try:
                told = await self.tell_due()
            except Fault as fault:
                log.warning("call events wait", code=fault.code.wire)
            except Exception:
                log.exception("call events wait")
            if told == 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._woken.wait()

    async def tell_due(self) -> int:
        """Try everything that is due now once; answers how much that was."""
        now_ms = self._time.now_ms()
        if not await self._sql.read(untold.any_due, now_ms):
            self._metrics.untold.set(await self._sql.read(untold.waiting))
            return 0
        taken = await self._sql.write(untold.take, now_ms, now_ms + LEASE_MS, AT_ONCE)
        for one in taken:
            await self._tell(one)
        return len(taken)

    async def _tell(self, one: Untold) -> None:
        try:
            ask = CallEventAsk(one.conversation, one.account, one.device, one.body)
            await self._peers.ask(CHAT_CALL_EVENT, ask)
        except Fault as fault:
            if not _final(fault.code):
                await self._sql.write(untold.put_off, one, self._time.now_ms() + self._wait_ms(one.tries))
                return
            log.warning("a conversation takes no call event", call=one.call, code=fault.code.wire)
            self._metrics.dropped.inc()
        await self._sql.write(untold.remove, one)

    def _wait_ms(self, tries: int) -> int:
        bound_ms = min(MOST_WAIT_MS, FIRST_WAIT_MS * 2 ** min(tries, 10))
        return FIRST_WAIT_MS + int(self._rng.uniform(0, bound_ms))


def _final(code: Code) -> bool:
    """Whether asking again cannot help: the conversation or the caller's place in it is gone."""
    return 400 <= code.status < 500 and code.status not in PASSING_REFUSALS
