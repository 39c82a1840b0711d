"""A guard turns a dependency that fails into quick, honest answers, and tells when it is degraded."""

import asyncio
import logging
import time

import pytest

from secureconnect.backends.guard import Guard
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.breaker import Breaker
from secureconnect.kit.clock import ManualClock
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


class Figure:
    """A gauge that remembers what it showed."""

    def __init__(self) -> None:
        self.shown: list[float] = []

    def set(self, value: float) -> None:
        """Show a number."""
        self.shown.append(value)


class NoSuchThing(Exception):
    """An answer of the port's own."""


class Dependency:
    """Something that answers, fails or hangs as it is told."""

    def __init__(self) -> None:
        self.failure: BaseException | None = None
        self.hangs = False
        self.calls = 0

    async def ask(self, number: int, *, more: int = 0) -> int:
        """The sum, or what was told."""
        self.calls += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.failure is not None:
            raise self.failure
        return number + more

    async def ping(self) -> None:
        """As `ask`."""
        await self.ask(0)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def dependency() -> Dependency:
    return Dependency()


def guard_of(clock: ManualClock, *gauges: Figure, timeout_s: float = 5.0) -> Guard:
    """A guard that opens after three failures for three seconds."""
    return Guard("need", clock, timeout_s, Breaker(3, 3.0), gauges, (NoSuchThing,))


async def fault(guard: Guard, dependency: Dependency) -> Fault:
    """The fault that a call raises."""
    with pytest.raises(Fault) as caught:
        await guard.call(dependency.ask, 1)
    return caught.value


async def test_an_answer_comes_through_unchanged(clock: ManualClock, dependency: Dependency) -> None:
    guard = guard_of(clock)
    assert await guard.call(dependency.ask, 1, more=2) == 3
    assert not guard.degraded


FAILURES = [Fault(Code.UNAVAILABLE), ConnectionResetError(), TimeoutError(), OSError("down"), RuntimeError("strange")]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
async def test_one_failure_makes_it_degraded_at_once(
    clock: ManualClock, dependency: Dependency, failure: Exception
) -> None:
    gauge = Figure()
    told: list[bool] = []
    guard = guard_of(clock, gauge)
    guard.on_change(told.append)
    dependency.failure = failure
    with pytest.raises((Fault, RuntimeError)) as caught:
        await guard.call(dependency.ask, 1)
    assert not isinstance(caught.value, Fault) or caught.value.code is Code.UNAVAILABLE
    assert (guard.degraded, told, gauge.shown) == (True, [True], [0.0, 1.0])


async def test_a_dependency_that_hangs_is_given_up_after_the_time_out(
    clock: ManualClock, dependency: Dependency
) -> None:
    guard = guard_of(clock, timeout_s=0.05)
    dependency.hangs = True
    started_s = time.monotonic()
    assert (await fault(guard, dependency)).code is Code.UNAVAILABLE
    assert time.monotonic() - started_s < 2
    assert guard.degraded


@pytest.mark.parametrize("answer", [NoSuchThing(), Fault(Code.NOT_FOUND), Fault(Code.BODY_TOO_LARGE)], ids=repr)
async def test_a_refusal_is_an_answer_and_no_failure(
    clock: ManualClock, dependency: Dependency, answer: Exception
) -> None:
    guard = guard_of(clock)
    dependency.failure = answer
    for _ in range(10):
        with pytest.raises(type(answer)) as caught:
            await guard.call(dependency.ask, 1)
        assert caught.value is answer
    assert (dependency.calls, guard.degraded) == (10, False)


async def test_a_full_disk_is_degraded_but_what_frees_it_still_gets_through(
    clock: ManualClock, dependency: Dependency
) -> None:
    guard = guard_of(clock)
    dependency.failure = Fault(Code.DISK_FULL)
    for _ in range(10):
        assert (await fault(guard, dependency)).code is Code.DISK_FULL
    dependency.failure = None
    assert await guard.call(dependency.ask, 1) == 1
    assert guard.degraded


async def test_after_some_failures_it_is_not_tried_until_a_while_later(
    clock: ManualClock, dependency: Dependency
) -> None:
    guard = guard_of(clock)
    dependency.failure = Fault(Code.UNAVAILABLE)
    for _ in range(3):
        await fault(guard, dependency)
    clock.advance_s(1)
    assert (await fault(guard, dependency)).retry_after_ms == 2000
    assert dependency.calls == 3
    clock.advance_s(2)
    dependency.failure = None
    assert await guard.call(dependency.ask, 1) == 1
    assert await guard.call(dependency.ask, 1) == 1


async def test_a_probe_that_its_caller_gave_up_lets_the_next_one_try(
    clock: ManualClock, dependency: Dependency
) -> None:
    guard = guard_of(clock)
    dependency.failure = Fault(Code.UNAVAILABLE)
    for _ in range(3):
        await fault(guard, dependency)
    dependency.failure, dependency.hangs = None, True
    clock.advance_s(3)
    probe = asyncio.create_task(guard.call(dependency.ask, 1))
    await until(lambda: dependency.calls == 4)
    assert (await fault(guard, dependency)).code is Code.UNAVAILABLE
    assert dependency.calls == 4
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    dependency.hangs = False
    clock.advance_s(3)
    assert await guard.call(dependency.ask, 1) == 1


async def test_a_cancelled_call_is_no_failure(clock: ManualClock, dependency: Dependency) -> None:
    guard = guard_of(clock)
    dependency.hangs = True
    for count in range(1, 6):
        task = asyncio.create_task(guard.call(dependency.ask, 1))
        await until(lambda count=count: dependency.calls == count)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    dependency.hangs = False
    assert await guard.call(dependency.ask, 1) == 1
    assert not guard.degraded


async def test_pings_find_a_failure_without_any_call_and_end_it_again(
    clock: ManualClock, dependency: Dependency
) -> None:
    gauge = Figure()
    guard = guard_of(clock, gauge)
    pings = asyncio.create_task(guard.run_pings(dependency.ping, every_s=0.01, timeout_s=0.05))
    dependency.hangs = True
    await until(lambda: guard.degraded)
    dependency.hangs, dependency.failure = False, ConnectionRefusedError()
    calls = dependency.calls
    await until(lambda: dependency.calls > calls + 3)
    assert (await fault(guard, dependency)).code is Code.UNAVAILABLE
    dependency.failure = None
    await until(lambda: not guard.degraded)
    assert await guard.call(dependency.ask, 1) == 1
    pings.cancel()
    assert gauge.shown == [0.0, 1.0, 0.0]


async def test_an_answer_alone_does_not_end_the_degraded_state(clock: ManualClock, dependency: Dependency) -> None:
    guard = guard_of(clock)
    dependency.failure = Fault(Code.UNAVAILABLE)
    await fault(guard, dependency)
    dependency.failure = None
    await guard.call(dependency.ask, 1)
    assert guard.degraded


async def test_a_listener_that_fails_is_logged_and_keeps_nobody_else_from_hearing(
    clock: ManualClock, dependency: Dependency, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_degraded: bool) -> None:
        raise RuntimeError("this listener is broken")

    told: list[bool] = []
    guard = guard_of(clock)
    guard.on_change(fail)
    guard.on_change(told.append)
    dependency.failure = Fault(Code.UNAVAILABLE)
    with caplog.at_level(logging.ERROR):
        await fault(guard, dependency)
    assert told == [True]
    assert "this listener is broken" in caplog.text
