"""The life of a call: whatever its devices do and in whatever order, all agree and it ends."""

from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.video import call_state
from secureconnect.services.video.announcement import announcement, log_entry
from secureconnect.services.video.call_state import (
    SEATED,
    Call,
    CallState,
    ConversationKind,
    Invitation,
    Participant,
    ParticipantState,
    Rules,
    Seat,
    next_deadline,
    ringing,
    seat_of,
    seated,
)

RULES = Rules(ring_ms=45_000, grace_ms=15_000, arrive_ms=45_000)
NOW = 1_000_000


def seat(account: str, device: int = 1) -> Seat:
    return Seat(account, f"{account}-{device}", f"s-{account}-{device}")


def direct(now_ms: int = NOW) -> Call:
    invitation = Invitation("call", "ab", "direct", "video", seat("ann"), ["ben"], 4)
    return call_state.begin(invitation, now_ms, RULES)


def group(*callees: str, devices_max: int = 4) -> Call:
    invitation = Invitation("call", "all", "group", "audio", seat("ann"), callees, devices_max)
    return call_state.begin(invitation, NOW, RULES)


def answered() -> Call:
    return call_state.accept(direct(), seat("ben"), NOW + 1_000, RULES)


def states(call: Call) -> dict[tuple[str, str | None], ParticipantState]:
    return {(one.account, one.device): one.state for one in call.participants}


def test_the_caller_is_in_the_call_while_it_rings() -> None:
    call = direct()
    assert call.state is CallState.RINGING
    assert states(call) == {("ann", "ann-1"): ParticipantState.JOINED, ("ben", None): ParticipantState.RINGING}
    assert next_deadline(call) == NOW + 45_000


def test_accepting_makes_it_active_and_stops_the_ring() -> None:
    call = answered()
    assert call.state is CallState.ACTIVE
    assert call.answered_at == NOW + 1_000
    assert ringing(call) == frozenset()
    assert states(call)["ben", "ben-1"] is ParticipantState.JOINED


def test_a_second_device_of_the_same_account_comes_too_late_to_accept() -> None:
    with pytest.raises(Fault) as refused:
        call_state.accept(answered(), seat("ben", 2), NOW, RULES)
    assert refused.value.code is Code.VIDEO_WRONG_STATE


def test_accepting_again_on_the_same_device_changes_nothing() -> None:
    call = answered()
    assert call_state.accept(call, seat("ben"), NOW + 2_000, RULES) is call


def test_a_direct_call_that_is_declined_ends_as_declined() -> None:
    call = call_state.decline(direct(), "ben", NOW + 1)
    assert (call.state, call.reason) == (CallState.ENDED, "declined")
    assert call_state.decline(call, "ben", NOW + 2) is call


def test_one_who_does_not_ring_cannot_decline() -> None:
    with pytest.raises(Fault) as refused:
        call_state.decline(answered(), "ben", NOW)
    assert refused.value.code is Code.VIDEO_WRONG_STATE


def test_the_caller_who_hangs_up_first_cancels() -> None:
    call = call_state.hang_up(direct(), "ann", "ann-1", NOW + 1)
    assert (call.state, call.reason) == (CallState.ENDED, "cancelled")
    assert call_state.hang_up(call, "ann", "ann-1", NOW + 2) is call


def test_one_who_rings_and_hangs_up_declines() -> None:
    assert call_state.hang_up(direct(), "ben", "ben-1", NOW + 1).reason == "declined"


def test_a_direct_call_ends_when_either_hangs_up() -> None:
    for account in ("ann", "ben"):
        call = call_state.hang_up(answered(), account, f"{account}-1", NOW + 9_000)
        assert (call.state, call.reason, call.ended_at) == (CallState.ENDED, "hangup", NOW + 9_000)


