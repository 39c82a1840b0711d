"""What people do with calls: ring, accept, join, decline, hang up, look."""

from collections.abc import Callable
from functools import partial

from msgspec import Struct

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import ConversationsAsk, LiveCall, LiveCalls, MembershipReply
from secureconnect.contracts.video import CallPage, Media, RoomAccess
from secureconnect.edge.identity import Caller
from secureconnect.edge.limits import Limiter
from secureconnect.edge.socket import Connection
from secureconnect.kit.ids import Ids
from secureconnect.services.video import call_state, paging
from secureconnect.services.video.announcement import answer_of
from secureconnect.services.video.call_state import Call, Invitation, Rules, Seat
from secureconnect.services.video.members import Members
from secureconnect.services.video.rooms import Rooms
from secureconnect.services.video.steady import SteadyTime
from secureconnect.services.video.steps import Steps
from secureconnect.services.video.store import calls as store

Entering = Callable[[Call, Seat, int, Rules], Call]


class Answered(Struct, frozen=True):
    """A call as the one who asked gets it: with the way into its room, and whether it was begun now."""

    call: Call
    room: RoomAccess | None = None
    begun: bool = False


class Calls:
    """Calls as the members of their conversations may use them; `but` is a socket that gets its own answer."""

    def __init__(
        self,
        *,
        sql: Sql,
        steps: Steps,
        members: Members,
        rooms: Rooms,
        limiter: Limiter,
        time: SteadyTime,
        ids: Ids,
        rules: Rules,
    ) -> None:
        self._sql = sql
        self._steps = steps
        self._members = members
        self._rooms = rooms
        self._limiter = limiter
        self._time = time
        self._ids = ids
        self._rules = rules

    async def invite(self, caller: Caller, conversation: str, media: Media, but: Connection | None = None) -> Answered:
        """Ring the conversation, or the call that lives there; a direct one that rings the caller is thereby accepted.

        Raises CHAT_NOT_A_MEMBER, CHAT_BLOCKED, CHAT_NOT_ACCEPTED, VIDEO_BUSY (this device is in another call).
        """
        membership = await self._members.of(conversation, caller.account, Code.CHAT_NOT_A_MEMBER)
        seat, call = _seat(caller), self._ids.new()
        if membership.kind == "direct" and membership.blocked:
            raise Fault(Code.CHAT_BLOCKED)
        met = await self._steps.meet(conversation, seat, membership.members, but)
        if met is not None:
            return await self._with_room(met, seat)
        callees = await self._members.callees(caller.account, membership)
        opened = await self._rooms.open(call, seat)
        kind: call_state.ConversationKind = "direct" if membership.kind == "direct" else "group"
        invitation = Invitation(call, conversation, kind, media, seat, callees, opened.devices_max, opened.kind)
        try:
            found, begun = await self._steps.invite(invitation, membership.members, but)
        except Fault:
            await self._rooms.drop(call, opened)
            raise
        if begun and found.live:
            return Answered(found, opened.access, begun)
        await self._rooms.drop(call, opened)
        return Answered(found, None, begun) if begun else await self._with_room(found, seat)

    async def ring(self, caller: Caller, conversation: str, media: Media, but: Connection | None) -> Answered:
        """The same from a socket, whose frames no route has counted yet; raises TOO_MANY_REQUESTS beside."""
        await self._limiter.hit("ring", caller.account)
        return await self.invite(caller, conversation, media, but)

    async def accept(self, caller: Caller, call: str, but: Connection | None = None) -> Answered:
        """Take a ringing call on this device.

        Raises VIDEO_CALL_NOT_FOUND, CHAT_BLOCKED, VIDEO_WRONG_STATE, VIDEO_FULL, VIDEO_BUSY.
        """
        return await self._enter(caller, call, call_state.accept, but)

    async def join(self, caller: Caller, call: str, but: Connection | None = None) -> Answered:
        """Come into a live call; raises as accept does."""
        return await self._enter(caller, call, call_state.join, but)

    async def decline(self, caller: Caller, call: str, but: Connection | None = None) -> Answered:
        """Do not take a call, on any device of the account. Raises VIDEO_CALL_NOT_FOUND, VIDEO_WRONG_STATE."""
        members = await self._leaving(caller.account, call)
        act = partial(call_state.decline, account=caller.account, now_ms=self._time.now_ms())
        return Answered(await self._steps.take(call, act, members=members, but=but))

    async def hang_up(self, caller: Caller, call: str, but: Connection | None = None) -> Answered:
        """Leave a call, or cancel it while it rings. Raises VIDEO_CALL_NOT_FOUND, VIDEO_WRONG_STATE."""
        members = await self._leaving(caller.account, call)
        now_ms = self._time.now_ms()
        act = partial(call_state.hang_up, account=caller.account, device=caller.device, now_ms=now_ms)
        return Answered(await self._steps.take(call, act, members=members, but=but))

    async def get(self, account: str, call: str) -> Call:
        """A call of a conversation that the account is in; raises VIDEO_CALL_NOT_FOUND."""
        found, _ = await self._seen(account, call)
        return found

    async def page(self, account: str, state: str | None, cursor: str | None, limit: int) -> CallPage:
        """Calls of the account's conversations, newest first; raises INVALID for a cursor of no such list."""
        asked = f"{account}\n{state or ''}"
        before = None if cursor is None else paging.call_of(cursor, asked)
        conversations = await self._members.conversations(account)
        found = await self._sql.read(store.page, conversations, state, before, limit + 1)
        more = len(found) > limit
        shown = found[:limit]
        return CallPage([answer_of(call) for call in shown], paging.cursor_of(shown[-1].id, asked) if more else None)

    async def live_calls(self, ask: ConversationsAsk) -> LiveCalls:
        """The calls that live in these conversations, for chat."""
        found = await self._sql.read(store.live_in_many, ask.conversations)
        return LiveCalls([LiveCall(call.conversation, call.id, call.media, call.started_at) for call in found])

    async def _enter(self, caller: Caller, call: str, entering: Entering, but: Connection | None) -> Answered:
        found, membership = await self._seen(caller.account, call)
        if found.kind == "direct" and membership.blocked:
            raise Fault(Code.CHAT_BLOCKED)
        seat, now_ms = _seat(caller), self._time.now_ms()
        entered = await self._steps.take(
            call,
            lambda stands: entering(stands, seat, now_ms, self._rules),
            entering=seat,
            members=membership.members,
            but=but,
        )
        return await self._with_room(entered, seat)

    async def _with_room(self, call: Call, seat: Seat) -> Answered:
        if call_state.seat_of(call, seat.account, seat.device) is None:
            return Answered(call)
        return Answered(call, await self._rooms.enter(call, seat))

    async def _leaving(self, account: str, call: str) -> list[str] | None:
        """The members where chat had to be asked: whom a call rings, or who is in it, can leave it without chat."""
        found = await self._sql.read(store.load, call)
        if found is not None and account in call_state.taking_part(found):
            return None
        return (await self._seen(account, call))[1].members

    async def _seen(self, account: str, call: str) -> tuple[Call, MembershipReply]:
        found = await self._sql.read(store.load, call)
        if found is None:
            raise Fault(Code.VIDEO_CALL_NOT_FOUND)
        return found, await self._members.of(found.conversation, account, Code.VIDEO_CALL_NOT_FOUND)


def _seat(caller: Caller) -> Seat:
    return Seat(caller.account, caller.device, caller.session)
