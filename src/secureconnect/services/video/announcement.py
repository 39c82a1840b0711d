"""What a step of a call means for others, pure: who rings, who stops ringing, and what the conversation's log tells."""

from collections.abc import Collection

from msgspec import Struct

from secureconnect.contracts.events import CallBody
from secureconnect.contracts.frames import CallRing, CallStateFrame, CallStopRing
from secureconnect.contracts.video import CallAnswer, ParticipantAnswer, RoomAccess
from secureconnect.services.video.call_state import (
    Call,
    CallState,
    Participant,
    ParticipantState,
    accounts,
    ringing,
    seated,
    taking_part,
)

AUDIENCE_MAX = 100
"""Members that hear of every change of a call; in larger conversations only those whom the call is about do."""


class Stop(Struct, frozen=True):
    """An account stops ringing, and why: accepted, declined, removed, or the reason for which the call ended."""

    account: str
    reason: str


class Announcement(Struct, frozen=True):
    """What is to be told of one step: the call as it stands, to whom, and whose devices begin or stop to ring."""

    call: Call
    audience: list[str]
    rings: list[str] = []
    stops: list[Stop] = []


def announcement(
    old: Call | None, new: Call, members: Collection[str] | None, removed: str | None = None
) -> Announcement:
    """What the step from `old` to `new` means.

    `members` are those of the conversation (None when they are not known); `removed` is one who is no longer of them
    and hears only that it is over.
    """
    before = ringing(old) if old is not None else frozenset[str]()
    after = ringing(new)
    stops = [Stop(account, _why(new, account)) for account in sorted(before - after) if account != removed]
    if removed is not None and old is not None and removed in accounts(old):
        stops.append(Stop(removed, "removed"))
    if members is None:
        heard = taking_part(new) | (taking_part(old) if old is not None else frozenset[str]())
    elif len(members) > AUDIENCE_MAX:
        heard = accounts(new).intersection(members)
    else:
        heard = frozenset(members)
    return Announcement(new, sorted(heard - {removed}), sorted(after - before), stops)


def _why(call: Call, account: str) -> str:
    states = {one.state for one in call.participants if one.account == account}
    if states.intersection((ParticipantState.JOINED, ParticipantState.LOST)):
        return "accepted"
    if ParticipantState.DECLINED in states:
        return "declined"
    return call.reason or "missed"


def log_entry(old: Call | None, new: Call) -> CallBody | None:
    """What the step leaves in the conversation's log: a call that started, ended, or was missed; mostly nothing."""
    if old is None and new.live:
        return CallBody(new.id, "started", new.media)
    if new.live or (old is not None and not old.live):
        return None
    if new.answered_at is None and new.reason != "declined":
        return CallBody(new.id, "missed", new.media)
    return CallBody(new.id, "ended", new.media, duration_ms(new))


def duration_ms(call: Call) -> int:
    """How long a call that ended was spoken; 0 when it was never answered."""
    return 0 if call.answered_at is None or call.ended_at is None else call.ended_at - call.answered_at


def answer_of(call: Call, room: RoomAccess | None = None) -> CallAnswer:
    """The call as HTTP tells it."""
    return CallAnswer(
        id=call.id,
        conversation=call.conversation,
        media=call.media,
        state=call.state.value,
        from_=call.caller,
        participants=_participants(call),
        started_at=call.started_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        reason=call.reason,
        room=room,
    )


def state_frame(call: Call, number: int | None = None, room: RoomAccess | None = None) -> CallStateFrame:
    """The call as the socket tells it; `number` is that of the frame which it answers."""
    return CallStateFrame(
        call=call.id,
        conversation=call.conversation,
        media=call.media,
        state=call.state.value,
        from_=call.caller,
        participants=_participants(call),
        started_at=call.started_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        reason=call.reason,
        room=room,
        id=number,
    )


def _participants(call: Call) -> list[ParticipantAnswer]:
    return [_participant(one) for one in call.participants]


def _participant(one: Participant) -> ParticipantAnswer:
    return ParticipantAnswer(one.account, one.device, one.state.value)


def ring_frame(call: Call) -> CallRing:
    """Tells a device that it is called."""
    return CallRing(call.id, call.conversation, call.caller, call.media)


def stop_frame(call: Call, reason: str) -> CallStopRing:
    """Tells a device to stop ringing."""
    return CallStopRing(call.id, reason)


def entering_devices(old: Call | None, new: Call) -> frozenset[str]:
    """The devices that came into the call by this step."""
    return _devices(new) - (_devices(old) if old is not None else frozenset())


def leaving_devices(old: Call, new: Call) -> frozenset[str]:
    """The devices that left the call by this step."""
    return _devices(old) - _devices(new)


def _devices(call: Call) -> frozenset[str]:
    return frozenset(one.device for one in seated(call) if one.device is not None)


def became_active(old: Call | None, new: Call) -> bool:
    """Whether somebody answered by this step."""
    return new.state is CallState.ACTIVE and (old is None or old.state is CallState.RINGING)
