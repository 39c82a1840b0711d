"""The signaling socket: rings and states of calls to devices, and what devices do with calls."""

from collections.abc import Awaitable
from functools import partial

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.frames import (
    FRAME_LINES_MAX,
    CallAccept,
    CallDecline,
    CallHangup,
    CallInvite,
    CallJoin,
    Ok,
    Signal,
    SignalingClientFrame,
    SocketLimits,
    Welcome,
)
from secureconnect.edge.follow import Follower
from secureconnect.edge.limits import FRAME_BYTES_MAX
from secureconnect.edge.socket import Connection
from secureconnect.services.video import call_state
from secureconnect.services.video.announcement import ring_frame, state_frame
from secureconnect.services.video.background import Background
from secureconnect.services.video.call_state import Call, ParticipantState, Rules, ringing
from secureconnect.services.video.calls import Answered, Calls
from secureconnect.services.video.listeners import Listeners
from secureconnect.services.video.live import LiveCalls
from secureconnect.services.video.signals import Signals
from secureconnect.services.video.steady import SteadyTime
from secureconnect.services.video.steps import Steps
from secureconnect.services.video.store import calls as store

PATH = "/v1/ws/signaling"


class Signaling:
    """The SocketService of signaling."""

    def __init__(
        self,
        *,
        sql: Sql,
        calls: Calls,
        signals: Signals,
        steps: Steps,
        listeners: Listeners,
        live: LiveCalls,
        background: Background,
        follower: Follower,
        time: SteadyTime,
        rules: Rules,
        heartbeat_s: int,
        signal_bytes_max: int,
    ) -> None:
        self._sql = sql
        self._calls = calls
        self._signals = signals
        self._steps = steps
        self._listeners = listeners
        self._live = live
        self._background = background
        self._follower = follower
        self._time = time
        self._rules = rules
        self._heartbeat_s = heartbeat_s
        self._limits = SocketLimits(FRAME_BYTES_MAX, FRAME_LINES_MAX, signal_bytes_max)

    async def opened(self, connection: Connection, sync: str | None) -> Welcome:
        """Take the device back into its calls, and tell it of those that ring it; there is nothing to sync."""
        self._listeners.add(connection)
        account = connection.who.account
        for call in await self._sql.read(store.live_of_account, account):
            stands = await self._back(connection, call)
            connection.send(state_frame(stands))
            if account in ringing(stands):
                connection.send(ring_frame(stands))
        return Welcome(
            connection=connection.id,
            incarnation=self._follower.incarnation,
            heartbeat_s=self._heartbeat_s,
            sync=None,
            limits=self._limits,
        )

    def frame(self, connection: Connection, frame: SignalingClientFrame) -> Awaitable[None] | None:
        """Run one frame."""
        match frame:
            case CallInvite():
                work = self._calls.ring(connection.who, frame.conversation, frame.media, connection)
            case CallAccept():
                work = self._calls.accept(connection.who, frame.call, connection)
            case CallJoin():
                work = self._calls.join(connection.who, frame.call, connection)
            case CallDecline():
                work = self._calls.decline(connection.who, frame.call, connection)
            case CallHangup():
                work = self._calls.hang_up(connection.who, frame.call, connection)
            case _:
                return self._signal(connection, frame) if isinstance(frame, Signal) else None
        return self._answer(connection, frame.id, work)

    def closed(self, connection: Connection) -> None:
        """The socket is gone; when it was the device's last, the device is lost to its calls until it comes back."""
        if not self._listeners.remove(connection):
            return
        account, device = connection.who.account, connection.who.device
        for call, seat in self._live.of_device(account, device):
            if seat.state is ParticipantState.JOINED:
                self._background.spawn(self._lose(call.id, account, device), "lose a device")

    def _signal(self, connection: Connection, frame: Signal) -> Awaitable[None] | None:
        if not self._signals.known(frame.call):
            return self._look_and_signal(connection, frame)
        self._pass_on(connection, frame)
        return None

    async def _look_and_signal(self, connection: Connection, frame: Signal) -> None:
        await self._signals.look(frame.call)
        self._pass_on(connection, frame)

    def _pass_on(self, connection: Connection, frame: Signal) -> None:
        self._signals.relay(connection.who, frame)
        if frame.id is not None:
            connection.send(Ok(frame.id))

    async def _answer(self, connection: Connection, number: int | None, work: Awaitable[Answered]) -> None:
        answered = await work
        connection.send(state_frame(answered.call, number, answered.room))

    async def _back(self, connection: Connection, call: Call) -> Call:
        who = connection.who
        seat = call_state.seat_of(call, who.account, who.device)
        if seat is None or seat.state is not ParticipantState.LOST:
            return call
        now_ms = self._time.now_ms()
        act = partial(call_state.resume, account=who.account, device=who.device, now_ms=now_ms, rules=self._rules)
        return await self._steps.take(call.id, act, but=connection)

    async def _lose(self, call: str, account: str, device: str) -> None:
        if self._listeners.of_device(account, device):
            return
        act = partial(call_state.lose, account=account, device=device, now_ms=self._time.now_ms(), rules=self._rules)
        await self._steps.take(call, act)