def test_a_device_that_never_was_in_the_call_cannot_hang_up() -> None:
    with pytest.raises(Fault) as refused:
        call_state.hang_up(answered(), "ben", "ben-2", NOW)
    assert refused.value.code is Code.VIDEO_WRONG_STATE


def test_an_account_stays_in_the_call_while_one_of_its_devices_does() -> None:
    both = call_state.join(answered(), seat("ben", 2), NOW, RULES)
    left = call_state.hang_up(both, "ben", "ben-1", NOW)
    assert left.state is CallState.ACTIVE
    assert call_state.hang_up(left, "ben", "ben-2", NOW).state is CallState.ENDED


def test_nobody_answers_and_it_is_missed() -> None:
    assert call_state.expire(direct(), NOW + 44_999).live
    call = call_state.expire(direct(), NOW + 45_000)
    assert (call.state, call.reason) == (CallState.ENDED, "missed")


def test_a_lost_device_has_its_grace_and_may_come_back() -> None:
    lost = call_state.lose(answered(), "ben", "ben-1", NOW, RULES)
    assert states(lost)["ben", "ben-1"] is ParticipantState.LOST
    assert call_state.expire(lost, NOW + 14_999).live
    back = call_state.resume(lost, "ben", "ben-1", NOW + 14_999, RULES)
    assert states(back)["ben", "ben-1"] is ParticipantState.JOINED
    assert call_state.expire(back, NOW + 15_000).live
    gone = call_state.expire(lost, NOW + 15_000)
    assert (gone.state, gone.reason) == (CallState.ENDED, "lost")


def test_a_caller_lost_while_it_rings_ends_the_call_as_lost() -> None:
    lost = call_state.lose(direct(), "ann", "ann-1", NOW, RULES)
    assert call_state.expire(lost, NOW + 15_000).reason == "lost"


def test_a_group_call_goes_on_until_the_last_leaves() -> None:
    call = call_state.accept(group("ben", "cat"), seat("ben"), NOW, RULES)
    call = call_state.hang_up(call, "ann", "ann-1", NOW)
    assert call.state is CallState.ACTIVE
    call = call_state.hang_up(call, "ben", "ben-1", NOW)
    assert (call.state, call.reason) == (CallState.ENDED, "hangup")
    assert ringing(call) == frozenset()


def test_a_group_call_rings_the_others_on_when_one_accepted() -> None:
    call = call_state.accept(group("ben", "cat"), seat("ben"), NOW, RULES)
    assert ringing(call) == {"cat"}
    over = call_state.expire(call_state.expire(call, NOW + 44_999), NOW + 45_000)
    assert ringing(over) == frozenset()


def test_a_group_call_that_all_decline_is_declined() -> None:
    call = call_state.decline(group("ben", "cat"), "ben", NOW)
    assert call.state is CallState.RINGING
    assert call_state.decline(call, "cat", NOW).reason == "declined"


def test_one_who_declined_a_group_call_may_still_join_it() -> None:
    call = call_state.join(call_state.decline(group("ben", "cat"), "ben", NOW), seat("ben"), NOW, RULES)
    assert call.state is CallState.ACTIVE
    assert seat_of(call, "ben", "ben-1") is not None


def test_a_group_call_that_can_ring_nobody_is_active_at_once() -> None:
    call = group()
    assert (call.state, call.answered_at) == (CallState.ACTIVE, NOW)


def test_no_more_devices_come_in_than_the_call_takes() -> None:
    call = call_state.accept(group("ben", "cat", devices_max=2), seat("ben"), NOW, RULES)
    for entering in (call_state.accept, call_state.join):
        with pytest.raises(Fault) as refused:
            entering(call, seat("cat"), NOW, RULES)
        assert refused.value.code is Code.VIDEO_FULL


def test_nothing_enters_a_call_that_has_ended() -> None:
    ended = call_state.decline(direct(), "ben", NOW)
    for entering in (call_state.accept, call_state.join):
        with pytest.raises(Fault) as refused:
            entering(ended, seat("ben"), NOW, RULES)
        assert refused.value.code is Code.VIDEO_WRONG_STATE


