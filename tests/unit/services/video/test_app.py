"""The video service as it is put together: ready with its database, its calls answered, its figures shown."""

from pathlib import Path

import pytest

from secureconnect.contracts.peers import VIDEO_LIVE_CALLS, ConversationsAsk
from tests.fixtures.video import video

pytestmark = pytest.mark.anyio


async def test_it_answers_its_probes_and_its_peers(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.http("ann") as ann:
        assert (await ann.get("/ready")).status_code == 200
        call = (await ann.post("/v1/calls", json={"conversation": "ab", "media": "audio"})).json()["id"]
        found = await node.local.as_caller("chat").ask(VIDEO_LIVE_CALLS, ConversationsAsk(["ab"]))
        assert [one.call for one in found.calls] == [call]


async def test_a_started_service_counts_its_live_calls(tmp_path: Path) -> None:
    async with video(tmp_path) as node, node.http("ann") as ann:
        await ann.post("/v1/calls", json={"conversation": "ab", "media": "audio"})
        assert node.metrics.registry.get_sample_value("secureconnect_video_calls") == 1
