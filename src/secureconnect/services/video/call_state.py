"""The life of a call, pure: what stands, what happens, what stands then; time is passed in.

A live call always holds a participant with a deadline: an account that rings does so until its ring is over, a device
in the call holds a lease that its node renews while its socket is open, and a lost device has its grace. Whatever is
not renewed in time leaves, so every call ends by itself when nobody comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.video import EndReason, Media

ConversationKind = Literal["direct", "group"]


class CallState(Enum):
    """The states of a call in life order."""

    RINGING = "ringing"
    ACTIVE = "active"
    ENDED = "ended"


class ParticipantState(Enum):
    """The states of a participant in life order; a lost one may be joined again, one that left may come back."""

    RINGING = "ringing"
    JOINED = "joined"
    LOST = "lost"
    DECLINED = "declined"
    LEFT = "left"


SEATED = (ParticipantState.JOINED, ParticipantState.LOST)
LIVE = (ParticipantState.RINGING, *SEATED)


@dataclass(frozen=True)
class Rules:
    """How long a call rings, how long a device may be away, and how long a device that came by HTTP may take to open
    its socket."""

    ring_ms: int
    grace_ms: int
    arrive_ms: int


class Seat(Struct, frozen=True):
    """A device of an account, with the session that it is signed in by."""

    account: str
    device: str
    session: str


class Participant(Struct, frozen=True):
    """An account that rings or rang (no device), or a device in the call; only live ones have a deadline."""

    account: str
    device: str | None
    state: ParticipantState
    since_at: int
    deadline_at: int | None = None
    session: str | None = None


class Call(Struct, frozen=True):
    """A call as it stands; `version` counts its steps, `room` says what kind of room its media flows through."""

    id: str
    conversation: str
    kind: ConversationKind
    media: Media
    caller: str
    caller_device: str
    state: CallState
    participants: tuple[Participant, ...]
    started_at: int
    devices_max: int
    room: str = "mesh"
    version: int = 1
    answered_at: int | None = None
    ended_at: int | None = None
    reason: EndReason | None = None

    @property
    def live(self) -> bool:
        """Whether it has not ended."""
        return self.state is not CallState.ENDED


class Invitation(Struct, frozen=True):
    """What a call is begun with: who from, where, and whom it rings."""

    id: str
    conversation: str
    kind: ConversationKind
    media: Media
    seat: Seat
    callees: Sequence[str]
    devices_max: int
    room: str = "mesh"


# What may be asked of a call.


def seated(call: Call) -> list[Participant]:
    """The devices in the call, lost ones too."""
    return [one for one in call.participants if one.state in SEATED]


def seat_of(call: Call, account: str, device: str) -> Participant | None:
    """The device's place if it is in the call now."""
    for one in call.participants:
        if one.device == device and one.account == account and one.state in SEATED:
            return one
    return None


def ringing(call: Call) -> frozenset[str]:
    """The accounts that ring now."""
    return frozenset(one.account for one in call.participants if one.state is ParticipantState.RINGING)


def accounts(call: Call) -> frozenset[str]:
    """All accounts that ring, are or were in the call."""
    return frozenset(one.account for one in call.participants)


def taking_part(call: Call) -> frozenset[str]:
    """The accounts that ring or are in the call now."""
    return frozenset(one.account for one in call.participants if one.state in LIVE)


def next_deadline(call: Call) -> int | None:
    """When something happens by itself if nothing happens before; None for a call that has ended, and only then."""
    return min((one.deadline_at for one in call.participants if one.deadline_at is not None), default=None)


# What may happen to a call. Each returns the same object when nothing changes, and raises Fault for a wrong step.


