"""The bus in memory is bounded and tells what it lost."""

import asyncio

import pytest

from secureconnect.backends.bus.memory import MemoryBus
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


async def turn() -> None:
    """Let the loop do what waits."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_what_does_not_fit_is_dropped_counted_and_told_once() -> None:
    bus = MemoryBus(pending_max=3)
    heard: list[bytes] = []
    returns: list[int] = []
    bus.subscribe("t", heard.append)
    bus.on_return(lambda: returns.append(len(heard)))
    for number in range(5):
        await bus.publish("t", b"%d" % number)
    await turn()
    assert heard == [b"0", b"1", b"2"]
    assert bus.dropped == 2
    assert returns == [3]
    await bus.publish("t", b"5")
    await turn()
    assert heard[-1] == b"5"
    assert returns == [3]


async def test_a_full_topic_does_not_delay_or_lose_another() -> None:
    bus = MemoryBus(pending_max=1)
    heard: list[bytes] = []
    bus.subscribe("full", lambda _message: None)
    bus.subscribe("other", heard.append)
    for _ in range(10):
        await bus.publish("full", b"x")
    await bus.publish("other", b"y")
    await turn()
    assert heard == [b"y"]


async def test_a_topic_that_nobody_listens_to_any_more_keeps_nothing() -> None:
    bus = MemoryBus()
    heard: list[bytes] = []
    subscription = bus.subscribe("t", heard.append)
    await bus.publish("t", b"1")
    subscription.close()
    await turn()
    assert heard == []
    assert bus._topics == {}


async def test_what_a_listener_publishes_comes_in_a_later_turn_so_that_a_circle_starves_nobody() -> None:
    bus = MemoryBus()
    rounds: list[bytes] = []
    tasks: list[asyncio.Task[None]] = []

    def again(message: bytes) -> None:
        rounds.append(message)
        if len(rounds) < 50:
            tasks.append(asyncio.ensure_future(bus.publish("t", message)))

    bus.subscribe("t", again)
    await bus.publish("t", b"1")
    await turn()
    assert 1 <= len(rounds) < 10
    await until(lambda: len(rounds) == 50)
    await asyncio.gather(*tasks)
