"""Clocks tell the present and measure durations apart from it."""

import time

from secureconnect.kit.clock import ManualClock, SystemClock


def test_the_system_clock_tells_milliseconds_since_1970() -> None:
    before_s, told_ms, after_s = time.time(), SystemClock().now_ms(), time.time()
    assert int(before_s * 1000) <= told_ms <= after_s * 1000


def test_the_monotonic_scale_never_goes_back() -> None:
    clock = SystemClock()
    told = [clock.monotonic_s() for _ in range(1_000)]
    assert told == sorted(told)


def test_a_manual_clock_stands_still_until_it_is_moved() -> None:
    clock = ManualClock(5_000)
    assert (clock.now_ms(), clock.monotonic_s()) == (clock.now_ms(), clock.monotonic_s())
    before_s = clock.monotonic_s()
    clock.advance_s(1.5)
    assert (clock.now_ms(), clock.monotonic_s() - before_s) == (6_500, 1.5)


def test_setting_the_wall_clock_back_measures_no_duration() -> None:
    clock = ManualClock(5_000)
    before_s = clock.monotonic_s()
    clock.set_wall_ms(1_000)
    assert (clock.now_ms(), clock.monotonic_s()) == (1_000, before_s)