def begin(invitation: Invitation, now_ms: int, rules: Rules) -> Call:
    """A new call: it rings, or is active at once where nobody can be rung (a group alone)."""
    seat = invitation.seat
    rung = [
        Participant(callee, None, ParticipantState.RINGING, now_ms, now_ms + rules.ring_ms)
        for callee in invitation.callees
    ]
    return Call(
        id=invitation.id,
        conversation=invitation.conversation,
        kind=invitation.kind,
        media=invitation.media,
        caller=seat.account,
        caller_device=seat.device,
        state=CallState.RINGING if rung else CallState.ACTIVE,
        participants=(_joined(seat, now_ms, rules), *rung),
        started_at=now_ms,
        devices_max=invitation.devices_max,
        room=invitation.room,
        answered_at=None if rung else now_ms,
    )


def begin_busy(invitation: Invitation, now_ms: int, rules: Rules) -> Call:
    """A new call that ended as it began, because the one it was for is in another."""
    return _end(begin(invitation, now_ms, rules), now_ms, "busy")


def accept(call: Call, seat: Seat, now_ms: int, rules: Rules) -> Call:
    """The account takes the call on this device.

    Raises VIDEO_WRONG_STATE when the call has ended or does not ring the account (any more), VIDEO_FULL.
    """
    _need_live(call)
    if seat_of(call, seat.account, seat.device) is None and seat.account not in ringing(call):
        raise Fault(Code.VIDEO_WRONG_STATE, "The call does not ring here any more.")
    return _enter(call, seat, now_ms, rules)


def join(call: Call, seat: Seat, now_ms: int, rules: Rules) -> Call:
    """A device enters a live call, also one that left it before. Raises VIDEO_WRONG_STATE, VIDEO_FULL."""
    _need_live(call)
    return _enter(call, seat, now_ms, rules)


def decline(call: Call, account: str, now_ms: int) -> Call:
    """The account does not take the call. Again, or after the end, it changes nothing. Raises VIDEO_WRONG_STATE."""
    if not call.live:
        return call
    states = {one.state for one in call.participants if one.account == account}
    if ParticipantState.RINGING in states:
        return _settle(_leave(call, {(account, None)}, ParticipantState.DECLINED, now_ms), now_ms, "declined")
    if ParticipantState.DECLINED in states:
        return call
    raise Fault(Code.VIDEO_WRONG_STATE, "The call does not ring here.")


def hang_up(call: Call, account: str, device: str, now_ms: int) -> Call:
    """The device leaves; a caller alone cancels, an account that rings declines, again it changes nothing.

    Raises VIDEO_WRONG_STATE for a device that never was in the call.
    """
    if not call.live:
        return call
    if seat_of(call, account, device) is not None:
        return _settle(_leave(call, {(account, device)}, ParticipantState.LEFT, now_ms), now_ms, "hangup")
    if any(one.account == account and one.device == device for one in call.participants):
        return call
    if account in ringing(call):
        return decline(call, account, now_ms)
    raise Fault(Code.VIDEO_WRONG_STATE, "This device is not in the call.")


def lose(call: Call, account: str, device: str, now_ms: int, rules: Rules) -> Call:
    """The device's connection is gone; it stays for the grace."""
    return _hold(call, account, device, ParticipantState.LOST, now_ms + rules.grace_ms)


def resume(call: Call, account: str, device: str, now_ms: int, rules: Rules) -> Call:
    """The device is back within its grace."""
    return _hold(call, account, device, ParticipantState.JOINED, now_ms + rules.grace_ms)


def depart(call: Call, account: str, now_ms: int, until_ms: int, session: str | None = None) -> Call:
    """The account may not be here any more, or one session of it ended: what was here up to `until_ms` leaves."""
    gone = {
        (one.account, one.device)
        for one in call.participants
        if one.account == account
        and one.state in LIVE
        and one.since_at <= until_ms
        and (session is None or one.session == session)
    }
    if not gone or not call.live:
        return call
    return _settle(_leave(call, gone, ParticipantState.LEFT, now_ms), now_ms, "hangup")


