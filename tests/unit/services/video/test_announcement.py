"""What a step of a call means for others: rings, stops with their reasons, and the conversation's log."""

import pytest

from secureconnect.contracts.video import EndReason
from secureconnect.services.video import call_state
from secureconnect.services.video.announcement import (
    AUDIENCE_MAX,
    Stop,
    announcement,
    answer_of,
    entering_devices,
    leaving_devices,
    log_entry,
    state_frame,
)
from secureconnect.services.video.call_state import Call
from tests.unit.services.video.test_call_state import NOW, RULES, answered, direct, group, seat

BOTH = ["ann", "ben"]


def end(call: Call, reason: EndReason) -> Call:
    match reason:
        case "declined":
            return call_state.decline(call, "ben", NOW)
        case "cancelled":
            return call_state.hang_up(call, "ann", "ann-1", NOW)
        case "lost":
            return call_state.expire(call_state.lose(call, "ann", "ann-1", NOW, RULES), NOW + 20_000)
        case _:
            return call_state.expire(call, NOW + 45_000)


def test_a_new_call_rings_those_it_is_for() -> None:
    said = announcement(None, direct(), BOTH)
    assert (said.rings, said.stops, said.audience) == (["ben"], [], BOTH)


def test_an_answer_stops_the_ring_as_accepted() -> None:
    assert announcement(direct(), answered(), BOTH).stops == [Stop("ben", "accepted")]


@pytest.mark.parametrize("reason", ["declined", "cancelled", "lost", "missed"])
def test_an_end_stops_the_ring_with_its_reason(reason: EndReason) -> None:
    assert announcement(direct(), end(direct(), reason), BOTH).stops == [Stop("ben", reason)]


def test_one_who_declined_a_group_stops_alone() -> None:
    call = group("ben", "cat")
    assert announcement(call, call_state.decline(call, "ben", NOW), None).stops == [Stop("ben", "declined")]


def test_one_who_was_removed_hears_that_and_nothing_else() -> None:
    call = call_state.accept(group("ben", "cat"), seat("ben"), NOW, RULES)
    said = announcement(call, call_state.depart(call, "ben", NOW, NOW), ["ann", "ben", "cat"], removed="ben")
    assert said.stops == [Stop("ben", "removed")]
    assert said.audience == ["ann", "cat"]


def test_in_a_large_conversation_only_those_of_the_call_hear_of_it() -> None:
    call = group("ben")
    members = ["ann", "ben", *(f"member-{number}" for number in range(AUDIENCE_MAX))]
    assert announcement(None, call, members).audience == BOTH


def test_while_the_members_are_not_known_only_those_taking_part_hear() -> None:
    call = group("ben", "cat")
    declined = call_state.decline(call, "ben", NOW)
    assert announcement(call, declined, None).audience == ["ann", "ben", "cat"]
    assert announcement(declined, call_state.accept(declined, seat("cat"), NOW, RULES), None).audience == ["ann", "cat"]


def test_the_log_tells_what_became_of_a_call() -> None:
    started = log_entry(None, direct())
    assert started is not None
    assert (started.call, started.change, started.media, started.duration_ms) == ("call", "started", "video", None)
    assert log_entry(direct(), answered()) is None
    ended = log_entry(answered(), call_state.hang_up(answered(), "ann", "ann-1", NOW + 61_000))
    assert ended is not None
    assert (ended.change, ended.duration_ms) == ("ended", 60_000)
    declined = log_entry(direct(), end(direct(), "declined"))
    assert declined is not None
    assert (declined.change, declined.duration_ms) == ("ended", 0)


@pytest.mark.parametrize("reason", ["cancelled", "lost", "missed"])
def test_a_call_that_nobody_answered_is_missed_in_the_log(reason: EndReason) -> None:
    entry = log_entry(direct(), end(direct(), reason))
    assert entry is not None
    assert (entry.change, entry.duration_ms) == ("missed", None)


def test_answer_and_frame_say_the_same() -> None:
    call = call_state.hang_up(answered(), "ann", "ann-1", NOW + 2_000)
    answer, frame = answer_of(call), state_frame(call, 7)
    assert frame.id == 7
    for name in ("conversation", "media", "state", "from_", "participants", "started_at", "ended_at", "reason"):
        assert getattr(answer, name) == getattr(frame, name)
    assert [one.state for one in answer.participants] == ["left", "left"]


def test_entering_and_leaving_devices_are_told_apart() -> None:
    assert entering_devices(direct(), answered()) == {"ben-1"}
    assert leaving_devices(answered(), call_state.hang_up(answered(), "ben", "ben-1", NOW)) == {"ann-1", "ben-1"}
