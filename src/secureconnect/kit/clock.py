"""Time as an argument, so that tests can turn it."""

import time
from typing import Protocol


class Clock(Protocol):
    """Where the present comes from."""

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC; it may be set back, so it never measures a duration."""
        ...

    def monotonic_s(self) -> float:
        """Seconds on a scale that never goes back; only differences mean something."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Seconds of the monotonic clock."""
        return time.monotonic()


class ManualClock:
    """A clock that stands still until it is moved; for tests and simulations."""

    def __init__(self, now_ms: int = 1_763_800_000_000) -> None:
        self._now_ms = now_ms
        self._monotonic_s = 1_000.0

    def now_ms(self) -> int:
        """The wall time that was set."""
        return self._now_ms

    def monotonic_s(self) -> float:
        """The monotonic time that was advanced to."""
        return self._monotonic_s

    def advance_s(self, seconds: float) -> None:
        """Move both clocks on."""
        self._now_ms += int(seconds * 1000)
        self._monotonic_s += seconds

    def set_wall_ms(self, now_ms: int) -> None:
        """Set the wall clock alone, as an operator or NTP might."""
        self._now_ms = now_ms
