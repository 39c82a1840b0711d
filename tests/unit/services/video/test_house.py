"""A video node started and stopped: what it runs goes on by itself and ends with it."""

from pathlib import Path

import pytest

from tests.fixtures.video import caller, video_nouns
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


async def test_a_started_node_tells_chat_and_a_stopped_one_leaves_the_rest_to_the_next(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        await nouns.house.start()
        call = (await nouns.house.calls.invite(caller("ann"), "ab", "audio")).call.id
        shown = nouns.edge.metrics.registry
        await until(lambda: nouns.others.logged() == [("ab", "started")])
        await nouns.house.calls.hang_up(caller("ann"), call)
        await until(lambda: nouns.others.logged() == [("ab", "started"), ("ab", "missed")])
        await until(lambda: shown.get_sample_value("secureconnect_video_untold_events") == 0)
        await nouns.house.stop()
        nouns.others.events.clear()
        await nouns.house.calls.invite(caller("ben"), "bc", "audio")
        again = nouns.another()
        assert nouns.others.logged() == []
        await again.start()
        await until(lambda: nouns.others.logged() == [("bc", "started")])
        await again.stop()


async def test_a_start_knows_the_calls_that_live(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        call = (await nouns.house.calls.invite(caller("ann"), "ab", "audio")).call.id
        again = nouns.another()
        await again.start()
        assert again.live.versions().keys() == {call}
        await again.stop()
