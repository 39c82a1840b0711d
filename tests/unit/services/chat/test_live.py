"""The live side as a whole: frames for accounts, degraded modes, two nodes at once."""

from pathlib import Path

import msgspec
import pytest

from secureconnect.contracts.peers import FramesAsk
from tests.fixtures.live import LiveWorld, live_world

pytestmark = pytest.mark.anyio
RING = msgspec.Raw(b'{"t": "call.ring",\n "call": "k1", "conversation": "c1", "from": "anna", "media": "video"}')


async def test_a_frame_for_accounts_reaches_all_their_devices_at_every_node(tmp_path: Path) -> None:
    async with live_world(tmp_path) as world:
        here, there = await world.node(first=True), await world.node()
        ben, phone, eve = await here.enter("ben"), await there.enter("ben", "phone"), await here.enter("eve")
        await here.live.frames(FramesAsk(["ben", "nobody"], RING))
        for talker in (ben, phone):
            assert (await talker.next("call.ring"))["call"] == "k1"
        await eve.settled()
        assert eve.all("call.ring") == []
        assert len(ben.all("call.ring")) == 1


async def test_people_are_told_what_works_less_well(tmp_path: Path) -> None:
    async with live_world(tmp_path) as world:
        node = await world.node(first=True)
        ben = await node.enter("ben")
        assert "degraded" not in ben.all("welcome")[0]
        world.degraded.append("disk")
        assert (await ben.next("degraded"))["what"] == ["disk"]
        late = await node.enter("ben", "late")
        assert late.all("welcome")[0]["degraded"] == ["disk"]
        world.degraded.clear()
        await ben.next("degraded", lambda frame: frame["what"] == [])


async def stream(world: LiveWorld) -> None:
    for _ in range(20):
        await world.log.say("c1", "anna")


async def test_events_reach_the_sockets_of_all_nodes_in_one_order(tmp_path: Path) -> None:
    async with live_world(tmp_path) as world:
        await world.log.open("c1", "anna", "ben", "carl")
        nodes = [await world.node(first=True), await world.node(), await world.node()]
        talkers = [await node.enter(name) for node, name in zip(nodes, ("anna", "ben", "carl"), strict=True)]
        await stream(world)
        for talker in talkers:
            await talker.next("event", lambda frame: frame["seq"] == 24)
            assert [frame["seq"] for frame in talker.all("event")] == list(range(5, 25))
