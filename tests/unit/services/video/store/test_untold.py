"""What logs have still to be told: in order for each call, leased to one, put off or removed."""

from pathlib import Path

import pytest

from secureconnect.contracts.events import CallBody
from secureconnect.services.video.store import untold
from secureconnect.services.video.store.tables import METADATA
from tests.fixtures.sql import open_sqlite
from tests.unit.services.video.test_call_state import NOW, direct

pytestmark = pytest.mark.anyio
STARTED = CallBody("call", "started", "video")
ENDED = CallBody("call", "ended", "video", 5)


async def test_the_end_waits_for_the_beginning(tmp_path: Path) -> None:
    async with open_sqlite(tmp_path / "video.sqlite", METADATA) as sql:
        await sql.write(untold.add, direct(), STARTED, NOW)
        await sql.write(untold.add, direct(), ENDED, NOW)
        assert await sql.read(untold.waiting) == 2
        (first,) = await sql.write(untold.take, NOW, NOW + 1_000, 10)
        assert (first.body, first.account, first.device) == (STARTED, "ann", "ann-1")
        assert list(await sql.write(untold.take, NOW, NOW + 1_000, 10)) == []
        await sql.write(untold.put_off, first, NOW + 500)
        assert not await sql.read(untold.any_due, NOW)
        (again,) = await sql.write(untold.take, NOW + 500, NOW + 1_000, 10)
        assert (again.body, again.tries) == (STARTED, 1)
        await sql.write(untold.remove, again)
        (second,) = await sql.write(untold.take, NOW + 500, NOW + 1_000, 10)
        assert second.body == ENDED
        await sql.write(untold.remove, second)
        assert await sql.read(untold.waiting) == 0


async def test_a_lease_that_ran_out_is_taken_again(tmp_path: Path) -> None:
    async with open_sqlite(tmp_path / "video.sqlite", METADATA) as sql:
        await sql.write(untold.add, direct(), STARTED, NOW)
        assert len(await sql.write(untold.take, NOW, NOW + 1_000, 10)) == 1
        assert not await sql.read(untold.any_due, NOW + 999)
        assert len(await sql.write(untold.take, NOW + 1_000, NOW + 2_000, 10)) == 1
