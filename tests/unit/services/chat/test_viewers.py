"""Who may see whom is decided anew each time, by what auth and the conversations say now."""

from pathlib import Path

import pytest

from secureconnect.contracts.auth import Privacy
from secureconnect.kit.clock import ManualClock
from secureconnect.services.chat.people import People
from secureconnect.services.chat.viewers import Viewers
from tests.fixtures.chat import log_world
from tests.fixtures.live import Accounts

pytestmark = pytest.mark.anyio


async def test_it_takes_a_tie_and_that_both_show_it_and_none_blocks(tmp_path: Path) -> None:
    accounts = Accounts(
        privacy={"shy": Privacy(last_seen=False)},
        blocked={("foe", "anna"), ("anna", "foed")},
        friends={frozenset(("anna", "friend")), frozenset(("anna", "foe"))},
    )
    async with log_world(tmp_path) as world:
        await world.open("c1", "anna", "ben", "shy", "foe", "foed", "former")
        await world.member("c1", "former", "left", "former")
        viewers = Viewers(world.sql, People(accounts.peers().as_caller("chat"), ManualClock()))
        everybody = ["anna", "ben", "shy", "foe", "foed", "former", "friend", "stranger"]
        assert await viewers.seen_by("anna", everybody) == {"ben", "friend"}
        assert await viewers.seen_by("shy", everybody) == frozenset()
        assert await viewers.seen_by("former", everybody) == frozenset()
        assert await viewers.seen_by("anna", []) == frozenset()
