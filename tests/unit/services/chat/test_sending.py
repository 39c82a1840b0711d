"""A socket's messages: acknowledged when durable, in the order of their frames, also when the membership changes."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from secureconnect.contracts.events import Kind, MemberBody
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


async def test_messages_keep_their_order_while_the_membership_changes(world: LiveWorld, node: LiveNode) -> None:
    anna, ben = await node.enter("anna"), await node.enter("ben")
    sent = 0
    for change in ("added", "removed") * 6:
        for _ in range(20):
            await anna.message("c1", f"m{sent:04}", number=sent)
            sent += 1
        body = MemberBody("eve", change, "ben", "member")
        await world.log.log.append(world.log.draft("c1", Kind.MEMBER, "ben", body))
        some = sent - 10
        await anna.next("ack", lambda frame, some=some: frame["id"] == some)
    await anna.next("ack", lambda frame: frame["id"] == sent - 1, within_s=20)
    await ben.next("event", lambda frame: frame.get("client_id") == f"m{sent - 1:04}", within_s=20)
    heard = [frame["client_id"] for frame in ben.all("event") if frame["kind"] == "message"]
    assert heard == [f"m{number:04}" for number in range(sent)]
    assert sorted(frame["id"] for frame in anna.all("ack")) == list(range(sent))
    seqs = {frame["id"]: frame["seq"] for frame in anna.all("ack")}
    assert [seqs[number] for number in range(sent)] == sorted(seqs.values())
    assert anna.all("error") == []


async def test_nothing_of_a_sender_stands_after_their_removal(world: LiveWorld, node: LiveNode) -> None:
    anna, ben = await node.enter("anna"), await node.enter("ben")
    for number in range(30):
        await ben.message("c1", f"m{number}", number=number)
    await world.log.member("c1", "ben", "removed", "anna")
    for number in range(30, 60):
        await ben.message("c1", f"m{number}", number=number)
    await ben.next("error", lambda frame: frame["id"] == 59)
    await anna.settled()
    kinds = [(frame["kind"], frame["sender"]) for frame in anna.all("event")]
    gone = kinds.index(("member", "anna"))
    assert all(sender != "ben" for _, sender in kinds[gone:])
    assert {frame["id"] for frame in ben.all("ack")} | {frame["id"] for frame in ben.all("error")} == set(range(60))
    assert {frame["code"] for frame in ben.all("error")} == {"chat.not_a_member"}


async def test_replies_that_must_be_looked_up_keep_their_place(node: LiveNode) -> None:
    anna, ben = await node.enter("anna"), await node.enter("ben")
    await anna.message("c1", "first", number=1)
    target = (await anna.next("ack"))["event_id"]
    for number in range(2, 12):
        more = {"reply_to": target} if number % 3 == 0 else {}
        await anna.message("c1", f"m{number}", number=number, **more)
    await ben.next("event", lambda frame: frame["client_id"] == "m11")
    assert [frame["client_id"] for frame in ben.all("event")] == ["first", *(f"m{number}" for number in range(2, 12))]
    replies = [frame for frame in ben.all("event") if "reply_to" in frame["body"]]
    assert {frame["body"]["reply_to"] for frame in replies} == {target}


async def test_other_content_under_the_same_client_id_is_refused(node: LiveNode) -> None:
    anna = await node.enter("anna")
    await anna.message("c1", "m1", number=1)
    await anna.next("ack")
    envelope = {"v": 1, "scheme": "plain", "body": {"text": "other"}}
    await anna.send(t="message.send", id=2, conversation="c1", client_id="m1", envelope=envelope)
    error = await anna.next("error")
    assert (error["id"], error["code"]) == (2, "chat.client_id_reused")


async def test_an_envelope_that_the_conversation_does_not_take_is_refused_at_once(node: LiveNode) -> None:
    anna = await node.enter("anna")
    await anna.message("c1", "warm", number=1)
    envelope = {"v": 1, "scheme": "mls", "body": "x"}
    await anna.send(t="message.send", id=2, conversation="c1", client_id="m2", envelope=envelope)
    assert (await anna.next("error"))["code"] == "chat.scheme_invalid"


async def test_what_was_sent_stands_although_the_socket_is_gone(world: LiveWorld, node: LiveNode) -> None:
    anna, ben = await node.enter("anna"), await node.enter("ben")
    await anna.message("c1", "warm", number=0)
    await anna.next("ack")
    await anna.message("c1", "last", number=1)
    await anna.close()
    await ben.next("event", lambda frame: frame["client_id"] == "last")
    again = await node.enter("anna")
    await again.message("c1", "last", number=2)
    assert (await again.next("ack"))["seq"] == 5
