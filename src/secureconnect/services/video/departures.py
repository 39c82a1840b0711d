"""Who may not be in a call any more: signed out, disabled, no longer a member, or blocked; they leave at once."""

import asyncio
from functools import partial

import structlog

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import Change, Done, MembershipEnded
from secureconnect.services.video import call_state
from secureconnect.services.video.call_state import Call, accounts
from secureconnect.services.video.delivery import Delivery
from secureconnect.services.video.live import LiveCalls
from secureconnect.services.video.members import Members
from secureconnect.services.video.steady import SteadyTime
from secureconnect.services.video.steps import Steps
from secureconnect.services.video.store import calls as store

SKEW_MS = 10_000
"""How far auth's clock may be behind ours."""
WAITING_MAX = 10_000
TRIES = 20
LOOK_S = 30.0
GONE = Code.CHAT_NOT_A_MEMBER
TRY_AGAIN_S = 0.5
KINDS = frozenset({"session_ended", "account_disabled", "account_closed", "blocks"})
log = structlog.get_logger("video.departures")


class Departures:
    """Hears who goes, and takes them out of their calls, one change after the other."""

    def __init__(
        self, sql: Sql, steps: Steps, live: LiveCalls, delivery: Delivery, members: Members, time: SteadyTime
    ) -> None:
        self._sql = sql
        self._steps = steps
        self._live = live
        self._delivery = delivery
        self._members = members
        self._time = time
        self._waiting: asyncio.Queue[Change] = asyncio.Queue(WAITING_MAX)

    def heard(self, change: Change) -> None:
        """Something changed at auth; only what concerns a live call is kept.

        Where too much waits it is let go: the sockets are cut all the same, and the grace ends what they held.
        """
        if change.kind not in KINDS or not any(change.account in accounts(live.call) for live in self._live):
            return
        if self._waiting.full():
            log.warning("too many departures wait", kind=change.kind)
        else:
            self._waiting.put_nowait(change)

    async def run(self) -> None:
        """Work off what was heard, for ever."""
        while True:
            change = await self._waiting.get()
            for _ in range(TRIES):
                try:
                    await self.apply(change)
                    break
                except Fault as fault:
                    log.warning("a departure waits", kind=change.kind, code=fault.code.wire)
                    await asyncio.sleep(TRY_AGAIN_S)
                except Exception:
                    log.exception("a departure failed", kind=change.kind)
                    break

    async def apply(self, change: Change) -> None:
        """Take out of their calls whom the change concerns. Raises Fault."""
        for live in self._live:
            if change.account not in accounts(live.call):
                continue
            if change.kind == "blocks":
                await self._part(live.call, change)
            else:
                await self._depart(live.call, change.account, change.at_ms + SKEW_MS, change.session)

    async def watch(self) -> None:
        """Look at the members of all live calls every now and then, for ever: chat tells of a departure only by its
        best effort."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self.look()
            except Fault as fault:
                log.warning("members of calls are not looked at", code=fault.code.wire)
            except Exception:
                log.exception("members of calls are not looked at")

    async def look(self) -> None:
        """Take out of their calls who is no member any more; raises Fault."""
        for live in self._live:
            for account in sorted(call_state.taking_part(live.call)):
                try:
                    live.members = (await self._members.of(live.call.conversation, account, GONE)).members
                except Fault as fault:
                    if fault.code is not GONE:
                        raise
                    await self.membership_ended(MembershipEnded(live.call.conversation, account))

    async def membership_ended(self, ask: MembershipEnded) -> Done:
        """Chat says that an account is no longer a member: it leaves the call there, and hears no more of it."""
        call = await self._sql.read(store.live_in, ask.conversation)
        if call is None:
            return Done()
        self._delivery.members_changed(ask.conversation)
        now_ms = self._time.now_ms()
        act = partial(call_state.depart, account=ask.account, now_ms=now_ms, until_ms=now_ms)
        await self._steps.take(call.id, act, removed=ask.account)
        return Done()

    async def _depart(self, call: Call, account: str, until_ms: int, session: str | None) -> None:
        now_ms = self._time.now_ms()
        act = partial(call_state.depart, account=account, now_ms=now_ms, until_ms=until_ms, session=session)
        await self._steps.take(call.id, act)

    async def _part(self, call: Call, change: Change) -> None:
        """End a direct call of two of whom one has blocked the other by now."""
        both = call.kind == "direct" and change.other is not None and change.other in accounts(call)
        if both and await self._members.blocked(change.account, change.other or ""):
            await self._depart(call, change.account, self._time.now_ms(), None)
