"""Dropping released bytes."""

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import ManualClock
from secureconnect.kit.ids import Ids
from secureconnect.services.storage.drops import Drops
from secureconnect.services.storage.store import blobs as rows
from tests.fixtures.storage import StorageHouse

pytestmark = pytest.mark.anyio


async def test_what_cannot_be_dropped_now_is_left_for_the_next_time(
    house: StorageHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Ids(ManualClock()).new()
    await house.blobs.create(key)
    await house.sql.write(rows.add, key, 0)
    await house.sql.write(rows.let_go, key, 1)
    drops = Drops(house.sql, house.blobs)

    async def away(_: str) -> None:
        raise Fault(Code.UNAVAILABLE)

    with monkeypatch.context() as patch:
        patch.setattr(house.blobs, "drop", away)
        assert await drops.drop(key) is False
    assert await drops.next(10) == [key]
    assert await drops.drop(key) is True
    assert await drops.next(10) == []
    assert await house.blobs.keys(None, 10) == []
