"""A circuit breaker without I/O: time is passed in."""

from enum import Enum


class BreakerState(Enum):
    """The states in life order."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class BreakerOpen(Exception):
    """The call was not tried because the dependency failed too often; `retry_after_s` says when it will be tried
    again."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"not tried, next try in {retry_after_s:.1f} s")
        self.retry_after_s = retry_after_s


class Breaker:
    """Opens after `failures_max` failures in a row, lets one probe through after `open_s`, closes when the probe
    succeeds."""

    def __init__(self, failures_max: int = 5, open_s: float = 3.0) -> None:
        self._failures_max = failures_max
        self._open_s = open_s
        self._failures = 0
        self._opened_at_s = 0.0
        self._state = BreakerState.CLOSED

    @property
    def state(self) -> BreakerState:
        """The present state."""
        return self._state

    def enter(self, now_s: float) -> None:
        """Ask to make a call now; raises BreakerOpen when it must not be tried."""
        if self._state is BreakerState.CLOSED:
            return
        wait_s = self._opened_at_s + self._open_s - now_s
        if self._state is BreakerState.HALF_OPEN or wait_s > 0:
            raise BreakerOpen(max(wait_s, 0.1))
        self._state = BreakerState.HALF_OPEN
        self._opened_at_s = now_s

    def succeeded(self) -> None:
        """Tell that a call came back."""
        self._failures = 0
        self._state = BreakerState.CLOSED

    def failed(self, now_s: float) -> None:
        """Tell that a call failed or timed out."""
        self._failures += 1
        if self._state is BreakerState.HALF_OPEN or self._failures >= self._failures_max:
            self._state = BreakerState.OPEN
            self._opened_at_s = now_s

    def abandoned(self) -> None:
        """Tell that a call was given up by its caller: a probe that never ended leaves the breaker open for the next
        one."""
        if self._state is BreakerState.HALF_OPEN:
            self._state = BreakerState.OPEN
