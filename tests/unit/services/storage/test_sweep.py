"""The sweep of expired uploads, released bytes and orphans."""

import asyncio
from pathlib import Path

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import ManualClock
from secureconnect.kit.ids import Ids
from secureconnect.services.storage.store import blobs as blob_rows
from secureconnect.services.storage.store import files as rows
from secureconnect.services.storage.sweep import made_ms
from secureconnect.services.storage.uploads import ENDED_KEPT_MS
from tests.fixtures.storage import LIMITS, TUS, StorageHouse, begun, opened, patched, problem, storage, uploaded
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


async def until_no_blobs(house: StorageHouse) -> None:
    async with asyncio.timeout(10):
        while await house.blobs.keys(None, 10):  # noqa: ASYNC110 a folder is looked at, there is no event
            await asyncio.sleep(0.005)


async def test_an_expired_upload_goes_with_its_bytes_and_its_room(tmp_path: Path) -> None:
    clock = ManualClock()
    async with storage(tmp_path / "s", clock=clock) as house:
        async with house.client("ada") as ada:
            location = await opened(ada, 9)
            await patched(ada, location, 0, b"abc")
            kept = await uploaded(ada, b"kept")
        clock.advance_s(LIMITS.upload_expiry_s - 1)
        assert await house.sweep.turn() is False
        assert len(await house.blobs.keys(None, 10)) == 2
        clock.advance_s(1)
        await house.sweep.turn()
        assert len(await house.blobs.keys(None, 10)) == 1
        assert house.figure("secureconnect_storage_uploads_total", {"outcome": "expired"}) == 1
        async with house.client("ada") as ada:
            assert (await ada.head(location, headers=TUS)).status_code == 410
            quota = (await ada.get("/v1/files/quota")).json()
            assert (quota["used_bytes"], quota["reserved_bytes"]) == (4, 0)
            assert (await ada.get(f"/v1/files/{kept.id}/content")).content == b"kept"
        clock.advance_s(ENDED_KEPT_MS // 1000)
        await house.sweep.turn()
        async with house.client("ada") as ada:
            assert problem(await patched(ada, location, 3, b"x")) == (404, "storage.file_not_found")


async def test_an_upload_that_is_being_written_is_not_swept(tmp_path: Path) -> None:
    clock = ManualClock()
    async with storage(tmp_path / "s", clock=clock) as house, house.client("ada") as ada:
        location = await opened(ada, 6)
        part = await begun(house, "ada", location, 0, b"abc", 6)
        clock.advance_s(LIMITS.upload_expiry_s + 1)
        await house.sweep.turn()
        await part.go(b"def")
        assert await part.status() == 204


async def test_bytes_without_a_row_go_once_they_are_old(tmp_path: Path) -> None:
    clock = ManualClock()
    async with storage(tmp_path / "s", clock=clock) as house, house.client("ada") as ada:
        orphan = Ids(clock).new()
        await house.blobs.create(orphan)
        await uploaded(ada, b"kept")
        clock.advance_s(3500)
        await house.sweep.turn()
        assert orphan in await house.blobs.keys(None, 10)
        clock.advance_s(200)
        await house.sweep.turn()
        kept = await house.blobs.keys(None, 10)
        assert orphan not in kept
        assert len(kept) == 1


async def test_orphans_are_looked_for_page_by_page(house: StorageHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secureconnect.services.storage.sweep.KEYS_MAX", 2)
    ids = Ids(ManualClock())
    for _ in range(5):
        await house.blobs.create(ids.new())
    assert [await house.sweep.turn() for _ in range(3)] == [True, True, False]
    assert await house.blobs.keys(None, 10) == []


async def test_released_bytes_whose_drop_was_cut_go_with_the_next_turn(
    house: StorageHouse,
) -> None:
    async with house.client("ada") as ada:
        file = await uploaded(ada, b"abc")
    record = await house.sql.read(rows.get, file.id)
    assert record is not None
    assert await house.sql.write(rows.remove, record, 1) is True
    assert len(await house.blobs.keys(None, 10)) == 1
    await house.sweep.turn()
    assert await house.blobs.keys(None, 10) == []
    assert await house.sql.read(blob_rows.released, 10) == []


async def test_the_running_sweep_works_when_it_is_woken(house: StorageHouse) -> None:
    await house.blobs.create(Ids(ManualClock()).new())
    house.sweep.wake()
    await until_no_blobs(house)
    await until(lambda: house.figure("secureconnect_storage_swept_total", {"kind": "orphan"}) == 1)


async def test_a_sweep_that_fails_goes_on_later(house: StorageHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(after: str | None, limit: int) -> list[str]:
        raise Fault(Code.UNAVAILABLE)

    with monkeypatch.context() as patch:
        patch.setattr(house.blobs, "keys", away)
        house.sweep.wake()
        with pytest.raises(Fault):
            await house.sweep.turn()
    await test_the_running_sweep_works_when_it_is_woken(house)


def test_the_age_of_a_key_is_in_it() -> None:
    clock = ManualClock()
    assert made_ms(Ids(clock).new()) == clock.now_ms()
