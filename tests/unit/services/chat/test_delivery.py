"""Events reach the sockets of those who may read them: in order, once encoded, and none after a removal."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from secureconnect.services.chat.delivery import MESSAGE_BYTES_MAX, joined
from tests.fixtures.live import LiveNode, LiveWorld, Talker, live_world

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[LiveWorld]:
    async with live_world(tmp_path) as one:
        yield one


@pytest.fixture
async def node(world: LiveWorld) -> LiveNode:
    await world.log.open("c1", "anna", "ben")
    return await world.node(first=True)


def seqs(talker: Talker) -> list[int]:
    return [frame["seq"] for frame in talker.all("event")]


async def test_a_message_reaches_the_others_and_the_senders_devices_the_sending_one_after_its_ack(
    node: LiveNode,
) -> None:
    anna, phone, ben = await node.enter("anna"), await node.enter("anna", "phone"), await node.enter("ben")
    await anna.message("c1", "m1", number=7)
    event = await ben.next("event")
    assert event["body"] == {"envelope": {"v": 1, "scheme": "plain", "body": {"text": "m1"}}}
    assert (event["sender"], event["device"], event["client_id"], event["seq"]) == ("anna", "anna-1", "m1", 4)
    assert await phone.next("event") == event
    assert await anna.next("event") == event
    assert [frame["t"] for frame in anna.frames if frame["t"] in ("ack", "event")] == ["ack", "event"]
    ack = anna.all("ack")[0]
    assert (ack["id"], ack["seq"], ack["event_id"], ack["sent_at"]) == (7, 4, event["event_id"], event["sent_at"])


async def test_many_messages_of_one_socket_keep_their_order_for_everybody(node: LiveNode) -> None:
    anna, ben = await node.enter("anna"), await node.enter("ben")
    for number in range(200):
        await anna.message("c1", f"m{number}", number=number)
    await ben.next("event", lambda frame: frame["client_id"] == "m199")
    assert [frame["client_id"] for frame in ben.all("event")] == [f"m{number}" for number in range(200)]
    assert seqs(ben) == list(range(4, 204))
    assert [frame["id"] for frame in anna.all("ack")] == list(range(200))


async def test_the_same_client_id_again_is_acknowledged_alike_and_delivered_once(node: LiveNode) -> None:
    anna, ben = await node.enter("anna"), await node.enter("ben")
    await anna.message("c1", "m1", number=1)
    await anna.message("c1", "m1", number=2)
    await anna.next("ack", lambda frame: frame["id"] == 2)
    await anna.message("c1", "m2", number=3)
    await ben.next("event", lambda frame: frame["client_id"] == "m2")
    assert len({frame["seq"] for frame in anna.all("ack")}) == 2
    assert seqs(ben) == [4, 5]


async def test_a_stranger_gets_the_answer_of_a_conversation_that_is_not_there(node: LiveNode) -> None:
    eve = await node.enter("eve")
    await eve.message("c1", "m1", number=1)
    await eve.message("nowhere", "m1", number=2)
    one = await eve.next("error", lambda frame: frame["id"] == 1)
    two = await eve.next("error", lambda frame: frame["id"] == 2)
    assert {**one, "id": 0} == {**two, "id": 0}
    assert one["code"] == "chat.not_a_member"


async def test_a_removed_member_gets_the_removal_and_nothing_after_it(world: LiveWorld, node: LiveNode) -> None:
    anna, ben = await node.enter("anna"), await node.enter("ben")
    await world.log.member("c1", "ben", "removed", "anna")
    await world.log.say("c1", "anna")
    await anna.next("event", lambda frame: frame["seq"] == 5)
    await ben.settled()
    assert seqs(ben) == [4]
    assert ben.all("event")[0]["body"] == {"account": "ben", "change": "removed", "by": "anna"}
    await ben.message("c1", "m1", number=3)
    assert (await ben.next("error"))["code"] == "chat.not_a_member"


async def test_one_who_is_added_sees_their_coming_and_what_follows_and_nothing_before(
    world: LiveWorld, node: LiveNode
) -> None:
    anna, eve = await node.enter("anna"), await node.enter("eve")
    await world.log.say("c1", "anna")
    await world.log.member("c1", "eve", "added", "anna", "member")
    await world.log.say("c1", "anna")
    await eve.next("event", lambda frame: frame["seq"] == 6)
    assert seqs(eve) == [5, 6]
    assert seqs(anna) == [4, 5, 6]


async def test_one_who_is_added_where_nobody_else_is_connected_gets_it_too(world: LiveWorld, node: LiveNode) -> None:
    eve = await node.enter("eve")
    await world.log.open("c2", "anna", "eve")
    await world.log.say("c2", "anna")
    await eve.next("event", lambda frame: frame["seq"] == 4)
    assert seqs(eve) == [3, 4]


async def test_what_points_below_a_members_beginning_comes_without_its_body(world: LiveWorld, node: LiveNode) -> None:
    message = await world.log.say("c1", "anna")
    await world.log.member("c1", "eve", "added", "anna", "member")
    ben, eve = await node.enter("ben"), await node.enter("eve")
    await world.log.react(message, "anna")
    await world.log.edit(message)
    later = await world.log.say("c1", "ben")
    await world.log.react(later, "anna")
    last = later.seq + 1
    await ben.next("event", lambda frame: frame["seq"] == last)
    await eve.next("event", lambda frame: frame["seq"] == last)
    assert [frame["kind"] for frame in eve.all("event")] == ["reaction", "edit", "message", "reaction"]
    assert [frame["body"] is None for frame in eve.all("event")] == [True, True, False, False]
    assert [frame["body"] is None for frame in ben.all("event")] == [False, False, False, False]
    assert "client_id" not in eve.all("event")[1]


async def test_events_that_came_while_a_device_was_away_are_told_by_its_heads(world: LiveWorld, node: LiveNode) -> None:
    ben = await node.enter("ben")
    token = ben.all("welcome")[0]["sync"]
    await ben.close()
    await world.log.say("c1", "anna")
    again = await node.enter("ben", sync=token)
    assert again.all("welcome")[0]["heads"] == [{"conversation": "c1", "seq": 4}]
    await again.send(t="events.read", id=1, conversation="c1", after=3)
    page = await again.next("events")
    assert [event["seq"] for event in page["events"]] == [4]
    assert (page["from_seq"], page["to_seq"], page["head_seq"], page["more"]) == (4, 4, 4, False)


def test_lines_are_joined_up_to_a_size_and_never_lost() -> None:
    line = b"x" * 100_000
    texts = joined([line] * 5)
    assert [len(text) for text in texts] == [200_001, 200_001, 100_000]
    assert joined([b"a", b"b"]) == [b"a\nb"]
    assert joined([b"y" * (2 * MESSAGE_BYTES_MAX)]) == [b"y" * (2 * MESSAGE_BYTES_MAX)]
