"""Time for deadlines passes evenly, whatever is done to the wall clock."""

from secureconnect.kit.clock import ManualClock
from secureconnect.services.video.steady import SteadyTime

HOUR_MS = 3_600_000


def test_time_passes_as_the_clock_does() -> None:
    clock = ManualClock()
    time = SteadyTime(clock)
    clock.advance_s(45)
    assert time.now_ms() == clock.now_ms()


def test_a_wall_clock_that_is_set_does_not_jump_deadlines() -> None:
    for jump_ms in (HOUR_MS, -HOUR_MS):
        clock = ManualClock()
        time = SteadyTime(clock)
        began_ms = time.now_ms()
        clock.set_wall_ms(clock.now_ms() + jump_ms)
        assert time.now_ms() == began_ms
        clock.advance_s(10)
        assert 9_000 <= time.now_ms() - began_ms <= 11_000


def test_a_small_difference_is_made_up() -> None:
    clock = ManualClock()
    time = SteadyTime(clock)
    clock.set_wall_ms(clock.now_ms() + 500)
    for _ in range(10):
        clock.advance_s(1)
        time.now_ms()
    assert abs(time.now_ms() - clock.now_ms()) <= 1
