"""Takes calls their steps: in the database first, then to everybody who is to know."""

from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection as SqlConnection

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.socket import Connection
from secureconnect.services.video import ledger
from secureconnect.services.video.announcement import announcement
from secureconnect.services.video.background import Background
from secureconnect.services.video.call_events import CallEvents
from secureconnect.services.video.call_state import Call, Invitation, Rules, Seat, accounts, ringing, seated
from secureconnect.services.video.delivery import Delivery
from secureconnect.services.video.ledger import Step, Stepped
from secureconnect.services.video.live import LiveCalls
from secureconnect.services.video.members import Members
from secureconnect.services.video.metrics import VideoMetrics
from secureconnect.services.video.rooms import Rooms
from secureconnect.services.video.steady import SteadyTime
from secureconnect.services.video.store import calls as store
from secureconnect.services.video.store.calls import Conflict

CONFLICTS_MAX = 8
P = ParamSpec("P")
T = TypeVar("T")


class Steps:
    """The one way in which calls change on this node."""

    def __init__(
        self,
        *,
        sql: Sql,
        live: LiveCalls,
        delivery: Delivery,
        events: CallEvents,
        rooms: Rooms,
        members: Members,
        background: Background,
        metrics: VideoMetrics,
        time: SteadyTime,
        rules: Rules,
    ) -> None:
        self._sql = sql
        self._live = live
        self._delivery = delivery
        self._events = events
        self._rooms = rooms
        self._members = members
        self._background = background
        self._metrics = metrics
        self._time = time
        self._rules = rules
        self.changed: Callable[[], None] = _nothing

    async def invite(
        self, invitation: Invitation, members: Sequence[str], but: Connection | None = None
    ) -> tuple[Call, bool]:
        """The call that lives in the conversation, or a new one (then True); as ledger.invite says."""
        stepped = await self._write(ledger.invite, invitation, self._time.now_ms(), self._rules)
        await self._tell(stepped, members, but, None)
        return stepped.new, stepped.old is None

    async def meet(
        self, conversation: str, seat: Seat, members: Sequence[str], but: Connection | None = None
    ) -> Call | None:
        """The call that lives in the conversation, None when there is none; as ledger.meet says."""
        if await self._sql.read(store.live_in, conversation) is None:
            return None
        stepped = await self._write(ledger.meet, conversation, seat, self._time.now_ms(), self._rules)
        if stepped is not None:
            await self._tell(stepped, members, but, None)
        return None if stepped is None else stepped.new

    async def take(
        self,
        call: str,
        act: Step,
        *,
        entering: Seat | None = None,
        members: Sequence[str] | None = None,
        but: Connection | None = None,
        removed: str | None = None,
    ) -> Call:
        """Take a call a step on and tell of it; as ledger.step says.

        `members` are those of its conversation where they are at hand, `but` is a socket that has its own answer,
        `removed` an account that is no longer a member.
        """
        stepped = await self._write(ledger.step, call, act, self._time.now_ms(), entering)
        await self._tell(stepped, members, but, removed)
        return stepped.new

    async def recall(self, call: str, act: Step) -> None:
        """Take a call a step on that nobody needs to be told of, and know it from now on."""
        stepped = await self._write(ledger.step, call, act, self._time.now_ms())
        self._live.put(stepped.new)

    async def _write(self, work: Callable[Concatenate[SqlConnection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(CONFLICTS_MAX):
            try:
                return await self._sql.write(work, *args, **kwargs)
            except Conflict:
                continue
        raise Fault(Code.CONFLICT, "The call changes too fast; try again.")

    async def _tell(
        self, stepped: Stepped, members: Sequence[str] | None, but: Connection | None, removed: str | None
    ) -> None:
        old, new = stepped.old, stepped.new
        self._live.put(new, members)
        if not stepped.changed:
            return
        self.changed()
        self._metrics.stepped(old, new)
        self._events.wake()
        self._background.spawn(self._rooms.follow(old, new), "tell the room")
        known = members if members is not None else await self.members_of(new)
        self._delivery.tell(announcement(old, new, known, removed), but)

    async def members_of(self, call: Call) -> Sequence[str] | None:
        """The members of the call's conversation: as last heard, else as chat tells; None when that is not known."""
        live = self._live.get(call.id)
        if live is None or live.members is None:
            heard = await self._members.audience(call.conversation, _askable(call))
            if live is not None:
                live.members = heard
            return heard
        return list(live.members)


def _askable(call: Call) -> list[str]:
    """Accounts by which to ask for the members, those most surely of them first."""
    here = [one.account for one in seated(call)]
    return list(dict.fromkeys([*here, *sorted(ringing(call)), call.caller, *sorted(accounts(call))]))


def _nothing() -> None:
    """Nobody waits for changes yet."""
