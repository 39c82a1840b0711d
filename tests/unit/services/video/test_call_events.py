"""Conversations are told what became of calls, once chat takes it, in order."""

from pathlib import Path

import pytest

from secureconnect.contracts.errors import Code
from secureconnect.services.video.store import untold
from tests.fixtures.video import caller, video_nouns

pytestmark = pytest.mark.anyio


async def test_the_log_tells_start_and_end_with_the_duration(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        calls, events = nouns.house.calls, nouns.house.events
        call = (await calls.invite(caller("ann"), "ab", "video")).call.id
        await calls.accept(caller("ben"), call)
        nouns.clock.advance_s(60)
        await calls.hang_up(caller("ben"), call)
        assert [await events.tell_due() for _ in range(3)] == [1, 1, 0]
        assert nouns.others.logged() == [("ab", "started"), ("ab", "ended")]
        last = nouns.others.events[-1]
        assert (last.account, last.device, last.body.duration_ms, last.body.call) == ("ann", "ann-1", 60_000, call)


async def test_while_chat_is_away_nothing_is_lost(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        events = nouns.house.events
        call = (await nouns.house.calls.invite(caller("ann"), "ab", "video")).call.id
        await nouns.house.calls.hang_up(caller("ann"), call)
        nouns.others.refusing_events = Code.UNAVAILABLE
        assert await events.tell_due() == 1
        assert await events.tell_due() == 0
        nouns.others.refusing_events = None
        for _ in range(2):
            nouns.clock.advance_s(60)
            assert await events.tell_due() == 1
        assert nouns.others.logged() == [("ab", "started"), ("ab", "missed")]
        assert await nouns.sql.read(untold.waiting) == 0


async def test_what_a_conversation_refuses_for_good_is_dropped(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        await nouns.house.calls.invite(caller("ann"), "ab", "video")
        nouns.others.refusing_events = Code.CHAT_NOT_A_MEMBER
        assert await nouns.house.events.tell_due() == 1
        assert await nouns.sql.read(untold.waiting) == 0
        name = "secureconnect_video_untold_events_dropped_total"
        assert nouns.edge.metrics.registry.get_sample_value(name) == 1