def test_a_busy_call_has_ended_as_it_begins() -> None:
    call = call_state.begin_busy(Invitation("c", "ab", "direct", "audio", seat("ann"), ["ben"], 4), NOW, RULES)
    assert (call.state, call.reason, next_deadline(call)) == (CallState.ENDED, "busy", None)
    assert ringing(call) == frozenset()


def test_one_who_departs_leaves_with_all_that_was_here_by_then() -> None:
    call = call_state.depart(answered(), "ben", NOW + 5_000, NOW + 5_000)
    assert (call.state, call.reason) == (CallState.ENDED, "hangup")
    assert call_state.depart(answered(), "ben", NOW + 5_000, NOW + 999).live


def test_a_session_that_ends_takes_its_own_device_only() -> None:
    both = call_state.join(answered(), seat("ben", 2), NOW, RULES)
    call = call_state.depart(both, "ben", NOW, NOW + 9_000, "s-ben-1")
    assert seat_of(call, "ben", "ben-1") is None
    assert seat_of(call, "ben", "ben-2") is not None


def test_a_start_gives_devices_their_grace_and_no_dead_call_a_new_life() -> None:
    lost = call_state.lose(answered(), "ben", "ben-1", NOW, RULES)
    soon = call_state.rebase(lost, NOW + 20_000, RULES)
    assert call_state.expire(soon, NOW + 34_999).live
    assert not call_state.expire(soon, NOW + 35_000 + 45_000).live
    late = call_state.rebase(lost, NOW + 3_600_000, RULES)
    assert call_state.expire(late, NOW + 3_600_000).reason == "lost"


def test_a_start_after_the_clock_was_set_back_brings_deadlines_near() -> None:
    call = call_state.rebase(direct(NOW + 3_600_000), NOW, RULES)
    assert next_deadline(call) == NOW + 45_000


@dataclass
class Told:
    """What everybody was told so far."""

    rings: set[str] = field(default_factory=set[str])
    log: list[str] = field(default_factory=list[str])


ACCOUNTS = ("ann", "ben", "cat", "dan")
DEVICES = [seat(account, number) for account in ACCOUNTS for number in (1, 2)]


