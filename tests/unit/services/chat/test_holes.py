"""What stands and was not delivered is read from the log and delivered in order, whoever appended it."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from secureconnect.backends.bus.memory import MemoryBus
from secureconnect.services.chat.nodes import Joined, Told
from tests.fixtures.live import LiveNode, LiveWorld, Talker, live_world
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio
REPAIRED = "secureconnect_chat_repaired_events_total"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[LiveWorld]:
    async with live_world(tmp_path) as one:
        await one.log.open("c1", "anna", "ben")
        yield one


def seqs(talker: Talker) -> list[int]:
    return [frame["seq"] for frame in talker.all("event")]


async def two_nodes(world: LiveWorld, bus: MemoryBus | None = None) -> tuple[LiveNode, LiveNode]:
    return await world.node(first=True), await world.node(bus=bus)


async def test_an_event_of_one_node_reaches_the_sockets_of_another_by_its_hint(world: LiveWorld) -> None:
    here, there = await two_nodes(world)
    anna, ben = await here.enter("anna"), await there.enter("ben")
    await anna.message("c1", "m1")
    event = await ben.next("event")
    assert event == await anna.next("event")
    assert there.figure(REPAIRED) == 1


async def test_a_hole_that_a_hint_leaves_is_filled_before_what_follows(world: LiveWorld) -> None:
    _, there = await two_nodes(world, MemoryBus())
    ben = await there.enter("ben")
    for _ in range(5):
        await world.log.say("c1", "anna")
    there.live._holes.hear(Told("other", {"c1": 8}))
    await ben.next("event", lambda frame: frame["seq"] == 8)
    assert seqs(ben) == [4, 5, 6, 7, 8]


async def test_hints_that_repeat_or_come_late_deliver_nothing_twice(world: LiveWorld) -> None:
    here, there = await two_nodes(world)
    anna, ben = await here.enter("anna"), await there.enter("ben")
    await anna.message("c1", "m1")
    await ben.next("event")
    for seq in (4, 2, 4):
        there.live._holes.hear(Told("other", {"c1": seq}))
    await anna.message("c1", "m2")
    await ben.next("event", lambda frame: frame["seq"] == 5)
    assert seqs(ben) == [4, 5]


async def test_who_is_added_at_another_node_is_in_from_their_coming_on(world: LiveWorld) -> None:
    _, there = await two_nodes(world)
    eve = await there.enter("eve")
    await world.log.member("c1", "eve", "added", "anna", "member")
    await world.log.say("c1", "anna")
    await eve.next("event", lambda frame: frame["seq"] == 5)
    assert seqs(eve) == [4, 5]


async def test_who_is_removed_at_another_node_gets_nothing_after_it(world: LiveWorld) -> None:
    _, there = await two_nodes(world)
    ben, own = await there.enter("ben"), await there.enter("anna")
    await world.log.member("c1", "ben", "removed", "anna")
    await world.log.say("c1", "anna")
    await own.next("event", lambda frame: frame["seq"] == 5)
    await ben.settled()
    assert seqs(ben) == [4]
    await ben.message("c1", "m1")
    assert (await ben.next("error"))["code"] == "chat.not_a_member"


async def test_a_late_hint_of_a_coming_lets_nobody_in_who_left_since(world: LiveWorld) -> None:
    _, there = await two_nodes(world, MemoryBus())
    await world.log.member("c1", "eve", "added", "anna", "member")
    await world.log.member("c1", "eve", "removed", "anna")
    eve = await there.enter("eve")
    there.live._holes.hear(Told("other", {}, [], [Joined("eve", "c1", 4, 4)]))
    await there.live._holes.settle()
    await world.log.say("c1", "anna")
    there.live._holes.hear(Told("other", {"c1": 6}))
    await there.live._holes.settle()
    await eve.settled()
    assert all(seq <= 5 for seq in seqs(eve))


async def test_a_nodes_own_late_events_close_the_hole_that_others_left(world: LiveWorld) -> None:
    here, there = await two_nodes(world)
    anna, ben = await here.enter("anna"), await there.enter("ben")
    for number in range(20):
        sender = (anna, ben)[number % 2]
        await sender.message("c1", f"m{number}", number=number)
        await sender.next("ack", lambda frame, number=number: frame["id"] == number)
    for talker in (anna, ben):
        await until(lambda talker=talker: len(talker.all("event")) >= 20)
        assert seqs(talker) == list(range(4, 24))
