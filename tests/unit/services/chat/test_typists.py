"""Typing passes between nodes and is kept nowhere."""

from pathlib import Path

import pytest

from tests.fixtures.live import live_world

pytestmark = pytest.mark.anyio


async def test_typing_reaches_the_sockets_of_another_node(tmp_path: Path) -> None:
    async with live_world(tmp_path) as world:
        await world.log.open("c1", "anna", "ben")
        here, there = await world.node(first=True), await world.node()
        anna, ben = await here.enter("anna"), await there.enter("ben")
        await anna.send(t="typing", conversation="c1", on=True)
        assert (await ben.next("typing"))["account"] == "anna"
        late = await there.enter("ben", "late")
        await late.settled()
        assert late.all("typing") == []
