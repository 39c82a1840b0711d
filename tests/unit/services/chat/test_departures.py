"""Video is told of departures, again when it does not answer, and not for ever."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from secureconnect.services.chat.departures import TRIES_MAX, Departures
from secureconnect.services.chat.metrics import ChatMetrics
from tests.fixtures.chat import log_world
from tests.fixtures.chat_service import Others
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


async def test_a_departure_is_told_again_until_it_is_heard_or_given_up(tmp_path: Path) -> None:
    registry, others = CollectorRegistry(), Others(away={"video"})
    departures = Departures(others.peers().as_caller("chat"), ChatMetrics(registry), retry_s=0.001)
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "ben", "cat")
        world.log.listen(departures.hear)
        await world.member("c", "ben", "left", "ben")
        await until(lambda: registry.get_sample_value("secureconnect_chat_departures_untold_total") == 1)
        assert others.asked == ["departed"] * TRIES_MAX
        others.away.clear()
        await world.member("c", "cat", "removed", "ann")
        await world.member("c", "dan", "added", "ann", "member")
        await until(lambda: bool(others.departed))
        await departures.stop()
        assert [(one.conversation, one.account) for one in others.departed] == [("c", "cat")]
