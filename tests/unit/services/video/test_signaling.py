"""The signaling socket: rings, stops and states reach the devices that they are for, over real sockets."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.fixtures.video import LIMITS, Others, video
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio
INVITE = {"t": "call.invite", "conversation": "ab", "media": "video"}


async def test_a_call_from_ring_to_end_by_sockets_alone(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.signaling("ann") as ann, node.signaling("ben") as ben:
        begun = await ann.ask(INVITE)
        call = begun["call"]
        assert begun["participants"] == [
            {"account": "ann", "device": "ann-1", "state": "joined"},
            {"account": "ben", "device": None, "state": "ringing"},
        ]
        ring = await ben.next("call.ring")
        assert ring == {"t": "call.ring", "call": call, "conversation": "ab", "from": "ann", "media": "video"}
        assert (await ben.state("ringing"))["call"] == call
        accepted = await ben.ask({"t": "call.accept", "call": call})
        assert accepted["state"] == "active"
        assert (await ann.state("active"))["answered_at"] == accepted["answered_at"]
        ended = await ann.ask({"t": "call.hangup", "call": call})
        assert (ended["state"], ended["reason"]) == ("ended", "hangup")
        heard = await ben.state("ended")
        assert {**heard, "id": ended["id"]} == ended
        await until(lambda: node.others.logged() == [("ab", "started"), ("ab", "ended")])


async def test_accepting_on_one_device_stops_the_ring_on_the_others(tmp_path: Path) -> None:
    async with (
        video(tmp_path) as node,
        node.signaling("ann") as ann,
        node.signaling("ben", "ben-1") as phone,
        node.signaling("ben", "ben-2") as laptop,
    ):
        call = (await ann.ask(INVITE))["call"]
        for device in (phone, laptop):
            await device.next("call.ring")
        await phone.ask({"t": "call.accept", "call": call})
        assert await laptop.next("call.stop_ring") == {"t": "call.stop_ring", "call": call, "reason": "accepted"}
        assert await phone.quiet("call.stop_ring")
        refused = await laptop.ask({"t": "call.accept", "call": call})
        assert (refused["t"], refused["code"]) == ("error", "video.wrong_state")
        await until(lambda: {"t": "call.stop_ring", "call": call, "reason": "accepted"} in node.others.told("ben"))


async def test_declining_stops_the_ring_everywhere(tmp_path: Path) -> None:
    async with (
        video(tmp_path) as node,
        node.signaling("ann") as ann,
        node.signaling("ben", "ben-1") as phone,
        node.signaling("ben", "ben-2") as laptop,
    ):
        call = (await ann.ask(INVITE))["call"]
        await phone.next("call.ring")
        await phone.ask({"t": "call.decline", "call": call})
        assert (await laptop.next("call.stop_ring"))["reason"] == "declined"
        assert (await ann.state("ended"))["reason"] == "declined"


async def test_a_device_that_connects_while_it_rings_is_rung(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.signaling("ann") as ann:
        call = (await ann.ask(INVITE))["call"]
        async with node.signaling("ben") as ben:
            assert (await ben.next("call.ring"))["call"] == call
        await ann.ask({"t": "call.hangup", "call": call})
        async with node.signaling("ben") as ben:
            assert await ben.quiet("call.ring")


async def test_members_of_a_group_hear_of_its_call_and_may_join_and_strangers_do_not(tmp_path: Path) -> None:
    others = Others(ring={"cat": "nobody"})
    async with (
        video(tmp_path, others=others) as node,
        node.signaling("ann") as ann,
        node.signaling("ben") as ben,
        node.signaling("cat") as cat,
        node.signaling("zoe") as zoe,
    ):
        call = (await ann.ask({**INVITE, "conversation": "all"}))["call"]
        await ben.next("call.ring")
        assert (await cat.state("ringing"))["call"] == call
        assert await cat.quiet("call.ring")
        joined = await cat.ask({"t": "call.join", "call": call})
        assert joined["state"] == "active"
        assert await zoe.quiet("call.state")
        for frame in ("accept", "join", "decline", "hangup"):
            refused = await zoe.ask({"t": f"call.{frame}", "call": call})
            assert refused["code"] == "video.call_not_found"
        assert (await zoe.ask({**INVITE, "conversation": "all"}))["code"] == "chat.not_a_member"


async def test_a_lost_device_is_told_of_and_comes_back_within_its_grace(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.signaling("ann") as ann:
        async with node.signaling("ben") as ben:
            call = (await ann.ask(INVITE))["call"]
            await ben.ask({"t": "call.accept", "call": call})
            await ann.state("active")

        def states(frame: dict[str, object]) -> list[str]:
            return [one["state"] for one in frame["participants"]]  # type: ignore[attr-defined, union-attr, index]

        await ann.next("call.state", lambda frame: states(frame) == ["joined", "lost"])
        async with node.signaling("ben") as ben:
            assert states(await ben.next("call.state")) == ["joined", "joined"]
            await ann.next("call.state", lambda frame: states(frame) == ["joined", "joined"])


async def test_a_device_that_does_not_come_back_is_lost_to_the_call(tmp_path: Path) -> None:
    async with video(tmp_path, limits=replace(LIMITS, grace_s=1)) as node, node.signaling("ann") as ann:
        async with node.signaling("ben") as ben:
            call = (await ann.ask(INVITE))["call"]
            await ben.ask({"t": "call.accept", "call": call})
        ended = await ann.state("ended")
        assert ended["reason"] == "lost"
        await until(lambda: node.others.logged()[-1:] == [("ab", "ended")])


async def test_a_device_with_two_sockets_is_not_lost_with_one(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.signaling("ann") as ann, node.signaling("ben") as ben:
        async with node.signaling("ben"):
            call = (await ann.ask(INVITE))["call"]
            await ben.ask({"t": "call.accept", "call": call})
            await ann.state("active")
        await ben.ask({"t": "ping"})
        assert await ann.quiet("call.state")


async def test_a_call_with_open_sockets_outlives_its_leases_also_beside_a_node_that_has_none(tmp_path: Path) -> None:
    limits = replace(LIMITS, grace_s=1, ring_s=1)
    async with (
        video(tmp_path, limits=limits) as node,
        video(tmp_path, limits=limits, beside=node),
        node.signaling("ann") as ann,
        node.signaling("ben") as ben,
    ):
        call = (await ann.ask(INVITE))["call"]
        await ben.ask({"t": "call.accept", "call": call})
        async with node.http("ann") as http:
            began = (await http.get(f"/v1/calls/{call}")).json()["started_at"]

            def spoken() -> bool:
                return node.clock.now_ms() - began > 2_500

            await until(spoken)
            assert (await http.get(f"/v1/calls/{call}")).json()["state"] == "active"


async def test_a_call_that_nobody_answers_is_missed(tmp_path: Path) -> None:
    async with (
        video(tmp_path, limits=replace(LIMITS, ring_s=1)) as node,
        node.signaling("ann") as ann,
        node.signaling("ben") as ben,
    ):
        await ann.ask(INVITE)
        assert (await ann.state("ended"))["reason"] == "missed"
        assert (await ben.next("call.stop_ring"))["reason"] == "missed"
        await until(lambda: node.others.logged() == [("ab", "started"), ("ab", "missed")])


async def test_those_who_ring_each_other_are_in_one_call(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.signaling("ann") as ann, node.signaling("ben") as ben:
        first = await ann.ask(INVITE)
        second = await ben.ask(INVITE)
        assert (second["call"], second["state"]) == (first["call"], "active")
        await ann.state("active")


async def test_a_restart_within_the_grace_keeps_the_call(tmp_path: Path) -> None:
    others = Others()
    async with video(tmp_path, others=others) as node, node.signaling("ann") as ann, node.signaling("ben") as ben:
        call = (await ann.ask(INVITE))["call"]
        await ben.ask({"t": "call.accept", "call": call})
    async with video(tmp_path, others=others) as node, node.signaling("ann") as ann, node.signaling("ben") as ben:
        await ann.next("call.state", lambda frame: [one["state"] for one in frame["participants"]] == ["joined"] * 2)
        assert (await ben.ask({"t": "call.hangup", "call": call}))["reason"] == "hangup"
        await ann.state("ended")


async def test_an_ended_session_leaves_its_call_at_once(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.signaling("ann") as ann, node.signaling("ben") as ben:
        call = (await ann.ask(INVITE))["call"]
        await ben.ask({"t": "call.accept", "call": call})
        node.others.change("session_ended", "ben", node.clock.now_ms(), session="s-ben-1")
        assert (await ann.state("ended"))["reason"] == "hangup"
        await ben.socket.wait_closed()
        assert ben.socket.close_code == 4401


async def test_a_removed_member_hears_no_more_of_the_call(tmp_path: Path) -> None:
    async with (
        video(tmp_path) as node,
        node.signaling("ann") as ann,
        node.signaling("ben") as ben,
        node.signaling("cat") as cat,
    ):
        call = (await ann.ask({**INVITE, "conversation": "all"}))["call"]
        await ben.ask({"t": "call.accept", "call": call})
        await ben.ask({"t": "ping"})
        ben.frames.clear()
        node.others.groups["all"].discard("ben")
        await node.membership_ended("all", "ben")
        assert await ben.next("call.stop_ring") == {"t": "call.stop_ring", "call": call, "reason": "removed"}
        await cat.ask({"t": "call.accept", "call": call})
        await ann.next(
            "call.state",
            lambda frame: {"account": "cat", "device": "cat-1", "state": "joined"} in frame["participants"],
        )
        assert await ben.quiet("call.state")
        refused = await ben.ask({"t": "signal.offer", "call": call, "to": "ann-1", "payload": {}})
        assert refused["code"] == "video.call_not_found"
