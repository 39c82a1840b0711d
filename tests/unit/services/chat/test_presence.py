"""Presence is told on demand alone, to those who may know, and never once they may not."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from secureconnect.contracts.auth import Privacy
from secureconnect.services.chat import presence
from tests.fixtures.live import LiveNode, LiveWorld, Talker, live_world
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[LiveWorld]:
    monkeypatch.setattr(presence, "GONE_S", 0.05)
    monkeypatch.setattr(presence, "LOOK_AGAIN_S", 0.01)
    async with live_world(tmp_path) as one:
        await one.log.open("c1", "anna", "ben")
        yield one


@pytest.fixture
async def node(world: LiveWorld) -> LiveNode:
    return await world.node(first=True)


async def watch(talker: Talker, *accounts: str, number: int = 5) -> list[dict[str, object]]:
    """Watch, and what is told at once."""
    before = len(talker.all("presence"))
    await talker.send(t="presence.watch", id=number, accounts=list(accounts))
    await talker.next("ok", lambda frame: frame["id"] == number)
    return talker.all("presence")[before:]


async def test_who_watches_is_told_at_once_and_at_each_change(node: LiveNode) -> None:
    anna = await node.enter("anna")
    assert await watch(anna, "ben") == [{"t": "presence", "account": "ben", "online": False}]
    ben = await node.enter("ben")
    await anna.next("presence", lambda frame: frame["online"])
    await ben.close()
    gone = await anna.next("presence", lambda frame: not frame["online"] and "last_seen_at" in frame)
    assert (await watch(anna, "ben", number=6))[0]["last_seen_at"] == gone["last_seen_at"]


async def test_nobody_is_told_who_does_not_watch(node: LiveNode) -> None:
    anna = await node.enter("anna")
    await watch(anna, "ben")
    await watch(anna, number=6)
    before = len(anna.all("presence"))
    await node.enter("ben")
    await anna.settled()
    assert len(anna.all("presence")) == before


async def test_a_second_device_and_a_quick_return_change_nothing(
    node: LiveNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "GONE_S", 30.0)
    anna, ben = await node.enter("anna"), await node.enter("ben")
    assert (await watch(anna, "ben"))[0]["online"]
    phone = await node.enter("ben", "phone")
    await ben.close()
    await phone.close()
    await node.enter("ben")
    await anna.settled()
    assert len(anna.all("presence")) == 1


async def test_strangers_and_those_who_hide_or_block_are_never_told(world: LiveWorld, node: LiveNode) -> None:
    await world.log.open("c2", "anna", "shy", "foe", "foed")
    world.accounts.privacy["shy"] = Privacy(last_seen=False)
    world.accounts.blocked |= {("foe", "anna"), ("anna", "foed")}
    anna = await node.enter("anna")
    names = ["ben", "stranger", "shy", "foe", "foed"]
    assert [frame["account"] for frame in await watch(anna, *names)] == ["ben"]
    for name in names[1:]:
        await node.enter(name)
    await node.enter("ben")
    await anna.next("presence", lambda frame: frame["online"])
    assert {frame["account"] for frame in anna.all("presence")} == {"ben"}


async def test_one_who_hides_sees_nobody(world: LiveWorld, node: LiveNode) -> None:
    world.accounts.privacy["anna"] = Privacy(last_seen=False)
    anna = await node.enter("anna")
    assert await watch(anna, "ben") == []


async def test_a_friend_is_seen_without_a_common_conversation(world: LiveWorld, node: LiveNode) -> None:
    world.accounts.friends.add(frozenset(("anna", "eve")))
    anna = await node.enter("anna")
    assert [frame["account"] for frame in await watch(anna, "eve", "mallory")] == ["eve"]


async def test_a_block_ends_what_was_seen(world: LiveWorld, node: LiveNode) -> None:
    anna, ben = await node.enter("anna"), await node.enter("ben")
    assert (await watch(anna, "ben"))[0]["online"]
    world.accounts.blocked.add(("ben", "anna"))
    node.change("blocks", "ben", "anna")
    hidden = await anna.next("presence", lambda frame: not frame["online"])
    assert "last_seen_at" not in hidden
    await ben.close()
    await node.enter("ben")
    await anna.settled()
    assert len(anna.all("presence")) == 2


async def test_leaving_the_last_common_conversation_ends_what_was_seen(world: LiveWorld, node: LiveNode) -> None:
    anna = await node.enter("anna")
    await node.enter("ben")
    await watch(anna, "ben")
    await world.log.member("c1", "ben", "left", "ben")
    await anna.next("presence", lambda frame: not frame["online"])


async def test_too_many_accounts_are_refused(node: LiveNode) -> None:
    anna = await node.enter("anna")
    await anna.send(t="presence.watch", id=5, accounts=[f"a{number}" for number in range(201)])
    assert (await anna.next("error"))["code"] == "frame.invalid"


async def test_who_is_at_another_node_is_online_here(world: LiveWorld, node: LiveNode) -> None:
    there = await world.node()
    ben = await there.enter("ben")
    anna = await node.enter("anna")
    await watch(anna, "ben")
    await anna.next("presence", lambda frame: frame["online"])
    await ben.close()
    await anna.next("presence", lambda frame: "last_seen_at" in frame)


async def test_the_last_time_seen_outlives_the_node(world: LiveWorld, node: LiveNode) -> None:
    ben = await node.enter("ben")
    await until(lambda: node.live._audience.is_here("ben"))
    await ben.close()
    await until(lambda: not node.live._audience.is_here("ben"))
    await node.live.stop()
    rows = await world.log.rows("SELECT account, at FROM last_seen")
    assert [row["account"] for row in rows] == ["ben"]
