"""Every bus keeps the same promises to those who listen now."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from secureconnect.backends.bus.memory import MemoryBus
from secureconnect.backends.bus.port import Bus
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def memory() -> AsyncGenerator[Bus]:
    yield MemoryBus()


ADAPTERS: dict[str, Callable[[], AbstractAsyncContextManager[Bus]]] = {"memory": memory}


@pytest.fixture(params=sorted(ADAPTERS))
async def bus(request: pytest.FixtureRequest) -> AsyncGenerator[Bus]:
    async with ADAPTERS[request.param]() as made:
        yield made


async def heard_all(heard: list[bytes], count: int) -> list[bytes]:
    """What was heard, once that many messages came."""
    await until(lambda: len(heard) >= count)
    return heard


async def test_each_present_subscriber_of_a_topic_hears_its_messages_in_order(bus: Bus) -> None:
    first: list[bytes] = []
    second: list[bytes] = []
    other: list[bytes] = []
    bus.subscribe("t", first.append)
    bus.subscribe("t", second.append)
    bus.subscribe("u", other.append)
    for number in range(100):
        await bus.publish("t", b"%d" % number)
    await bus.publish("u", b"x")
    assert await heard_all(first, 100) == await heard_all(second, 100) == [b"%d" % number for number in range(100)]
    assert await heard_all(other, 1) == [b"x"]


async def test_who_closed_hears_no_more_and_closing_twice_is_no_fault(bus: Bus) -> None:
    closed: list[bytes] = []
    stays: list[bytes] = []
    subscription = bus.subscribe("t", closed.append)
    bus.subscribe("t", stays.append)
    subscription.close()
    subscription.close()
    await bus.publish("t", b"1")
    await heard_all(stays, 1)
    assert closed == []


async def test_what_was_published_before_a_subscription_is_not_heard(bus: Bus) -> None:
    await bus.publish("t", b"early")
    heard: list[bytes] = []
    bus.subscribe("t", heard.append)
    await bus.publish("t", b"late")
    assert await heard_all(heard, 1) == [b"late"]


async def test_publishing_calls_no_listener_before_it_returns(bus: Bus) -> None:
    heard: list[bytes] = []
    bus.subscribe("t", heard.append)
    publishing = bus.publish("t", b"1")
    try:
        publishing.send(None)
    except StopIteration:
        assert heard == []
    else:
        await asyncio.sleep(0)


async def test_a_listener_that_fails_is_logged_and_stops_nobody(bus: Bus, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[bytes] = []

    def fail(_message: bytes) -> None:
        raise RuntimeError("this listener is broken")

    bus.subscribe("t", fail)
    bus.subscribe("t", heard.append)
    with caplog.at_level(logging.ERROR):
        await bus.publish("t", b"1")
        await bus.publish("t", b"2")
        assert await heard_all(heard, 2) == [b"1", b"2"]
    assert "this listener is broken" in caplog.text


async def test_a_listener_may_close_itself_and_subscribe_anew_while_it_is_called(bus: Bus) -> None:
    heard: list[bytes] = []

    def once(message: bytes) -> None:
        subscription.close()
        heard.append(message)
        bus.subscribe("t", heard.append)

    subscription = bus.subscribe("t", once)
    await bus.publish("t", b"1")
    await heard_all(heard, 1)
    await bus.publish("t", b"2")
    assert await heard_all(heard, 2) == [b"1", b"2"]


async def test_nobody_listening_is_no_fault_and_a_bus_that_is_there_answers_a_ping(bus: Bus) -> None:
    await bus.publish("nobody", b"1")
    await bus.ping()
    bus.on_return(lambda: None).close()
