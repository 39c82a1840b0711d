"""Who signed out, was disabled, removed or blocked leaves calls at once."""

from pathlib import Path

import pytest

from secureconnect.contracts.peers import Change, MembershipEnded
from secureconnect.services.video.call_state import CallState, seat_of
from tests.fixtures.video import Nouns, caller, video_nouns
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


async def active(nouns: Nouns, place: str = "ab") -> str:
    call = (await nouns.house.calls.invite(caller("ann"), place, "audio")).call.id
    await nouns.house.calls.accept(caller("ben"), call)
    return call


def change(nouns: Nouns, kind: str, account: str, **more: str) -> Change:
    return Change(1, nouns.clock.now_ms(), kind, account, **more)


async def test_an_ended_session_takes_its_device_out(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        call = await active(nouns)
        await nouns.house.departures.apply(change(nouns, "session_ended", "ben", session="s-ben-2"))
        assert (await nouns.house.calls.get("ann", call)).live
        await nouns.house.departures.apply(change(nouns, "session_ended", "ben", session="s-ben-1"))
        assert (await nouns.house.calls.get("ann", call)).state is CallState.ENDED


async def test_a_disabled_account_stops_ringing_and_calling(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        for account, reason in (("ben", "missed"), ("ann", "cancelled")):
            call = (await nouns.house.calls.invite(caller("ann"), "ab", "audio")).call.id
            await nouns.house.departures.apply(change(nouns, "account_disabled", account))
            assert (await nouns.house.calls.get("ann", call)).reason == reason


async def test_a_change_of_long_ago_does_not_end_a_later_call(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        disabled = change(nouns, "account_disabled", "ben")
        nouns.clock.advance_s(300)
        call = await active(nouns)
        await nouns.house.departures.apply(disabled)
        assert (await nouns.house.calls.get("ann", call)).live


async def test_a_removed_member_leaves_the_call_and_the_others_go_on(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        call = await active(nouns, "all")
        nouns.others.groups["all"].discard("ben")
        await nouns.house.departures.membership_ended(MembershipEnded("all", "ben"))
        stands = await nouns.house.calls.get("ann", call)
        assert stands.state is CallState.ACTIVE
        assert seat_of(stands, "ben", "ben-1") is None
        await nouns.house.departures.membership_ended(MembershipEnded("ab", "ben"))


async def test_a_removal_that_chat_could_not_tell_is_found_out(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        call = await active(nouns, "all")
        await nouns.house.departures.look()
        assert seat_of(await nouns.house.calls.get("ann", call), "ben", "ben-1") is not None
        nouns.others.groups["all"].discard("ben")
        await nouns.house.departures.look()
        assert seat_of(await nouns.house.calls.get("ann", call), "ben", "ben-1") is None
        live = nouns.house.live.get(call)
        assert live is not None
        assert "ben" not in (live.members or [])


async def test_a_block_ends_the_direct_call_of_the_two_and_an_unblock_does_not(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        call = await active(nouns)
        await nouns.house.departures.apply(change(nouns, "blocks", "ben", other="ann"))
        assert (await nouns.house.calls.get("ann", call)).live
        nouns.others.blocks = {("ben", "ann")}
        await nouns.house.departures.apply(change(nouns, "blocks", "ben", other="cat"))
        assert (await nouns.house.calls.get("ann", call)).live
        await nouns.house.departures.apply(change(nouns, "blocks", "ben", other="ann"))
        assert not (await nouns.house.calls.get("ann", call)).live


async def test_what_was_heard_is_worked_off_in_the_background(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        await nouns.house.start()
        try:
            call = await active(nouns)
            nouns.house.departures.heard(change(nouns, "profile", "ben"))
            nouns.house.departures.heard(change(nouns, "account_disabled", "zoe"))
            nouns.house.departures.heard(change(nouns, "account_disabled", "ben"))
            await until(lambda: nouns.house.live.get(call) is None)
        finally:
            await nouns.house.stop()
