"""Changes at auth reach those whom they concern: one's own devices, and those who see a changed profile."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.fixtures.live import LiveNode, LiveWorld, live_world

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[LiveWorld]:
    async with live_world(tmp_path) as one:
        await one.log.open("c1", "anna", "ben")
        yield one


@pytest.fixture
async def node(world: LiveWorld) -> LiveNode:
    return await world.node(first=True)


async def test_ones_own_devices_are_told_what_to_read_anew_in_one_frame(node: LiveNode) -> None:
    anna, phone, ben = await node.enter("anna"), await node.enter("anna", "phone"), await node.enter("ben")
    for kind in ("preferences", "blocks", "sessions", "preferences", "session_ended"):
        node.change(kind, "anna", "ben" if kind == "blocks" else None)
    for talker in (anna, phone):
        assert (await talker.next("account"))["what"] == ["blocks", "preferences", "sessions"]
        assert len(talker.all("account")) == 1
    await ben.settled()
    assert ben.all("account") == [], "who was blocked hears nothing of it"


async def test_both_are_told_of_a_friendship(node: LiveNode) -> None:
    anna, ben = await node.enter("anna"), await node.enter("ben")
    node.change("friends", "anna", "ben")
    assert (await anna.next("account"))["what"] == ["friends"]
    assert (await ben.next("account"))["what"] == ["friends"]


async def test_a_changed_profile_is_told_to_those_who_share_a_conversation(node: LiveNode) -> None:
    anna, ben, eve = await node.enter("anna"), await node.enter("ben"), await node.enter("eve")
    node.change("profile", "anna")
    assert await ben.next("profile") == {"t": "profile", "account": "anna"}
    assert (await anna.next("account"))["what"] == ["profile"]
    await eve.settled()
    await anna.settled()
    assert eve.all("profile") == anna.all("profile") == []


async def test_a_profile_of_somebody_who_is_away_is_told_too(node: LiveNode) -> None:
    ben = await node.enter("ben")
    node.change("profile", "anna")
    await ben.next("profile")
