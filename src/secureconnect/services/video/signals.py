"""Signals from device to device: passed on unread, only between devices that have accepted the same live call."""

from msgspec import Raw

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.frames import Signal, SignalAnswer, SignalCandidate, SignalKey, SignalOffer, SignalRelayed
from secureconnect.edge.identity import Caller
from secureconnect.edge.socket import encode
from secureconnect.services.video.call_state import Call, seat_of, seated, taking_part
from secureconnect.services.video.delivery import Delivery
from secureconnect.services.video.live import LiveCall, LiveCalls
from secureconnect.services.video.metrics import VideoMetrics
from secureconnect.services.video.store import calls as store

KINDS: dict[type[Signal], str] = {
    SignalOffer: "offer",
    SignalAnswer: "answer",
    SignalCandidate: "candidate",
    SignalKey: "key",
}


class Signals:
    """Checks and passes on signals; what they say the server does not read."""

    def __init__(
        self,
        *,
        sql: Sql,
        live: LiveCalls,
        delivery: Delivery,
        metrics: VideoMetrics,
        bytes_max: int,
        candidates_max: int,
        signals_max: int,
    ) -> None:
        self._sql = sql
        self._live = live
        self._delivery = delivery
        self._metrics = metrics
        self._bytes_max = bytes_max
        self._candidates_max = candidates_max
        self._signals_max = signals_max

    def known(self, call: str) -> bool:
        """Whether the call can be signalled in without looking into the database first."""
        return self._live.get(call) is not None

    async def look(self, call: str) -> None:
        """Read a call that this node has not heard of; it may be another node's and young."""
        found = await self._sql.read(store.load, call)
        if found is not None and found.live:
            self._live.put(found)

    def relay(self, caller: Caller, signal: Signal) -> None:
        """Pass a signal on to the device that it names, and to no other.

        Raises VIDEO_CALL_NOT_FOUND (also for a call that the account is not in, or no longer), VIDEO_NOT_ACCEPTED,
        VIDEO_SIGNAL_TOO_LARGE, VIDEO_TOO_MANY_CANDIDATES, VIDEO_TOO_MANY_SIGNALS.
        """
        try:
            account = self._check(caller, signal)
        except Fault as fault:
            self._metrics.signal_refused(fault.code.wire)
            raise
        kind = KINDS[type(signal)]
        line = encode(SignalRelayed(f"signal.{kind}", signal.call, caller.device, Raw(signal.payload)))
        self._delivery.relay(account, signal.to, line)
        self._metrics.signal(kind)

    def _check(self, caller: Caller, signal: Signal) -> str:
        """The account of the device that the signal is for."""
        if len(bytes(signal.payload)) > self._bytes_max:
            raise Fault(Code.VIDEO_SIGNAL_TOO_LARGE)
        live = self._live.get(signal.call)
        if live is None or caller.account not in taking_part(live.call):
            raise Fault(Code.VIDEO_CALL_NOT_FOUND)
        if seat_of(live.call, caller.account, caller.device) is None:
            raise Fault(Code.VIDEO_NOT_ACCEPTED)
        account = _account_of(live.call, signal.to)
        if account is None or signal.to == caller.device:
            raise Fault(Code.VIDEO_NOT_ACCEPTED, "The other device is not in the call.")
        self._count(live, caller.device, isinstance(signal, SignalCandidate))
        return account

    def _count(self, live: LiveCall, device: str, candidate: bool) -> None:
        counts = live.counts_of(device)
        if candidate and counts.candidates >= self._candidates_max:
            raise Fault(Code.VIDEO_TOO_MANY_CANDIDATES)
        if counts.signals >= self._signals_max:
            raise Fault(Code.VIDEO_TOO_MANY_SIGNALS)
        counts.signals += 1
        counts.candidates += candidate


def _account_of(call: Call, device: str) -> str | None:
    return next((one.account for one in seated(call) if one.device == device), None)
