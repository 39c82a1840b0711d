"""Signals pass unread between devices that have accepted the same call, and nowhere else."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.video import LIMITS, Signaling, video

pytestmark = pytest.mark.anyio
INVITE = {"t": "call.invite", "conversation": "ab", "media": "video"}


async def active(ann: Signaling, ben: Signaling) -> str:
    call = (await ann.ask(INVITE))["call"]
    await ben.ask({"t": "call.accept", "call": call})
    await ann.state("active")
    return call


def signal(kind: str, call: str, to: str, payload: Any = None) -> dict[str, Any]:
    return {"t": f"signal.{kind}", "call": call, "to": to, "payload": payload or {"sdp": "v=0"}}


async def test_each_kind_arrives_as_it_was_sent_at_the_one_device(tmp_path: Path) -> None:
    async with (
        video(tmp_path) as node,
        node.signaling("ann") as ann,
        node.signaling("ben") as ben,
        node.signaling("ben", "ben-2") as other,
    ):
        call = await active(ann, ben)
        for kind in ("offer", "answer", "candidate", "key"):
            payload = {"sdp": f"a line\r\n{kind}", "deep": [1, {"ü": None}]}
            assert (await ann.ask(signal(kind, call, "ben-1", payload)))["t"] == "ok"
            arrived = await ben.next(f"signal.{kind}")
            assert arrived == {"t": f"signal.{kind}", "call": call, "from": "ann-1", "payload": payload}
            assert await other.quiet(f"signal.{kind}")


async def test_a_payload_is_passed_on_byte_by_byte(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.signaling("ann") as ann, node.signaling("ben") as ben:
        call = await active(ann, ben)
        payload = '{"b":1.50, "a" :\t"\\u00fc",  "a":[]}'
        head = json.dumps({"t": "signal.offer", "call": call, "to": "ben-1"})[:-1]
        await ben.ask({"t": "ping"})
        await ann.socket.send(f'{head},"payload":{payload}}}')
        while '"signal.offer"' not in (text := str(await ben.socket.recv())):
            pass
        assert f'"payload":{payload}}}' in text


async def test_nothing_passes_before_the_call_is_accepted(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.signaling("ann") as ann, node.signaling("ben") as ben:
        call = (await ann.ask(INVITE))["call"]
        assert (await ann.ask(signal("offer", call, "ben-1")))["code"] == "video.not_accepted"
        assert (await ben.ask(signal("offer", call, "ann-1")))["code"] == "video.not_accepted"
        assert await ben.quiet("signal.offer")
        assert await ann.quiet("signal.offer")


async def test_a_device_that_did_not_accept_can_neither_send_nor_get(tmp_path: Path) -> None:
    async with (
        video(tmp_path) as node,
        node.signaling("ann") as ann,
        node.signaling("ben") as ben,
        node.signaling("ben", "ben-2") as other,
    ):
        call = await active(ann, ben)
        assert (await other.ask(signal("offer", call, "ann-1")))["code"] == "video.not_accepted"
        assert (await ann.ask(signal("offer", call, "ben-2")))["code"] == "video.not_accepted"
        assert (await ann.ask(signal("offer", call, "ann-1")))["code"] == "video.not_accepted"
        assert await other.quiet("signal.offer")


async def test_a_call_of_others_is_for_a_stranger_as_one_that_is_not_there(tmp_path: Path) -> None:
    async with (
        video(tmp_path) as node,
        node.signaling("ann") as ann,
        node.signaling("ben") as ben,
        node.signaling("zoe") as zoe,
    ):
        call = await active(ann, ben)
        refusals = [await zoe.ask(signal("offer", one, "ann-1")) for one in (call, "nothing")]
        assert {one["code"] for one in refusals} == {"video.call_not_found"}
        assert await ann.quiet("signal.offer")


async def test_nothing_passes_after_the_call_has_ended(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.signaling("ann") as ann, node.signaling("ben") as ben:
        call = await active(ann, ben)
        await ann.ask({"t": "call.hangup", "call": call})
        assert (await ann.ask(signal("offer", call, "ben-1")))["code"] == "video.call_not_found"
        assert await ben.quiet("signal.offer")


async def test_size_and_number_are_limited_and_the_call_goes_on(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.signaling("ann") as ann, node.signaling("ben") as ben:
        call = await active(ann, ben)
        large = "x" * LIMITS.signal_bytes_max
        assert (await ann.ask(signal("offer", call, "ben-1", large)))["code"] == "video.signal_too_large"
        answers = [await ann.ask(signal("candidate", call, "ben-1")) for _ in range(LIMITS.candidates_max + 1)]
        assert [one["t"] for one in answers] == ["ok"] * LIMITS.candidates_max + ["error"]
        assert answers[-1]["code"] == "video.too_many_candidates"
        left = LIMITS.signals_max - LIMITS.candidates_max
        answers = [await ann.ask(signal("offer", call, "ben-1")) for _ in range(left + 1)]
        assert [one["t"] for one in answers] == ["ok"] * left + ["error"]
        assert answers[-1]["code"] == "video.too_many_signals"
        assert (await ben.ask(signal("candidate", call, "ann-1")))["t"] == "ok"
