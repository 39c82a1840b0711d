"""What happens to a call at one node reaches devices at another, and chat sockets."""

from pathlib import Path

import pytest

from tests.fixtures.video import video
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio
INVITE = {"t": "call.invite", "conversation": "ab", "media": "video"}


async def test_two_nodes_carry_one_call(tmp_path: Path) -> None:
    async with (
        video(tmp_path) as one,
        video(tmp_path, beside=one) as two,
        one.signaling("ann") as ann,
        two.signaling("ben") as ben,
    ):
        call = (await ann.ask(INVITE))["call"]
        assert (await ben.next("call.ring"))["call"] == call
        await ben.ask({"t": "call.accept", "call": call})
        await ann.state("active")
        for here, there, name in ((ann, ben, "ben-1"), (ben, ann, "ann-1")):
            sent = {"t": "signal.offer", "call": call, "to": name, "payload": {"sdp": name}}
            assert (await here.ask(sent))["t"] == "ok"
            assert (await there.next("signal.offer"))["payload"] == {"sdp": name}
        await ann.ask({"t": "call.hangup", "call": call})
        assert (await ben.state("ended"))["reason"] == "hangup"
        refused = await ben.ask({"t": "signal.offer", "call": call, "to": "ann-1", "payload": {}})
        assert refused["code"] == "video.call_not_found"


async def test_a_removal_told_to_one_node_holds_at_the_other(tmp_path: Path) -> None:
    async with (
        video(tmp_path) as one,
        video(tmp_path, beside=one) as two,
        one.signaling("ann") as ann,
        two.signaling("ben") as ben,
        two.signaling("cat") as cat,
    ):
        call = (await ann.ask({**INVITE, "conversation": "all"}))["call"]
        await cat.ask({"t": "call.accept", "call": call})
        await ben.next("call.ring")
        two.others.groups["all"].discard("ben")
        await two.membership_ended("all", "ben")
        assert (await ben.next("call.stop_ring"))["reason"] == "removed"
        await ann.ask({"t": "call.hangup", "call": call})
        await cat.next("call.state", lambda frame: frame["participants"][0]["state"] == "left")
        assert await ben.quiet("call.state")


async def test_chat_sockets_ring_and_stop_in_this_order(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.signaling("ann") as ann:
        call = (await ann.ask(INVITE))["call"]
        await ann.ask({"t": "call.hangup", "call": call})
        await until(lambda: len(node.others.told("ben")) == 2)
        ring, stop = node.others.told("ben")
        assert ring == {"t": "call.ring", "call": call, "conversation": "ab", "from": "ann", "media": "video"}
        assert stop == {"t": "call.stop_ring", "call": call, "reason": "cancelled"}
        assert node.others.told("ann") == []


async def test_while_chat_is_away_people_can_leave_calls_all_the_same(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.signaling("ann") as ann, node.signaling("ben") as ben:
        call = (await ann.ask(INVITE))["call"]
        await ben.ask({"t": "call.accept", "call": call})
        node.others.chat_away = True
        assert (await ann.ask({"t": "call.hangup", "call": call}))["reason"] == "hangup"
        await ben.state("ended")
        assert (await ann.ask(INVITE))["code"] == "server.unavailable"
        node.others.chat_away = False
        assert (await ann.ask(INVITE))["state"] == "ringing"
