"""Delivery: order where the application is slow, and readers that never give in to a broken answer."""

import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from msgspec import Raw

from secureconnect.client import delivery as module
from secureconnect.client.delivery import Delivery, ReadPage
from secureconnect.client.faults import AnswerUnreadable, ConnectionLost, ServerFault, SocketEnded, TooMuchWaiting
from secureconnect.contracts.chat import Head
from secureconnect.contracts.errors import Code
from secureconnect.contracts.events import Event
from secureconnect.contracts.frames import EventsFrame
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


def event(seq: int) -> Event:
    return Event("c", seq, str(seq), "message", "who", 0, Raw(b"{}"))


class Log:
    """A log that is read by page, after the faults that a test names."""

    def __init__(self, events: int, *faults: Exception) -> None:
        self.events = [event(seq) for seq in range(1, events + 1)]
        self.faults = list(faults)
        self.reads = 0

    async def read(self, conversation: str, after: int) -> EventsFrame:
        self.reads += 1
        if self.faults:
            raise self.faults.pop(0)
        page = self.events[after : after + 3]
        end = after + len(page)
        return EventsFrame(conversation, page, after + 1, end, len(self.events), end < len(self.events))


@asynccontextmanager
async def delivering(read: ReadPage) -> AsyncGenerator[Delivery]:
    delivery = Delivery(read, random.Random(1), {}, {})
    delivery.start()
    try:
        yield delivery
    finally:
        await delivery.stop()


async def test_an_event_that_waits_for_room_is_never_overtaken_by_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVENTS_MAX", 1)
    async with delivering(Log(0).read) as delivery:
        delivery.live(event(1))
        delivery.live(event(2))
        await until(lambda: bool(delivery._queue._putters))  # pyright: ignore[reportAttributeAccessIssue]
        taken = [(await delivery.next()).seq]
        delivery.live(event(3))
        taken += [(await delivery.next()).seq, (await delivery.next()).seq]
        assert taken == [1, 2, 3]


@pytest.mark.parametrize(
    "fault",
    [
        ConnectionLost("cut"),
        TooMuchWaiting("full"),
        AnswerUnreadable("odd"),
        ServerFault(Code.FRAME_TOO_FAST, retry_after_ms=10, status=429),
        ServerFault(Code.INTERNAL, status=500),
    ],
)
async def test_reading_goes_on_after_what_passes(fault: Exception) -> None:
    log = Log(7, fault, fault)
    async with delivering(log.read) as delivery:
        delivery.reaches([Head("c", 7)])
        assert [(await delivery.next()).seq for _ in range(7)] == list(range(1, 8))


@pytest.mark.parametrize("fault", [ServerFault(Code.CHAT_NOT_A_MEMBER, status=404), SocketEnded(4403, "")])
async def test_reading_stops_at_what_does_not_pass_and_begins_again_when_more_comes(fault: Exception) -> None:
    log = Log(2, fault)
    async with delivering(log.read) as delivery:
        delivery.reaches([Head("c", 1)])
        await until(lambda: log.reads == 1 and not delivery._busy)
        delivery.reaches([Head("c", 2)])
        assert [(await delivery.next()).seq for _ in range(2)] == [1, 2]


async def test_a_head_that_no_page_ever_shows_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_S_FIRST", 0.001)
    monkeypatch.setattr(module, "WAIT_S_MOST", 0.001)
    log = Log(1)
    async with delivering(log.read) as delivery:
        delivery.reaches([Head("c", 5)])
        assert (await delivery.next()).seq == 1
        await until(lambda: not delivery._busy)
        assert log.reads == 1 + module.FRUITLESS_MAX
        assert delivery.heads() == {}
