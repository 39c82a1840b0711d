"""Every store of values that expire keeps the same promises."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest

from secureconnect.backends.ephemeral.memory import MemoryEphemeral
from secureconnect.backends.ephemeral.port import Ephemeral
from secureconnect.kit.clock import ManualClock

pytestmark = pytest.mark.anyio


@dataclass
class Subject:
    """A store, and a way to let milliseconds pass for it."""

    store: Ephemeral
    let_pass: Callable[[int], Awaitable[None]]


@asynccontextmanager
async def memory() -> AsyncGenerator[Subject]:
    clock = ManualClock()

    async def let_pass(ms: int) -> None:
        clock.advance_s(ms / 1000)

    yield Subject(MemoryEphemeral(clock), let_pass)


ADAPTERS: dict[str, Callable[[], AbstractAsyncContextManager[Subject]]] = {"memory": memory}


@pytest.fixture(params=sorted(ADAPTERS))
async def subject(request: pytest.FixtureRequest) -> AsyncGenerator[Subject]:
    async with ADAPTERS[request.param]() as made:
        yield made


async def test_a_value_is_there_until_its_time_is_over(subject: Subject) -> None:
    await subject.store.put("a", b"1", 2000)
    await subject.let_pass(1000)
    assert await subject.store.get("a") == b"1"
    await subject.let_pass(1001)
    assert await subject.store.get("a") is None


async def test_a_later_value_replaces_an_earlier_one_and_its_time(subject: Subject) -> None:
    await subject.store.put("a", b"1", 500)
    await subject.store.put("a", b"2", 5000)
    await subject.let_pass(600)
    assert await subject.store.get("a") == b"2"


async def test_put_if_absent_keeps_the_first_value_until_it_ends(subject: Subject) -> None:
    assert await subject.store.put_if_absent("a", b"1", 500)
    assert not await subject.store.put_if_absent("a", b"2", 5000)
    assert await subject.store.get("a") == b"1"
    await subject.let_pass(501)
    assert await subject.store.put_if_absent("a", b"3", 500)
    assert await subject.store.get("a") == b"3"


async def test_many_values_come_in_the_order_of_the_keys(subject: Subject) -> None:
    await subject.store.put("a", b"1", 5000)
    await subject.store.put("c", b"", 5000)
    assert await subject.store.get_many(["c", "b", "a", "c"]) == [b"", None, b"1", b""]
    assert await subject.store.get_many([]) == []


async def test_a_dropped_value_is_gone_and_dropping_nothing_is_no_fault(subject: Subject) -> None:
    await subject.store.put("a", b"1", 5000)
    await subject.store.drop("a")
    await subject.store.drop("a")
    assert await subject.store.get("a") is None


async def test_a_counter_ends_a_fixed_time_after_its_first_count(subject: Subject) -> None:
    assert [await subject.store.count("n", 1000) for _ in range(3)] == [1, 2, 3]
    await subject.let_pass(700)
    assert await subject.store.count("n", 1000) == 4
    await subject.let_pass(301)
    assert await subject.store.count("n", 1000) == 1


async def test_keys_and_values_have_bounds(subject: Subject) -> None:
    await subject.store.put("k" * 512, b"v" * 65_536, 5000)
    with pytest.raises(ValueError, match="at most"):
        await subject.store.put("k" * 513, b"", 5000)
    with pytest.raises(ValueError, match="at most"):
        await subject.store.put("k", b"v" * 65_537, 5000)


async def test_a_store_that_is_there_answers_a_ping(subject: Subject) -> None:
    await subject.store.ping()
