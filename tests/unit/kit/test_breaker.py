"""The breaker goes through its three states as told, and never locks a dependency out for good."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secureconnect.kit.breaker import Breaker, BreakerOpen, BreakerState


def opened(at_s: float = 0.0) -> Breaker:
    """A breaker that three failures opened, for three seconds."""
    breaker = Breaker(failures_max=3, open_s=3.0)
    for _ in range(3):
        breaker.enter(at_s)
        breaker.failed(at_s)
    assert breaker.state is BreakerState.OPEN
    return breaker


def refused_s(breaker: Breaker, now_s: float) -> float:
    """After how many seconds it says to try again."""
    with pytest.raises(BreakerOpen) as caught:
        breaker.enter(now_s)
    return caught.value.retry_after_s


def test_failures_that_are_not_in_a_row_never_open_it() -> None:
    breaker = Breaker(failures_max=3)
    for _ in range(20):
        breaker.failed(0)
        breaker.failed(0)
        breaker.succeeded()
        breaker.enter(0)
    assert breaker.state is BreakerState.CLOSED


def test_an_open_breaker_tells_how_long_it_stays_so() -> None:
    breaker = opened()
    assert refused_s(breaker, 0) == 3.0
    assert refused_s(breaker, 2.5) == 0.5


def test_after_its_time_one_probe_is_let_through_and_no_second() -> None:
    breaker = opened()
    breaker.enter(3)
    assert breaker.state is BreakerState.HALF_OPEN
    assert refused_s(breaker, 3) > 0
    breaker.succeeded()
    breaker.enter(3)
    assert breaker.state is BreakerState.CLOSED


def test_a_probe_that_fails_opens_it_for_the_whole_time_again() -> None:
    breaker = opened()
    breaker.enter(3)
    breaker.failed(4)
    assert breaker.state is BreakerState.OPEN
    assert refused_s(breaker, 4) == 3.0


def test_a_probe_that_was_given_up_lets_another_one_try_later() -> None:
    breaker = opened()
    breaker.enter(3)
    breaker.abandoned()
    assert refused_s(breaker, 4) == 2.0
    breaker.enter(6)
    assert breaker.state is BreakerState.HALF_OPEN


def test_giving_up_a_call_of_a_closed_breaker_changes_nothing() -> None:
    breaker = Breaker()
    breaker.enter(0)
    breaker.abandoned()
    assert breaker.state is BreakerState.CLOSED


@given(st.lists(st.sampled_from(["enter", "succeeded", "failed", "abandoned", "wait"]), max_size=60))
def test_whatever_happened_a_dependency_that_is_well_is_reached_again(acts: list[str]) -> None:
    breaker = Breaker(failures_max=2, open_s=3.0)
    now_s = 0.0
    probing = False
    waits_s: list[float] = []
    for act in acts:
        if act == "enter":
            try:
                breaker.enter(now_s)
            except BreakerOpen as refusal:
                waits_s.append(refusal.retry_after_s)
            else:
                probing = breaker.state is BreakerState.HALF_OPEN
        elif act == "wait":
            now_s += 1.0
        elif act == "failed":
            breaker.failed(now_s)
        elif act == "succeeded":
            breaker.succeeded()
        else:
            breaker.abandoned()
    assert all(0 < wait_s <= 3.0 for wait_s in waits_s)
    if probing and breaker.state is BreakerState.HALF_OPEN:
        breaker.abandoned()
    breaker.enter(now_s + 3.0)
    breaker.succeeded()
    assert breaker.state is BreakerState.CLOSED
