"""Turns are few at once, fair between addresses, and not waited for without end."""

import asyncio

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.auth.turns import Turns
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


async def line(turns: Turns, keys: str, order: list[str]) -> list[asyncio.Task[None]]:
    """Stand in line under each key, in this order; who got a turn is noted and gives it back."""

    async def stand(key: str) -> None:
        await turns.take(key)
        order.append(key)
        turns.give()

    tasks: list[asyncio.Task[None]] = []
    for key in keys:
        tasks.append(asyncio.create_task(stand(key)))
        await asyncio.sleep(0)
    return tasks


async def test_no_more_work_at_once_than_may() -> None:
    turns, working, most = Turns(2, 100, 5), 0, 0

    async def work() -> None:
        nonlocal working, most
        await turns.take("a")
        working += 1
        most = max(most, working)
        await asyncio.sleep(0.001)
        working -= 1
        turns.give()

    await asyncio.gather(*[work() for _ in range(30)])
    assert (most, turns.waiting) == (2, 0)


async def test_a_burst_of_one_address_delays_others_by_one_turn_each() -> None:
    turns, order = Turns(1, 100, 5), []
    await turns.take("busy")
    tasks = await line(turns, "aaaaaabc", order)
    turns.give()
    await asyncio.gather(*tasks)
    assert "".join(order) == "abcaaaaa"


async def test_when_the_queue_is_full_the_longest_line_gives_way() -> None:
    turns, order = Turns(1, 3, 5), []
    await turns.take("busy")
    tasks = await line(turns, "aaa", order)
    tasks += await line(turns, "b", order)
    with pytest.raises(Fault) as caught:
        await tasks[2]
    assert caught.value.code is Code.AUTH_BUSY
    with pytest.raises(Fault):
        await turns.take("a")
    turns.give()
    await asyncio.gather(tasks[0], tasks[1], tasks[3])
    assert sorted(order) == ["a", "a", "b"]
    assert turns.waiting == 0


async def test_who_waits_too_long_is_told_so_and_leaves_the_line() -> None:
    turns = Turns(1, 10, 0.02)
    await turns.take("busy")
    with pytest.raises(Fault) as caught:
        await turns.take("a")
    assert caught.value.code is Code.AUTH_BUSY
    assert turns.waiting == 0
    turns.give()
    await asyncio.wait_for(turns.take("b"), 1)


async def test_who_gives_up_waiting_takes_no_turn_along() -> None:
    turns, order = Turns(1, 10, 5), []
    await turns.take("busy")
    tasks = await line(turns, "ab", order)
    await until(lambda: turns.waiting == 2)
    tasks[0].cancel()
    await asyncio.gather(tasks[0], return_exceptions=True)
    turns.give()
    await tasks[1]
    assert order == ["b"]
    await asyncio.wait_for(turns.take("c"), 1)
