"""Looking after a server: setting it up, its accounts, the audit, the policy, over HTTP and the command line."""

from collections.abc import Generator
from pathlib import Path

import pytest

from secureconnect.contracts.errors import Code
from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import PASSWORD, Person
from tests.fixtures.scenes import refused

pytestmark = pytest.mark.anyio


@pytest.fixture
def fresh(tmp_path: Path) -> Generator[Deployment]:
    """A running product that nobody has set up yet."""
    made = Deployment(tmp_path, settings={"auth.registration": "invite"})
    try:
        made.start()
        yield made
        assert made.stop() == [0]
    finally:
        made.end()


async def test_until_the_first_link_is_spent_nobody_else_can_register(fresh: Deployment) -> None:
    async with Person(fresh.url, "eve") as eve:
        with refused(Code.AUTH_SETUP_NEEDED):
            await eve.auth.register("eve", PASSWORD)
