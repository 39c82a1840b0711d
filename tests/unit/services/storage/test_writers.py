"""One writer at a time for each upload."""

import asyncio

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import ManualClock
from secureconnect.services.storage.writers import Writer, Writers

pytestmark = pytest.mark.anyio


async def test_a_second_writer_is_told_that_it_is_locked_until_the_first_leaves() -> None:
    writers = Writers(ManualClock())
    async with writers.hold("u"):
        with pytest.raises(Fault) as caught:
            await writers.hold("u").__aenter__()
    assert caught.value.code is Code.STORAGE_UPLOAD_LOCKED
    assert caught.value.retry_after_ms
    async with writers.hold("u"), writers.hold("another"):
        assert writers.busy("u")
    assert not writers.busy("u")


async def waiting(writer: Writer, begun: asyncio.Event) -> None:
    with writer.stoppable():
        begun.set()
        await asyncio.Event().wait()


async def test_a_writer_that_is_told_to_stop_ends_with_the_reason() -> None:
    writers = Writers(ManualClock())
    async with writers.hold("u") as writer:
        begun = asyncio.Event()
        task = asyncio.create_task(waiting(writer, begun))
        await begun.wait()
        writers.stop("u", Code.STORAGE_UPLOAD_GONE)
        with pytest.raises(Fault) as caught:
            await task
        assert caught.value.code is Code.STORAGE_UPLOAD_GONE
        assert task.cancelling() == 0
        with pytest.raises(Fault), writer.stoppable():
            pass


async def test_a_cancellation_from_elsewhere_stays_one() -> None:
    writer = Writer(ManualClock())
    begun = asyncio.Event()
    task = asyncio.create_task(waiting(writer, begun))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_only_a_writer_that_fell_silent_is_ended_for_who_comes_back() -> None:
    clock = ManualClock()
    writers = Writers(clock)
    begun = asyncio.Event()

    async def write() -> None:
        async with writers.hold("u") as writer:
            await waiting(writer, begun)

    task = asyncio.create_task(write())
    await begun.wait()
    await writers.end_silent("u")
    assert writers.busy("u")
    clock.advance_s(10)
    await writers.end_silent("u")
    assert not writers.busy("u")
    with pytest.raises(Fault) as caught:
        await task
    assert caught.value.code is Code.TIMED_OUT


async def test_nobody_writes_once_all_are_stopped() -> None:
    writers = Writers(ManualClock())
    async with writers.hold("u") as writer:
        writers.stop_all()
        with pytest.raises(Fault), writer.stoppable():
            pass
    with pytest.raises(Fault) as caught:
        await writers.hold("v").__aenter__()
    assert caught.value.code is Code.STOPPING


async def test_a_writer_that_takes_no_more_bytes_is_waited_for() -> None:
    writers = Writers(ManualClock())
    order: list[str] = []

    async def second() -> None:
        async with writers.hold("u"):
            order.append("second")

    async with writers.hold("u") as writer:
        with writer.stoppable():
            pass
        task = asyncio.create_task(second())
        await asyncio.sleep(0)
        order.append("first")
    await task
    assert order == ["first", "second"]