class CallMachine(RuleBasedStateMachine):
    """All devices of up to four accounts do what they like, in any order, while time passes."""

    seats = Bundle("seats")

    @initialize(kind=st.sampled_from(["direct", "group"]), devices_max=st.integers(2, 5))
    def begin(self, kind: ConversationKind, devices_max: int) -> None:
        self.now = NOW
        self.people = ACCOUNTS[:2] if kind == "direct" else ACCOUNTS
        invitation = Invitation("call", "c", kind, "audio", DEVICES[0], self.people[1:], devices_max)
        self.told = Told()
        self.heard: dict[str, Call] = {}
        self.call = call_state.begin(invitation, self.now, RULES)
        self.tell(None, self.call)

    def tell(self, old: Call | None, new: Call) -> None:
        said = announcement(old, new, self.people)
        self.told.rings |= set(said.rings)
        self.told.rings -= {stop.account for stop in said.stops}
        entry = log_entry(old, new)
        if entry is not None:
            self.told.log.append(entry.change)
        for account in said.audience:
            self.heard[account] = said.call

    def take(self, new: Call) -> None:
        old = self.call
        if new is not old:
            self.call = replace(new, version=old.version + 1)
            self.tell(old, self.call)

    def attempt(self, step: str, *args: object) -> None:
        """A step may be refused, and then nothing has changed; an ended call lets nobody in."""
        was_live = self.call.live
        try:
            self.take(getattr(call_state, step)(self.call, *args))
        except Fault as fault:
            if fault.code not in (Code.VIDEO_WRONG_STATE, Code.VIDEO_FULL):
                raise
        assert was_live or not self.call.live

    @rule(who=st.sampled_from(DEVICES))
    def accepts(self, who: Seat) -> None:
        if who.account in self.people:
            self.attempt("accept", who, self.now, RULES)

    @rule(who=st.sampled_from(DEVICES))
    def joins(self, who: Seat) -> None:
        if who.account in self.people:
            self.attempt("join", who, self.now, RULES)

    @rule(who=st.sampled_from(DEVICES))
    def declines(self, who: Seat) -> None:
        self.attempt("decline", who.account, self.now)

    @rule(who=st.sampled_from(DEVICES))
    def hangs_up(self, who: Seat) -> None:
        self.attempt("hang_up", who.account, who.device, self.now)

    @rule(who=st.sampled_from(DEVICES))
    def is_lost(self, who: Seat) -> None:
        self.attempt("lose", who.account, who.device, self.now, RULES)

    @rule(who=st.sampled_from(DEVICES))
    def comes_back(self, who: Seat) -> None:
        self.attempt("resume", who.account, who.device, self.now, RULES)

    @rule(who=st.sampled_from(DEVICES), session_only=st.booleans())
    def departs(self, who: Seat, session_only: bool) -> None:
        self.attempt("depart", who.account, self.now, self.now, who.session if session_only else None)

    @rule(ms=st.sampled_from([1, 1_000, 14_999, 15_000, 45_000]))
    def time_passes(self, ms: int) -> None:
        self.now += ms
        self.attempt("expire", self.now)

    @rule()
    def the_node_starts_again(self) -> None:
        self.attempt("rebase", self.now, RULES)

    @invariant()
    def no_live_call_is_without_a_deadline_and_no_other_has_one(self) -> None:
        deadline = next_deadline(self.call)
        assert (deadline is not None) == self.call.live
        assert deadline is None or deadline - self.now <= RULES.arrive_ms

    @invariant()
    def participants_fit_the_state_of_the_call(self) -> None:
        here = {one.account for one in seated(self.call)}
        if self.call.state is CallState.RINGING:
            assert here == {"ann"}
            assert ringing(self.call)
        elif self.call.state is CallState.ACTIVE:
            assert len(here) >= (2 if self.call.kind == "direct" else 1)
            assert self.call.answered_at is not None
        else:
            assert not here
            assert not ringing(self.call)
            assert None not in (self.call.reason, self.call.ended_at)
        assert len(seated(self.call)) <= self.call.devices_max

    @invariant()
    def nobody_is_there_twice_and_only_live_ones_have_deadlines(self) -> None:
        keys = [(one.account, one.device) for one in self.call.participants]
        assert len(keys) == len(set(keys))
        assert all(self.fits(one) for one in self.call.participants)

    @staticmethod
    def fits(one: Participant) -> bool:
        if one.state is ParticipantState.RINGING:
            return one.device is None and one.deadline_at is not None
        return (one.deadline_at is not None) == (one.state in SEATED)

    @invariant()
    def everybody_knows_the_same_and_rings_just_while_the_call_rings_them(self) -> None:
        assert all(call == self.call for call in self.heard.values())
        assert set(self.heard) == set(self.people)
        assert self.told.rings == ringing(self.call)

    @invariant()
    def the_log_tells_the_beginning_and_one_end(self) -> None:
        assert self.told.log[0] == "started"
        assert len(self.told.log) == (1 if self.call.live else 2)

    def teardown(self) -> None:
        """When nobody does anything any more, the call ends by itself."""
        if not hasattr(self, "call"):
            return
        for _ in range(20):
            deadline = next_deadline(self.call)
            if deadline is None:
                break
            self.take(call_state.expire(self.call, deadline))
        assert not self.call.live
        assert all(call == self.call for call in self.heard.values())
        assert not self.told.rings


TestCallMachine = CallMachine.TestCase
TestCallMachine.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)
