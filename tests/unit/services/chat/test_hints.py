"""Marks and typing: coalesced, kept from those who may not see them, dropped under pressure and in large groups."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from secureconnect.contracts.auth import Privacy
from secureconnect.services.chat import hints
from tests.fixtures.live import LiveNode, LiveWorld, Talker, live_world
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio
DROPPED = "secureconnect_chat_hints_dropped_total"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[LiveWorld]:
    async with live_world(tmp_path) as one:
        await one.log.open("c1", "anna", "ben", "carl")
        yield one


@pytest.fixture
async def node(world: LiveWorld) -> LiveNode:
    return await world.node(first=True)


async def types(talker: Talker, conversation: str = "c1", on: bool = True) -> None:
    await talker.send(t="typing", id=9, conversation=conversation, on=on)
    await talker.next("ok")


async def test_typing_reaches_the_others_and_never_the_one_who_types(node: LiveNode) -> None:
    anna, phone, ben = await node.enter("anna"), await node.enter("anna", "phone"), await node.enter("ben")
    await types(anna)
    assert await ben.next("typing") == {"t": "typing", "conversation": "c1", "account": "anna", "on": True}
    await phone.settled()
    await anna.settled()
    assert phone.all("typing") == anna.all("typing") == []


async def test_many_hints_within_a_second_are_told_as_the_latest_one(node: LiveNode) -> None:
    anna, ben, carl = await node.enter("anna"), await node.enter("ben"), await node.enter("carl")
    await types(anna)
    await carl.next("typing")
    for on in (False, True, False):
        await anna.send(t="typing", conversation="c1", on=on)
        await ben.send(t="typing", conversation="c1", on=on)
    await until(lambda: len(carl.all("typing")) == 3)
    assert [(frame["account"], frame["on"]) for frame in carl.all("typing")[1:]] == [("anna", False), ("ben", False)]
    await ben.next("typing", lambda frame: not frame["on"])
    assert {frame["account"] for frame in ben.all("typing")} == {"anna"}


async def test_one_who_hides_typing_tells_none_and_sees_none(world: LiveWorld, node: LiveNode) -> None:
    world.accounts.privacy["ben"] = Privacy(typing=False)
    anna, ben, carl = await node.enter("anna"), await node.enter("ben"), await node.enter("carl")
    await types(ben)
    await types(anna)
    await until(lambda: len(carl.all("typing")) == 1, within_s=3)
    assert carl.all("typing")[0]["account"] == "anna"
    await ben.settled()
    assert ben.all("typing") == []


async def test_a_choice_counts_from_the_moment_it_is_told(world: LiveWorld, node: LiveNode) -> None:
    anna, ben = await node.enter("anna"), await node.enter("ben")
    await types(anna)
    await ben.next("typing")
    world.accounts.privacy["anna"] = Privacy(typing=False)
    node.change("preferences", "anna")
    await anna.send(t="typing", conversation="c1", on=False)
    carl = await node.enter("carl")
    await carl.send(t="typing", conversation="c1", on=True)
    await ben.next("typing", lambda frame: frame["account"] == "carl")
    assert [frame["account"] for frame in ben.all("typing")] == ["anna", "carl"]


async def test_those_apart_by_a_block_tell_each_other_nothing(world: LiveWorld, node: LiveNode) -> None:
    await world.log.open("d1", "anna", "ben", kind="direct")
    world.accounts.blocked.add(("ben", "anna"))
    anna, ben = await node.enter("anna"), await node.enter("ben")
    await types(anna, "d1")
    await types(anna, "c1")
    await ben.next("typing", lambda frame: frame["conversation"] == "c1")
    assert [frame["conversation"] for frame in ben.all("typing")] == ["c1"]


async def test_only_members_may_type(node: LiveNode) -> None:
    eve = await node.enter("eve")
    for conversation in ("c1", "nowhere"):
        await eve.send(t="typing", id=1, conversation=conversation, on=True)
    await until(lambda: len(eve.all("error")) == 2)
    assert [frame["code"] for frame in eve.all("error")] == ["chat.not_a_member"] * 2


async def test_above_a_hundred_members_hints_are_not_pushed(world: LiveWorld, node: LiveNode) -> None:
    await world.log.open("big", "anna", *[f"m{number}" for number in range(100)])
    anna, other, phone = await node.enter("anna"), await node.enter("m1"), await node.enter("anna", "phone")
    await types(anna, "big")
    await anna.send(t="cursor.set", id=2, conversation="big", read_seq=102)
    assert (await phone.next("cursor"))["read_seq"] == 102
    await other.settled()
    assert other.all("typing") == other.all("cursor") == []


async def test_a_socket_that_reads_slowly_loses_hints_and_no_event(
    world: LiveWorld, node: LiveNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, ben = await node.enter("anna"), await node.enter("ben")
    monkeypatch.setattr(hints, "PRESSED_BYTES", -1)
    await types(anna)
    await until(lambda: node.figure(DROPPED) == 1)
    await world.log.say("c1", "anna")
    await ben.next("event")
    assert ben.all("typing") == []


async def test_a_former_member_is_told_nothing_more(world: LiveWorld, node: LiveNode) -> None:
    anna, ben, carl = await node.enter("anna"), await node.enter("ben"), await node.enter("carl")
    await world.log.member("c1", "ben", "removed", "anna")
    await types(anna)
    await carl.next("typing")
    await ben.settled()
    assert ben.all("typing") == []
