"""Time for deadlines: the wall clock's scale without its jumps."""

from secureconnect.kit.clock import Clock

SLEW = 0.1


class SteadyTime:
    """Milliseconds since 1970 that pass as the monotonic clock does.

    Where the wall clock was set, the difference is made up slowly (a tenth of the time that passes), so that a call
    neither rings for an hour nor ends at once, and several nodes come to agree again.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._monotonic_s = clock.monotonic_s()
        self._now_ms = float(clock.now_ms())

    def now_ms(self) -> int:
        """The present; never less than before."""
        monotonic_s = self._clock.monotonic_s()
        passed_ms = (monotonic_s - self._monotonic_s) * 1000
        self._monotonic_s = monotonic_s
        bound_ms = passed_ms * SLEW
        apart_ms = self._clock.now_ms() - (self._now_ms + passed_ms)
        self._now_ms += passed_ms + max(-bound_ms, min(bound_ms, apart_ms))
        return int(self._now_ms)
