"""What people do with calls, on a real database."""

import asyncio
from pathlib import Path

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import ConversationsAsk
from secureconnect.services.video.call_state import CallState
from tests.fixtures.video import caller, video_nouns

pytestmark = pytest.mark.anyio


async def test_a_call_rings_is_accepted_and_hung_up(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        calls = nouns.house.calls
        begun = await calls.invite(caller("ann"), "ab", "video")
        assert (begun.begun, begun.call.state, begun.room) == (True, CallState.RINGING, None)
        accepted = await calls.accept(caller("ben"), begun.call.id)
        assert accepted.call.state is CallState.ACTIVE
        assert (await calls.get("ann", begun.call.id)).state is CallState.ACTIVE
        ended = await calls.hang_up(caller("ben"), begun.call.id)
        assert (ended.call.state, ended.call.reason) == (CallState.ENDED, "hangup")


async def test_a_second_invitation_gives_the_call_that_lives(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        calls = nouns.house.calls
        first = await calls.invite(caller("ann"), "ab", "video")
        second = await calls.invite(caller("ann"), "ab", "audio")
        assert (second.call.id, second.begun, second.call.media) == (first.call.id, False, "video")


async def test_invitations_that_cross_become_one_active_call(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        calls = nouns.house.calls
        for _ in range(10):
            both = await asyncio.gather(
                calls.invite(caller("ann"), "ab", "audio"), calls.invite(caller("ben"), "ab", "audio")
            )
            assert len({one.call.id for one in both}) == 1
            assert sorted(one.begun for one in both) == [False, True]
            stands = await calls.get("ann", both[0].call.id)
            assert stands.state is CallState.ACTIVE
            await calls.hang_up(caller("ann"), stands.id)


async def test_crossing_counts_as_an_answer_also_for_one_who_lets_nobody_ring(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        nouns.others.ring = {"ann": "nobody"}
        begun = await nouns.house.calls.invite(caller("ann"), "ab", "audio")
        crossing = await nouns.house.calls.invite(caller("ben"), "ab", "audio")
        assert (crossing.call.id, crossing.call.state) == (begun.call.id, CallState.ACTIVE)


async def test_what_one_may_not_see_is_not_there(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        calls = nouns.house.calls
        call = (await calls.invite(caller("ann"), "ab", "audio")).call.id
        for stranger in (caller("cat"), caller("zoe")):
            for name in (call, "nothing"):
                for work in (calls.accept, calls.join, calls.decline, calls.hang_up):
                    with pytest.raises(Fault) as refused:
                        await work(stranger, name)
                    assert refused.value.code is Code.VIDEO_CALL_NOT_FOUND
                with pytest.raises(Fault) as refused:
                    await calls.get(stranger.account, name)
                assert refused.value.code is Code.VIDEO_CALL_NOT_FOUND
            with pytest.raises(Fault) as refused:
                await calls.invite(stranger, "ab", "audio")
            assert refused.value.code is Code.CHAT_NOT_A_MEMBER
        assert (await calls.get("ann", call)).state is CallState.RINGING


async def test_blocked_people_neither_ring_nor_accept(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        calls = nouns.house.calls
        call = (await calls.invite(caller("ann"), "ab", "audio")).call.id
        nouns.others.blocks = {("ben", "ann")}
        for work in (calls.accept(caller("ben"), call), calls.invite(caller("ann"), "ab", "audio")):
            with pytest.raises(Fault) as refused:
                await work
            assert refused.value.code is Code.CHAT_BLOCKED
        assert (await calls.decline(caller("ben"), call)).call.reason == "declined"


async def test_the_fifth_device_of_a_mesh_is_refused(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        calls = nouns.house.calls
        call = (await calls.invite(caller("ann"), "all", "audio")).call.id
        for account in ("ben", "cat", "dan"):
            await calls.accept(caller(account), call)
        with pytest.raises(Fault) as refused:
            await calls.join(caller("eve"), call)
        assert refused.value.code is Code.VIDEO_FULL
        await calls.hang_up(caller("ben"), call)
        assert (await calls.join(caller("eve"), call)).call.live


async def test_rings_by_socket_are_limited_as_those_by_http(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        limiter = nouns.edge.limiter
        for _ in range(30):
            await limiter.hit("ring", "ann")
        with pytest.raises(Fault) as refused:
            await nouns.house.calls.ring(caller("ann"), "ab", "audio", None)
        assert refused.value.code is Code.TOO_MANY_REQUESTS


async def test_a_list_holds_the_calls_of_ones_conversations_page_by_page(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        calls = nouns.house.calls
        made: list[str] = []
        for _ in range(3):
            for place, who in (("ab", "ann"), ("all", "cat")):
                call = (await calls.invite(caller(who), place, "audio")).call.id
                await calls.hang_up(caller(who), call)
                made.append(call)
        live = (await calls.invite(caller("ben"), "bc", "audio")).call.id
        first = await calls.page("ann", None, None, 4)
        assert [one.id for one in first.items] == made[::-1][:4]
        assert first.next_cursor is not None
        rest = await calls.page("ann", None, first.next_cursor, 4)
        assert [one.id for one in rest.items] == made[::-1][4:]
        assert rest.next_cursor is None
        assert [one.id for one in (await calls.page("cat", "ringing", None, 4)).items] == [live]
        assert (await calls.page("ann", "ringing", None, 4)).items == []
        with pytest.raises(Fault) as refused:
            await calls.page("ben", None, first.next_cursor, 4)
        assert refused.value.code is Code.INVALID


async def test_chat_is_told_which_calls_live(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        begun = (await nouns.house.calls.invite(caller("ann"), "ab", "video")).call
        found = (await nouns.house.calls.live_calls(ConversationsAsk(["ab", "bc", "all"]))).calls
        assert [(one.conversation, one.call, one.media) for one in found] == [("ab", begun.id, "video")]
        await nouns.house.calls.hang_up(caller("ann"), begun.id)
        assert (await nouns.house.calls.live_calls(ConversationsAsk(["ab"]))).calls == []