def expire(call: Call, now_ms: int) -> Call:
    """Whoever's deadline is over leaves."""
    over = {one for one in call.participants if one.deadline_at is not None and one.deadline_at <= now_ms}
    if not over:
        return call
    missed = call.state is CallState.RINGING and any(one.state is ParticipantState.RINGING for one in over)
    gone = {(one.account, one.device) for one in over}
    return _settle(_leave(call, gone, ParticipantState.LEFT, now_ms), now_ms, "missed" if missed else "lost")


def rebase(call: Call, now_ms: int, rules: Rules) -> Call:
    """The node starts: devices get their grace to come back, unless they were gone for longer before; deadlines that a
    changed clock left far ahead are brought near."""

    def rebased(one: Participant) -> Participant:
        if one.deadline_at is None:
            return one
        if one.state is ParticipantState.RINGING:
            return replace(one, deadline_at=min(one.deadline_at, now_ms + rules.ring_ms))
        if one.deadline_at + rules.grace_ms < now_ms:
            return one
        near = min(one.deadline_at, now_ms + rules.arrive_ms)
        return replace(one, deadline_at=max(near, now_ms + rules.grace_ms))

    participants = tuple(rebased(one) for one in call.participants)
    return call if participants == call.participants else replace(call, participants=participants)


# How the steps are made.


def _need_live(call: Call) -> None:
    if not call.live:
        raise Fault(Code.VIDEO_WRONG_STATE, "The call has ended.")


def _joined(seat: Seat, now_ms: int, rules: Rules) -> Participant:
    deadline_at = now_ms + rules.arrive_ms
    return Participant(seat.account, seat.device, ParticipantState.JOINED, now_ms, deadline_at, seat.session)


def _enter(call: Call, seat: Seat, now_ms: int, rules: Rules) -> Call:
    if seat_of(call, seat.account, seat.device) is not None:
        return resume(call, seat.account, seat.device, now_ms, rules)
    if len(seated(call)) >= call.devices_max:
        raise Fault(Code.VIDEO_FULL)
    others = tuple(
        one for one in call.participants if one.account != seat.account or one.device not in (None, seat.device)
    )
    entered = replace(call, participants=(*others, _joined(seat, now_ms, rules)))
    if call.state is CallState.RINGING and seat.account != call.caller:
        return replace(entered, state=CallState.ACTIVE, answered_at=now_ms)
    return entered


def _hold(call: Call, account: str, device: str, state: ParticipantState, deadline_at: int) -> Call:
    held = seat_of(call, account, device)
    if held is None or held.state is state:
        return call
    changed = replace(held, state=state, deadline_at=deadline_at)
    return replace(call, participants=tuple(changed if one is held else one for one in call.participants))


def _leave(call: Call, gone: set[tuple[str, str | None]], state: ParticipantState, now_ms: int) -> Call:
    def left(one: Participant) -> Participant:
        if (one.account, one.device) not in gone or one.state not in LIVE:
            return one
        return replace(one, state=state, since_at=now_ms, deadline_at=None)

    return replace(call, participants=tuple(left(one) for one in call.participants))


def _settle(call: Call, now_ms: int, why: Literal["hangup", "declined", "missed", "lost"]) -> Call:
    """End the call if nobody is left who could go on with it."""
    here = {one.account for one in seated(call)}
    if call.state is CallState.ACTIVE:
        least = 2 if call.kind == "direct" else 1
        return call if len(here) >= least else _end(call, now_ms, why)
    if not here:
        return _end(call, now_ms, "cancelled" if why == "hangup" else why)
    if ringing(call):
        return call
    declined = any(one.state is ParticipantState.DECLINED for one in call.participants)
    return _end(call, now_ms, "declined" if declined and why != "missed" else "missed")


def _end(call: Call, now_ms: int, reason: EndReason) -> Call:
    gone = {(one.account, one.device) for one in call.participants}
    ended = _leave(call, gone, ParticipantState.LEFT, now_ms)
    return replace(ended, state=CallState.ENDED, ended_at=now_ms, reason=reason)
