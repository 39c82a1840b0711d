"""Steps of calls: each is made once, whoever else makes one at the same time, and told to those who are to know."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from secureconnect.contracts.errors import Fault
from secureconnect.services.video import call_state
from secureconnect.services.video.call_state import CallState, seated
from tests.fixtures.video import caller, video_nouns

pytestmark = pytest.mark.anyio


async def test_of_many_devices_that_accept_at_once_on_two_nodes_one_does(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        other = nouns.another()
        call = (await nouns.house.calls.invite(caller("ann"), "ab", "audio")).call.id
        houses = (nouns.house, other)
        tries = [houses[number % 2].calls.accept(caller("ben", f"ben-{number}"), call) for number in range(6)]
        answers = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(not isinstance(one, BaseException) for one in answers) == 1
        assert all(isinstance(one, Fault) for one in answers if isinstance(one, BaseException))
        stands = await nouns.house.calls.get("ann", call)
        assert len(seated(stands)) == 2
        await other.background.settle()


async def test_both_who_hang_up_at_once_get_the_same_end(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        calls = nouns.house.calls
        call = (await calls.invite(caller("ann"), "ab", "audio")).call.id
        await calls.accept(caller("ben"), call)
        one, two = await asyncio.gather(calls.hang_up(caller("ann"), call), calls.hang_up(caller("ben"), call))
        assert one.call == two.call
        assert one.call.state is CallState.ENDED


async def test_a_recalled_step_tells_nobody_but_is_known(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        call = (await nouns.house.calls.invite(caller("ann"), "ab", "audio")).call.id
        again = nouns.another()
        now_ms = again.time.now_ms() + 5_000
        await again.steps.recall(call, partial(call_state.rebase, now_ms=now_ms, rules=again.rules))
        assert again.live.get(call) is not None


async def test_members_are_asked_for_when_they_are_not_known(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        stands = (await nouns.house.calls.invite(caller("ann"), "ab", "audio")).call
        nouns.house.live.forget_members("ab")
        assert await nouns.house.steps.members_of(stands) == ["ann", "ben"]
        live = nouns.house.live.get(stands.id)
        assert live is not None
        assert live.members == ["ann", "ben"]
