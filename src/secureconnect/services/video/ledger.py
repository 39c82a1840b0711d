"""What one transaction does to a call: begin it, or take it a step on, with what its log is to be told."""

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.video.announcement import log_entry
from secureconnect.services.video.call_state import Call, Invitation, Rules, Seat, accept, begin, begin_busy, ringing
from secureconnect.services.video.store import calls, untold

Step = Callable[[Call], Call]


class Stepped(Struct, frozen=True):
    """A call before (None for a new one) and after; the same object twice when nothing changed."""

    old: Call | None
    new: Call

    @property
    def changed(self) -> bool:
        """Whether there is anything to tell."""
        return self.old is not self.new


def meet(connection: Connection, conversation: str, seat: Seat, now_ms: int, rules: Rules) -> Stepped | None:
    """The call that lives in the conversation, if there is one, as somebody who would begin one meets it.

    Two who ring each other get one call: where the call is direct and rings the one who comes, that is an answer.
    Raises VIDEO_BUSY when the device is in another call then, Conflict.
    """
    live = calls.live_in(connection, conversation)
    if live is None or live.kind != "direct" or seat.account not in ringing(live):
        return None if live is None else Stepped(live, live)
    return step(connection, live.id, lambda call: accept(call, seat, now_ms, rules), now_ms, seat)


def invite(connection: Connection, invitation: Invitation, now_ms: int, rules: Rules) -> Stepped:
    """The call that lives in the conversation, or a new one.

    Where the other one of a direct conversation is in a call, the new call ends at once as busy. Raises VIDEO_BUSY
    when the device is in another call, Conflict when another call came between.
    """
    seat = invitation.seat
    met = meet(connection, invitation.conversation, seat, now_ms, rules)
    if met is not None:
        return met
    _need_free(connection, seat, None)
    busy = invitation.kind == "direct" and any(calls.in_a_call(connection, callee) for callee in invitation.callees)
    call = (begin_busy if busy else begin)(invitation, now_ms, rules)
    calls.put_new(connection, call)
    return _told(connection, Stepped(None, call), now_ms)


def step(connection: Connection, call: str, act: Step, now_ms: int, entering: Seat | None = None) -> Stepped:
    """Take a call a step on; `entering` is the device that comes in by it.

    Raises VIDEO_CALL_NOT_FOUND, VIDEO_BUSY when that device is in another call, what the step raises, and Conflict.
    """
    old = calls.load(connection, call)
    if old is None:
        raise Fault(Code.VIDEO_CALL_NOT_FOUND)
    acted = act(old)
    if acted is old:
        return Stepped(old, old)
    if entering is not None:
        _need_free(connection, entering, call)
    new = replace(acted, version=old.version + 1)
    calls.put(connection, old, new)
    return _told(connection, Stepped(old, new), now_ms)


def _need_free(connection: Connection, seat: Seat, call: str | None) -> None:
    if any(other != call for other in calls.calls_of_device(connection, seat.account, seat.device)):
        raise Fault(Code.VIDEO_BUSY, "This device is in another call.")


def _told(connection: Connection, stepped: Stepped, now_ms: int) -> Stepped:
    body = log_entry(stepped.old, stepped.new)
    if body is not None:
        untold.add(connection, stepped.new, body, now_ms)
    return stepped
