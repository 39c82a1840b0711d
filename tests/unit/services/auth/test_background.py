"""Work after an answer is bounded, survives its own failures and is finished before the end."""

import asyncio

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.auth.background import Background
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


async def test_work_that_fails_ends_nothing_else() -> None:
    done: list[int] = []

    async def work(number: int) -> None:
        if number % 3 == 0:
            raise Fault(Code.UNAVAILABLE)
        if number % 3 == 1:
            raise ZeroDivisionError
        done.append(number)

    background = Background(workers=2)
    background.start()
    for number in range(9):
        assert background.later("work", lambda number=number: work(number))
    await background.stop()
    assert sorted(done) == [2, 5, 8]


async def test_what_is_too_much_is_dropped_and_said_so() -> None:
    background = Background(waiting_max=2)
    kept = [background.later("work", lambda: asyncio.sleep(0)) for _ in range(4)]
    assert kept == [True, True, False, False]
    background.start()
    await background.stop()


async def test_repeated_work_goes_on_after_a_failure_until_the_end() -> None:
    runs = 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        raise ZeroDivisionError

    background = Background()
    background.start()
    background.every("work", 0.001, work)
    await until(lambda: runs >= 3)
    await background.stop()
    ended = runs
    await asyncio.sleep(0.01)
    assert runs == ended


async def test_work_that_does_not_end_is_left_after_a_bounded_time() -> None:
    background = Background()
    background.start()
    background.later("work", lambda: asyncio.sleep(3600))
    await asyncio.wait_for(background.stop(), 4)
