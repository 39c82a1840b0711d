"""Work beside requests is finished, its failures are told, and it ends with the service."""

import asyncio

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.video.background import Background

pytestmark = pytest.mark.anyio


async def test_what_is_under_way_is_waited_for_and_failures_hold_up_nobody() -> None:
    background, done = Background(), list[str]()

    async def work(name: str, error: Exception | None = None) -> None:
        await asyncio.sleep(0)
        if error is not None:
            raise error
        done.append(name)

    background.spawn(work("one"), "one")
    background.spawn(work("two", Fault(Code.UNAVAILABLE)), "two")
    background.spawn(work("three", ValueError("a bug")), "three")
    background.spawn(work("four"), "four")
    await background.settle()
    assert done == ["one", "four"]


async def test_what_does_not_end_is_ended() -> None:
    background, ended = Background(), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    background.spawn(work(), "endless")
    await background.settle(within_s=0.01)
    assert not ended.is_set()
    await background.stop()
    assert ended.is_set()
