"""The live calls as this node last saw them: what signals are checked against, and whose deadline comes next."""

from collections import OrderedDict
from collections.abc import Collection, Iterator

from msgspec.structs import replace

from secureconnect.services.video.call_state import Call, Participant, ParticipantState, next_deadline, seat_of
from secureconnect.services.video.metrics import VideoMetrics

ENDED_KEPT_MAX = 4096


class SignalCounts:
    """How many signals and candidates a device has sent in one call."""

    __slots__ = ("candidates", "signals")

    def __init__(self) -> None:
        self.candidates = 0
        self.signals = 0


class LiveCall:
    """A live call with what is known beside it: the conversation's members (None when not asked yet) and counts."""

    __slots__ = ("call", "counts", "members")

    def __init__(self, call: Call, members: Collection[str] | None) -> None:
        self.call = call
        self.members = members
        self.counts: dict[str, SignalCounts] = {}

    def counts_of(self, device: str) -> SignalCounts:
        """What the device has sent here."""
        return self.counts.setdefault(device, SignalCounts())


class LiveCalls:
    """The calls that live; only newer versions replace what is known, and what ended does not come back."""

    def __init__(self, metrics: VideoMetrics) -> None:
        self._metrics = metrics
        self._calls: dict[str, LiveCall] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()

    def __iter__(self) -> Iterator[LiveCall]:
        return iter(tuple(self._calls.values()))

    def get(self, call: str) -> LiveCall | None:
        """The call, if it lives as far as is known here."""
        return self._calls.get(call)

    def put(self, call: Call, members: Collection[str] | None = None) -> bool:
        """Take what became of a call; False when it is older than what is known."""
        known = self._calls.get(call.id)
        if call.id in self._ended or (known is not None and known.call.version > call.version):
            return False
        if not call.live:
            self._calls.pop(call.id, None)
            self._ended[call.id] = None
            if len(self._ended) > ENDED_KEPT_MAX:
                self._ended.popitem(last=False)
        elif known is None:
            self._calls[call.id] = LiveCall(call, members)
        else:
            known.call = call
            known.members = known.members if members is None else members
        self._metrics.live.set(len(self._calls))
        return True

    def versions(self) -> dict[str, int]:
        """What is known here: every live call with its version."""
        return {live.call.id: live.call.version for live in self._calls.values()}

    def rings(self, call: str, account: str) -> bool:
        """Whether the call rings that account."""
        live = self._calls.get(call)
        return live is not None and any(
            one.account == account and one.state is ParticipantState.RINGING for one in live.call.participants
        )

    def of_device(self, account: str, device: str) -> list[tuple[Call, Participant]]:
        """The calls that the device is in."""
        found = ((live.call, seat_of(live.call, account, device)) for live in self._calls.values())
        return [(call, seat) for call, seat in found if seat is not None]

    def forget_members(self, conversation: str) -> None:
        """Who the members of a conversation are is no longer known."""
        for live in self._calls.values():
            if live.call.conversation == conversation:
                live.members = None

    def renewed(self, devices: Collection[str], until_ms: int) -> None:
        """The leases of these devices were renewed."""
        for live in self._calls.values():
            live.call = replace(
                live.call, participants=tuple(_renewed(one, devices, until_ms) for one in live.call.participants)
            )

    def due(self, now_ms: int) -> list[Call]:
        """The calls of which a deadline is over."""
        return [live.call for live in self if (next_deadline(live.call) or 0) <= now_ms]

    def next_deadline(self) -> int | None:
        """The first deadline of all."""
        deadlines = (next_deadline(live.call) for live in self._calls.values())
        return min((deadline for deadline in deadlines if deadline is not None), default=None)


def _renewed(one: Participant, devices: Collection[str], until_ms: int) -> Participant:
    if one.state is not ParticipantState.JOINED or one.device not in devices:
        return one
    return replace(one, deadline_at=until_ms)
