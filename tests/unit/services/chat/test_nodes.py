"""What nodes tell each other is gathered, sent once, and read by the others alone."""

import asyncio

import msgspec
import pytest

from secureconnect.backends.bus.memory import MemoryBus
from secureconnect.backends.bus.port import BusListener, Subscription
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import SystemClock
from secureconnect.services.chat.nodes import ITEMS_MAX, TOPIC, Marked, Nodes, Told
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


async def test_what_gathers_is_one_message_that_the_others_hear_and_oneself_not() -> None:
    bus = MemoryBus()
    one, two = Nodes(bus, "one", SystemClock()), Nodes(bus, "two", SystemClock())
    heard: dict[str, list[Told]] = {"one": [], "two": []}
    for name, node in (("one", one), ("two", two)):
        node.hear(heard[name].append)
        node.start()
    await until(lambda: bool(heard["one"]) and bool(heard["two"]))
    assert {told.node for told in heard["one"]} == {"two"}, "they greet each other"
    heard["two"].clear()
    for seq in (1, 2, 3):
        one.tell().heads["c1"] = seq
    one.tell().marked.append(Marked("anna", "c1", 2, 3))
    await until(lambda: any(told.heads for told in heard["two"]))
    assert heard["two"][-1] == Told("one", {"c1": 3}, marked=[Marked("anna", "c1", 2, 3)])
    assert {told.node for told in heard["one"]} == {"two"}
    two.stop()
    heard["two"].clear()
    one.greet()
    await asyncio.sleep(0.02)
    assert heard["two"] == []


async def test_many_things_at_once_go_out_as_several_messages() -> None:
    bus = MemoryBus()
    one, two = Nodes(bus, "one", SystemClock()), Nodes(bus, "two", SystemClock())
    sizes: list[int] = []
    two.hear(lambda told: sizes.append(len(told.online)))
    two.start()
    for number in range(ITEMS_MAX + 5):
        one.tell().online.append(f"a{number}")
    await until(lambda: len(sizes) == 2)
    assert sizes == [ITEMS_MAX, 5]


async def test_what_cannot_be_read_is_passed_over() -> None:
    bus = MemoryBus()
    node = Nodes(bus, "one", SystemClock())
    heard: list[Told] = []
    node.hear(heard.append)
    node.start()
    for message in (b"", b"{", b"[]", b'{"node":5}', msgspec.json.encode(Told("two", {"c1": 1}))):
        await bus.publish(TOPIC, message)
    await until(lambda: bool(heard))
    assert [told.heads for told in heard] == [{"c1": 1}]


class DeafBus(MemoryBus):
    """A bus that is away."""

    async def publish(self, topic: str, message: bytes) -> None:
        raise Fault(Code.UNAVAILABLE)

    def subscribe(self, topic: str, listener: BusListener) -> Subscription:  # pyright: ignore[reportIncompatibleMethodOverride]
        return super().subscribe(topic, listener)


async def test_a_bus_that_is_away_stops_nobody_and_is_noted() -> None:
    node = Nodes(DeafBus(), "one", SystemClock())
    node.tell().heads["c1"] = 1
    await until(lambda: node.away)
