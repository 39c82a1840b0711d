"""What time does: missed calls, lost devices, rings repeated, and calls that outlive a restart."""

from functools import partial
from pathlib import Path

import pytest

from secureconnect.services.video import call_state
from secureconnect.services.video.call_state import CallState, next_deadline
from tests.fixtures.video import Nouns, caller, video_nouns
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


async def begun(nouns: Nouns, accepted: bool = False) -> str:
    call = (await nouns.house.calls.invite(caller("ann"), "ab", "audio")).call.id
    if accepted:
        await nouns.house.calls.accept(caller("ben"), call)
    return call


async def test_a_call_that_nobody_answers_is_missed_after_its_ring(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        call = await begun(nouns)
        await nouns.pass_s(44.9)
        assert (await nouns.house.calls.get("ann", call)).live
        await nouns.pass_s(0.2)
        assert (await nouns.house.calls.get("ann", call)).reason == "missed"
        assert nouns.house.live.get(call) is None


async def test_devices_that_never_open_a_socket_leave(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        call = await begun(nouns, accepted=True)
        await nouns.pass_s(46)
        ended = await nouns.house.calls.get("ann", call)
        assert (ended.state, ended.reason) == (CallState.ENDED, "lost")


async def test_a_restart_within_the_grace_keeps_a_live_call(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        call = await begun(nouns, accepted=True)
        act = partial(
            call_state.lose, account="ben", device="ben-1", now_ms=nouns.house.time.now_ms(), rules=nouns.house.rules
        )
        await nouns.house.steps.take(call, act)
        nouns.clock.advance_s(14)
        again = nouns.another()
        await again.upkeep.recover()
        nouns.clock.advance_s(14)
        await again.upkeep.pass_once()
        live = again.live.get(call)
        assert live is not None
        assert live.call.state is CallState.ACTIVE
        nouns.clock.advance_s(2)
        await again.upkeep.pass_once()
        assert (await again.calls.get("ann", call)).reason == "lost"


async def test_a_ring_that_was_over_while_the_node_was_down_is_missed_at_once(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        call = await begun(nouns)
        nouns.clock.advance_s(50)
        again = nouns.another()
        await again.upkeep.recover()
        await again.upkeep.pass_once()
        assert (await again.calls.get("ann", call)).reason == "missed"


async def test_every_live_call_has_a_deadline_after_a_restart(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        call = await begun(nouns, accepted=True)
        nouns.clock.set_wall_ms(nouns.clock.now_ms() - 3_600_000)
        again = nouns.another()
        await again.upkeep.recover()
        live = again.live.get(call)
        assert live is not None
        deadline = next_deadline(live.call)
        assert deadline is not None
        assert deadline - again.time.now_ms() <= 45_000


async def test_a_ring_is_repeated_for_chat_devices_that_connected_since(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        await nouns.house.start()
        try:
            await begun(nouns)
            await until(lambda: len(nouns.others.told("ben")) == 1)
            await nouns.pass_s(5)
            await until(lambda: len(nouns.others.told("ben")) == 2)
            assert {frame["t"] for frame in nouns.others.told("ben")} == {"call.ring"}
        finally:
            await nouns.house.stop()


async def test_what_the_bus_lost_is_learned_from_the_database(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        other = nouns.another()
        call = await begun(nouns)
        assert other.live.get(call) is None
        await other.upkeep.refresh()
        assert other.live.versions() == {call: 1}
        await nouns.house.calls.hang_up(caller("ann"), call)
        await other.upkeep.refresh()
        assert other.live.versions() == {}
