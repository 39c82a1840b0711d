"""Stands before an adapter that can fail: a time-out per call, a circuit breaker, a degraded state to be told of."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from typing import ParamSpec, Protocol, TypeVar

from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.breaker import Breaker, BreakerOpen
from secureconnect.kit.clock import Clock

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
DegradedListener = Callable[[bool], None]


class Gauge(Protocol):
    """Where a number is shown."""

    def set(self, value: float) -> None:
        """Show this number from now on."""
        ...


class Guard:
    """Guards the calls of one need.

    Failures are Fault(UNAVAILABLE), time-outs, and exceptions that are no answer: they set `degraded` at once, and some
    in a row open the breaker. Fault(DISK_FULL) sets `degraded` alone, since what frees the disk must still get through.
    Other Faults and the exception types of `answers` are answers like any other. Only a ping ends the degraded state.
    """

    def __init__(
        self,
        need: str,
        clock: Clock,
        timeout_s: float,
        breaker: Breaker | None = None,
        gauges: Sequence[Gauge] = (),
        answers: tuple[type[Exception], ...] = (),
    ) -> None:
        self.need = need
        self._clock = clock
        self._timeout_s = timeout_s
        self._breaker = breaker or Breaker()
        self._gauges = tuple(gauges)
        self._answers = answers
        self._listeners: list[DegradedListener] = []
        self._degraded = False
        for gauge in self._gauges:
            gauge.set(0.0)

    @property
    def degraded(self) -> bool:
        """Whether something failed since the last ping that succeeded."""
        return self._degraded

    def on_change(self, listener: DegradedListener) -> None:
        """Call `listener` on the loop with the new state whenever it changes; exceptions of it are logged."""
        self._listeners.append(listener)

    async def call(self, work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """`await work(*args)` within the time-out; raises what it raises, Fault(UNAVAILABLE) when late or not tried."""
        with self.attempt():
            async with asyncio.timeout(self._timeout_s):
                return await work(*args, **kwargs)

    @contextmanager
    def attempt(self) -> Generator[None]:
        """Guard the block without a time-out, for what has its own or goes at the pace of a client."""
        try:
            self._breaker.enter(self._clock.monotonic_s())
        except BreakerOpen as error:
            raise Fault(Code.UNAVAILABLE, retry_after_ms=int(error.retry_after_s * 1000)) from error
        try:
            yield
        except Exception as error:
            self._judge(error)
            if isinstance(error, OSError) and not isinstance(error, self._answers):
                raise Fault(Code.UNAVAILABLE, f"{self.need} does not answer") from error
            raise
        except BaseException:
            self._breaker.abandoned()
            raise
        self._breaker.succeeded()

    async def run_pings(
        self, ping: Callable[[], Awaitable[None]], every_s: float = 3.0, timeout_s: float = 1.0
    ) -> None:
        """Ping until cancelled: success closes the breaker and ends the degraded state, failure begins it."""
        while True:
            try:
                async with asyncio.timeout(timeout_s):
                    await ping()
            except Exception as error:
                self._judge(error)
                self._set_degraded(True, error)
            else:
                self._breaker.succeeded()
                self._set_degraded(False)
            await asyncio.sleep(every_s)

    def _judge(self, error: Exception) -> None:
        if isinstance(error, self._answers) or (isinstance(error, Fault) and error.code is not Code.UNAVAILABLE):
            self._breaker.succeeded()
            if not (isinstance(error, Fault) and error.code is Code.DISK_FULL):
                return
        else:
            self._breaker.failed(self._clock.monotonic_s())
        self._set_degraded(True, error)

    def _set_degraded(self, degraded: bool, reason: Exception | None = None) -> None:
        if degraded is self._degraded:
            return
        self._degraded = degraded
        if degraded:
            log.warning("%s is degraded: %s", self.need, reason)
        else:
            log.info("%s is back", self.need)
        for gauge in self._gauges:
            gauge.set(float(degraded))
        for listener in tuple(self._listeners):
            try:
                listener(degraded)
            except Exception:
                log.exception("a listener to the state of %s failed", self.need)
