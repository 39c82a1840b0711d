"""What time does to calls: deadlines that are over, leases of devices that are here, rings for those who came since."""

import asyncio
from contextlib import suppress
from functools import partial

import structlog

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Fault
from secureconnect.services.video import call_state
from secureconnect.services.video.announcement import announcement
from secureconnect.services.video.call_state import Call, ParticipantState, Rules
from secureconnect.services.video.delivery import Delivery
from secureconnect.services.video.listeners import Listeners
from secureconnect.services.video.live import LiveCalls
from secureconnect.services.video.steady import SteadyTime
from secureconnect.services.video.steps import Steps
from secureconnect.services.video.store import calls as store

MOST_EVERY_MS = 5_000
LEASES_PER_GRACE = 3
RETRY_MS = 500
log = structlog.get_logger("video.upkeep")


class Upkeep:
    """One loop that sleeps until the next deadline, and looks after all calls every few seconds."""

    def __init__(
        self,
        *,
        sql: Sql,
        steps: Steps,
        live: LiveCalls,
        listeners: Listeners,
        delivery: Delivery,
        time: SteadyTime,
        rules: Rules,
    ) -> None:
        self._sql = sql
        self._steps = steps
        self._live = live
        self._listeners = listeners
        self._delivery = delivery
        self._time = time
        self._rules = rules
        self._every_ms = min(MOST_EVERY_MS, rules.grace_ms // LEASES_PER_GRACE)
        self._looked_ms = 0
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """A deadline may have come nearer."""
        self._woken.set()

    def look(self) -> None:
        """The bus was away: look after all calls now."""
        self._looked_ms = 0
        self._woken.set()

    async def recover(self) -> None:
        """Take over what stood when the node stopped: whose time is over leaves soon, the others get their grace."""
        now_ms = self._time.now_ms()
        act = partial(call_state.rebase, now_ms=now_ms, rules=self._rules)
        for call in await self._sql.read(store.live_versions):
            await self._steps.recall(call, act)
        self._looked_ms = now_ms

    async def run(self) -> None:
        """Look after the calls, for ever."""
        while True:
            self._woken.clear()
            wait_ms = RETRY_MS
            try:
                await self.pass_once()
                wait_ms = self._wait_ms()
            except Fault as fault:
                log.warning("calls are not looked after", code=fault.code.wire)
            except Exception:
                log.exception("calls are not looked after")
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_ms / 1000):
                    await self._woken.wait()

    async def pass_once(self) -> None:
        """Everything that is due now."""
        now_ms = self._time.now_ms()
        for call in self._live.due(now_ms):
            await self._expire(call)
        if now_ms >= self._looked_ms + self._every_ms:
            self._looked_ms = now_ms
            await self._renew(now_ms)
            self._ring_again()
            await self.refresh()

    async def refresh(self) -> None:
        """Learn what other nodes did and the bus did not bring."""
        known = self._live.versions()
        found = await self._sql.read(store.live_versions)
        changed = [call for call in {*known, *found} if known.get(call) != found.get(call)]
        for call in await self._sql.read(store.load_many, changed) if changed else []:
            held = self._live.get(call.id)
            if self._live.put(call):
                old = None if held is None else held.call
                members = await self._steps.members_of(call)
                self._delivery.tell_here(announcement(old, call, members))

    def _wait_ms(self) -> int:
        next_ms = self._looked_ms + self._every_ms
        deadline_ms = self._live.next_deadline()
        if deadline_ms is not None:
            next_ms = min(next_ms, deadline_ms)
        return max(1, next_ms - self._time.now_ms())

    async def _expire(self, call: Call) -> None:
        """The step reads anew what it judges: another node may have renewed a lease."""
        await self._steps.take(call.id, partial(call_state.expire, now_ms=self._time.now_ms()))

    async def _renew(self, now_ms: int) -> None:
        devices = [
            one.device
            for live in self._live
            for one in live.call.participants
            if one.state is ParticipantState.JOINED
            and one.device is not None
            and self._listeners.of_device(one.account, one.device)
        ]
        if not devices:
            return
        until_ms = now_ms + self._rules.grace_ms
        await self._sql.write(store.renew, devices, until_ms)
        self._live.renewed(set(devices), until_ms)

    def _ring_again(self) -> None:
        for live in self._live:
            self._delivery.ring_again(live.call, sorted(call_state.ringing(live.call)))
