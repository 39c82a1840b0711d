"""The check of the heads repairs what no hint told, and gives sync tokens that skip nothing."""

from pathlib import Path

import pytest

from secureconnect.backends.bus.memory import MemoryBus
from tests.fixtures.live import LiveNode, LiveWorld, Talker, live_world

pytestmark = pytest.mark.anyio


async def alone(world: LiveWorld) -> LiveNode:
    """A node that the others' hints never reach."""
    await world.log.open("c1", "anna", "ben")
    return await world.node(bus=MemoryBus())


async def check(node: LiveNode) -> None:
    await node.live._heads.check()


async def heads_since(node: LiveNode, account: str, token: str) -> list[tuple[str, int]]:
    answer = await node.live.sync.since(account, token)
    return [(head.conversation, head.seq) for head in answer.heads]


def seqs(talker: Talker) -> list[int]:
    return [frame["seq"] for frame in talker.all("event")]


async def test_the_last_lost_hint_is_repaired_although_nothing_follows_it(tmp_path: Path) -> None:
    async with live_world(tmp_path) as world:
        node = await alone(world)
        ben = await node.enter("ben")
        await world.log.say("c1", "anna")
        await world.log.say("c1", "anna")
        await check(node)
        await ben.next("event", lambda frame: frame["seq"] == 5)
        assert seqs(ben) == [4, 5]


async def test_it_looks_by_itself_every_few_seconds(tmp_path: Path) -> None:
    async with live_world(tmp_path, heads_check_s=1) as world:
        node = await alone(world)
        ben = await node.enter("ben")
        await world.log.say("c1", "anna")
        await ben.next("event", within_s=6.0)


async def test_a_coming_and_a_leaving_that_no_hint_told_are_followed(tmp_path: Path) -> None:
    async with live_world(tmp_path) as world:
        node = await alone(world)
        ben, eve = await node.enter("ben"), await node.enter("eve")
        await check(node)
        await world.log.member("c1", "eve", "added", "anna", "member")
        await world.log.member("c1", "ben", "removed", "anna")
        await check(node)
        await world.log.say("c1", "anna")
        await check(node)
        await eve.next("event", lambda frame: frame["seq"] == 6)
        await ben.settled()
        assert seqs(eve) == [4, 5, 6]
        assert seqs(ben) == [4, 5]


async def test_those_whom_it_concerns_get_a_token_after_what_it_covers(tmp_path: Path) -> None:
    async with live_world(tmp_path) as world:
        node = await alone(world)
        ben, eve = await node.enter("ben"), await node.enter("eve")
        await check(node)
        await world.log.say("c1", "anna")
        await check(node)
        token = (await ben.next("sync"))["token"]
        kinds = [frame["t"] for frame in ben.frames]
        assert kinds.index("event") < kinds.index("sync")
        assert await heads_since(node, "ben", token) == []
        await world.log.say("c1", "anna")
        assert await heads_since(node, "ben", token) == [("c1", 5)]
        await eve.settled()
        assert eve.all("sync") == []


async def test_no_token_is_given_where_nothing_changed(tmp_path: Path) -> None:
    async with live_world(tmp_path) as world:
        node = await alone(world)
        ben = await node.enter("ben")
        await check(node)
        told = len(ben.all("sync"))
        await check(node)
        await check(node)
        await ben.settled()
        assert len(ben.all("sync")) == told


async def test_marks_set_at_another_node_are_told_to_ones_own_devices(tmp_path: Path) -> None:
    async with live_world(tmp_path) as world:
        await world.log.open("c1", "anna", "ben")
        here, there = await world.node(first=True), await world.node(bus=MemoryBus())
        phone, desk = await here.enter("ben", "phone"), await there.enter("ben", "desk")
        await world.log.say("c1", "anna")
        await check(there)
        await phone.send(t="cursor.set", id=1, conversation="c1", read_seq=4)
        await phone.next("ok")
        await check(there)
        cursor = await desk.next("cursor")
        assert (cursor["conversation"], cursor["account"], cursor["read_seq"]) == ("c1", "ben", 4)
        await check(there)
        await desk.settled()
        assert len(desk.all("cursor")) == 1
