"""Whatever kills the node, nothing that was acknowledged is lost, doubled or reordered, and it is soon back."""

import asyncio
import random
from pathlib import Path

import httpx2
import pytest

from tests.fixtures.crowd import Crowd
from tests.fixtures.history import violations
from tests.fixtures.nodes import Node, Ports
from tests.fixtures.persons import Persons
from tests.fixtures.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]
KILLS = 5
SEED = 20_261_122
READY_S = 2.0


async def status_with(url: str, access_token: str) -> int:
    async with httpx2.AsyncClient(base_url=url, trust_env=False) as web:
        answer = await web.get("/v1/conversations", headers={"authorization": f"Bearer {access_token}"})
        return answer.status_code


async def test_five_kills_under_the_load_of_twenty_lose_double_and_reorder_nothing(tmp_path: Path) -> None:
    node = Node(tmp_path / "data", Ports.fresh())
    node.start()
    rng = random.Random(SEED)
    took: list[float] = []
    try:
        async with Persons(node.url) as persons:
            gone = await persons.sign_up("gone")
            ended = gone.session
            await gone.auth.logout()
            crowd = await Crowd.gather(persons, 20, 6, SEED)
            before = 0
            async with crowd:
                for _ in range(KILLS):
                    before = crowd.acknowledged()
                    await until(lambda before=before: crowd.acknowledged() >= before + 100, 30.0)
                    await asyncio.sleep(rng.uniform(0.0, 0.3))
                    node.kill()
                    took.append(await asyncio.to_thread(node.start))
                await until(lambda: crowd.acknowledged() >= before + 200, 30.0)
                await crowd.hush()
            found = violations(crowd.history, await crowd.readings(), crowd.members())
            assert found == [], (SEED, found[:20], crowd.history.counts())
            assert crowd.acknowledged() >= KILLS * 100
            assert await status_with(node.url, ended.tokens.access_token) == 401
        assert node.stop() == 0
    finally:
        node.end()
    assert min(took) <= READY_S, took
    print(f"ready again after {', '.join(f'{each:.2f}' for each in took)} s; {crowd.history.counts()}")
