"""The chat socket: its welcome, its frames, and what happens around opening and closing."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.fixtures.live import INCARNATION, LiveNode, LiveWorld, live_world
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[LiveWorld]:
    async with live_world(tmp_path) as one:
        await one.log.open("c1", "anna", "ben")
        yield one


@pytest.fixture
async def node(world: LiveWorld) -> LiveNode:
    return await world.node(first=True)


async def test_the_welcome_tells_heads_limits_and_a_token(node: LiveNode) -> None:
    anna = await node.enter("anna")
    welcome = anna.all("welcome")[0]
    assert welcome["incarnation"] == INCARNATION
    assert welcome["heads"] == [{"conversation": "c1", "seq": 3}]
    assert welcome["limits"] == {"frame_bytes_max": 262144, "lines_max": 64, "message_bytes_max": 65536}
    assert (await node.live.sync.since("anna", welcome["sync"])).heads == []


async def test_a_token_that_cannot_be_read_is_taken_for_none(node: LiveNode) -> None:
    anna = await node.enter("anna", sync="nonsense")
    assert anna.all("welcome")[0]["heads"] == [{"conversation": "c1", "seq": 3}]


async def test_more_heads_than_a_page_are_left_to_the_sync(world: LiveWorld, node: LiveNode) -> None:
    sync = node.live.sync
    sync._heads_max = 2
    for name in ("c2", "c3"):
        await world.log.open(name, "anna")
    anna = await node.enter("anna")
    welcome = anna.all("welcome")[0]
    assert (len(welcome["heads"]), welcome["more"]) == (2, True)
    rest = await sync.since("anna", welcome["sync"])
    assert {head.conversation for head in rest.heads} | {head["conversation"] for head in welcome["heads"]} == {
        "c1", "c2", "c3",
    }  # fmt: skip
    await world.log.say("c1", "anna")
    await node.live._heads.check()
    await anna.settled()
    assert anna.all("sync") == [], "a token would skip what this device has not read yet"


async def test_nothing_falls_between_opening_and_live_events(world: LiveWorld, node: LiveNode) -> None:
    going = True

    async def talk() -> int:
        seq = 0
        while going:
            seq = (await world.log.say("c1", "ben")).seq
        return seq

    talking = asyncio.create_task(talk())
    talkers = []
    for number in range(15):
        talkers.append(await node.enter("anna", f"d{number}"))
        await asyncio.sleep(0.005)
    going = False
    last = await talking
    for talker in talkers:
        await talker.next("event", lambda frame: frame["seq"] == last) if talker.all("event") else None
        head = talker.all("welcome")[0]["heads"][0]["seq"]
        live = sorted({frame["seq"] for frame in talker.all("event")})
        await until(lambda head=head, talker=talker: head == last or bool(talker.all("event")))
        assert live == list(range(live[0], last + 1))
        assert live[0] <= head + 1


async def test_pages_are_read_by_members_and_refused_to_others(node: LiveNode) -> None:
    anna, eve = await node.enter("anna"), await node.enter("eve")
    await anna.send(t="events.read", id=1, conversation="c1", after=1, limit=1)
    page = await anna.next("events")
    assert ([event["seq"] for event in page["events"]], page["more"], page["id"]) == ([2], True, 1)
    await eve.send(t="events.read", id=1, conversation="c1")
    await eve.send(t="events.read", id=2, conversation="nowhere")
    await until(lambda: len(eve.all("error")) == 2)
    assert [frame["code"] for frame in eve.all("error")] == ["chat.not_a_member"] * 2


async def test_a_closed_socket_leaves_nothing_behind(node: LiveNode) -> None:
    anna, ben = await node.enter("anna"), await node.enter("ben")
    await anna.send(t="presence.watch", id=1, accounts=["ben"])
    await anna.next("ok")
    assert node.figure("secureconnect_chat_rooms") == 1
    await anna.close()
    await ben.close()
    await until(lambda: node.figure("secureconnect_chat_rooms") == 0)
    audience, presence = node.live._audience, node.live._presence
    assert audience.accounts() == ()
    assert presence._watchers == {}
