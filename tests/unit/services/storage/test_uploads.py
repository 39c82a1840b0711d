"""Uploads from creation to the finished file."""

import asyncio
import base64
import hashlib
import os
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from secureconnect.backends.blobs.folder import OPEN, BlobFolder
from secureconnect.kit.clock import ManualClock
from secureconnect.services.storage.store import files as file_rows
from tests.fixtures.blobs import given
from tests.fixtures.storage import (
    LIMITS,
    TUS,
    StorageHouse,
    begun,
    offset_of,
    opened,
    patched,
    problem,
    said,
    storage,
    until_offset,
    uploaded,
)
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


async def blob_of(house: StorageHouse, location: str) -> str:
    record = await house.sql.read(file_rows.get, location.split("/")[3])
    assert record is not None
    return record.blob


async def quota(http: httpx2.AsyncClient) -> tuple[int, int]:
    answer = (await http.get("/v1/files/quota")).json()
    return answer["used_bytes"], answer["reserved_bytes"]


async def test_parts_become_a_file_with_the_hash_of_all_bytes(house: StorageHouse, ada: httpx2.AsyncClient) -> None:
    content = os.urandom(700_000)
    location = await opened(ada, len(content))
    assert await quota(ada) == (0, 700_000)
    for at in range(0, len(content), 300_000):
        answer = await patched(ada, location, at, content[at : at + 300_000])
        assert answer.status_code == 204
        assert int(answer.headers["upload-offset"]) == min(at + 300_000, len(content))
    file = (await ada.get(location.removesuffix("/upload"))).json()
    assert file["complete"]
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    assert file["expires_at"] is None
    assert await quota(ada) == (700_000, 0)
    assert (await ada.get(f"/v1/files/{file['id']}/content")).content == content
    assert house.figure("secureconnect_storage_uploads_total", {"outcome": "completed"}) == 1
    assert house.figure("secureconnect_storage_received_bytes_total") == 700_000


async def test_a_file_of_no_bytes_is_complete_when_it_is_created(ada: httpx2.AsyncClient) -> None:
    location = await opened(ada, 0)
    file = (await ada.get(location.removesuffix("/upload"))).json()
    assert (file["complete"], file["sha256"]) == (True, hashlib.sha256(b"").hexdigest())
    assert (await patched(ada, location, 0, b"")).status_code == 204
    content = await ada.get(f"/v1/files/{file['id']}/content")
    assert (content.status_code, content.content) == (200, b"")


async def test_a_part_elsewhere_is_refused_and_told_where_the_upload_stands(ada: httpx2.AsyncClient) -> None:
    location = await opened(ada, 10)
    await patched(ada, location, 0, b"abc")
    for offset in (0, 2, 4, 10, 11, 2**40):
        answer = await patched(ada, location, offset, b"")
        assert problem(answer) == (409, "storage.offset_mismatch")
        assert answer.headers["upload-offset"] == "3"
    assert await offset_of(ada, location) == 3


async def in_chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def test_a_part_beyond_the_length_is_refused_and_nothing_of_it_kept(ada: httpx2.AsyncClient) -> None:
    location = await opened(ada, 5)
    await patched(ada, location, 0, b"ab")
    assert problem(await patched(ada, location, 2, b"cdefg")) == (413, "request.body_too_large")
    assert problem(await patched(ada, location, 2, in_chunks(b"cdefg"))) == (413, "request.body_too_large")
    assert await offset_of(ada, location) == 2
    assert (await patched(ada, location, 2, in_chunks(b"cde"))).headers["upload-offset"] == "5"
    assert problem(await patched(ada, location, 5, b"f")) == (413, "request.body_too_large")


async def test_a_part_whose_checksum_is_wrong_is_cut_back(house: StorageHouse, ada: httpx2.AsyncClient) -> None:
    content = os.urandom(900_000)
    location = await opened(ada, len(content))
    await patched(ada, location, 0, content[:100_000])
    rest = content[100_000:]
    for algorithm in ("sha1", "sha256"):
        wrong = base64.b64encode(hashlib.new(algorithm, b"other").digest()).decode()
        answer = await patched(ada, location, 100_000, rest, **{"upload-checksum": f"{algorithm} {wrong}"})
        assert problem(answer) == (460, "storage.checksum_mismatch")
        assert await offset_of(ada, location) == 100_000
    right = base64.b64encode(hashlib.sha256(rest).digest()).decode()
    answer = await patched(ada, location, 100_000, rest, **{"upload-checksum": f"sha256 {right}"})
    assert answer.status_code == 204
    file = (await ada.get(location.removesuffix("/upload"))).json()
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    assert house.figure("secureconnect_storage_parts_total", {"outcome": "mismatched"}) == 2


async def test_two_parts_at_once_are_one_and_a_refusal(house: StorageHouse, ada: httpx2.AsyncClient) -> None:
    location = await opened(ada, 6)
    first = await begun(house, "ada", location, 0, b"abc", 6)
    answer = await patched(ada, location, 0, b"abcdef")
    assert problem(answer) == (423, "storage.upload_locked")
    assert "retry-after" in answer.headers
    await first.go(b"def")
    assert await first.status() == 204
    assert await offset_of(ada, location) == 6


async def test_a_cut_part_keeps_what_came(house: StorageHouse, ada: httpx2.AsyncClient) -> None:
    content = os.urandom(500_000)
    location = await opened(ada, len(content))
    cut = await begun(house, "ada", location, 0, content[:200_000], len(content))
    cut.leave()
    await until_offset(ada, location, 200_000)
    await until(lambda: house.figure("secureconnect_storage_parts_total", {"outcome": "cut"}) == 1)
    assert (await patched(ada, location, 200_000, content[200_000:])).status_code == 204
    file = (await ada.get(location.removesuffix("/upload"))).json()
    assert file["sha256"] == hashlib.sha256(content).hexdigest()


async def test_uploads_that_are_cut_again_and_again_have_exactly_their_bytes(
    house: StorageHouse, ada: httpx2.AsyncClient
) -> None:
    rng = random.Random(7)
    for _ in range(8):
        content = rng.randbytes(rng.randrange(1, 400_000))
        location = await opened(ada, len(content))
        for _ in range(5):
            at = await offset_of(ada, location)
            if at == len(content):
                break
            sent = content[at : at + rng.randrange(1, len(content) - at + 1)]
            cut = await begun(house, "ada", location, at, sent, len(content) - at, taken=False)
            cut.leave()
        async with asyncio.timeout(10):
            status = 0
            while status != 204:
                at = await offset_of(ada, location)
                status = (await patched(ada, location, at, content[at:])).status_code
                assert status in (204, 409, 423)
        file = (await ada.get(location.removesuffix("/upload"))).json()
        assert file["sha256"] == hashlib.sha256(content).hexdigest()


async def test_an_upload_goes_on_after_a_restart(tmp_path: Path) -> None:
    content = os.urandom(600_000)
    async with storage(tmp_path / "s") as house, house.client("ada") as ada:
        location = await opened(ada, len(content))
        await patched(ada, location, 0, content[:250_000])
    async with storage(tmp_path / "s") as house, house.client("ada") as ada:
        assert await offset_of(ada, location) == 250_000
        assert (await patched(ada, location, 250_000, content[250_000:])).status_code == 204
        file = (await ada.get(location.removesuffix("/upload"))).json()
        assert file["sha256"] == hashlib.sha256(content).hexdigest()


async def test_where_the_blob_ends_is_where_the_upload_stands(house: StorageHouse, ada: httpx2.AsyncClient) -> None:
    location = await opened(ada, 6)
    await house.blobs.append(await blob_of(house, location), 0, given([b"abc"]))
    assert await offset_of(ada, location) == 3
    assert (await ada.get(location.removesuffix("/upload"))).json()["offset"] == 3


async def test_an_upload_that_has_all_bytes_is_completed_by_looking_at_it(
    house: StorageHouse, ada: httpx2.AsyncClient
) -> None:
    for sealed in (False, True):
        location = await opened(ada, 3)
        blob = await blob_of(house, location)
        await house.blobs.append(blob, 0, given([b"abc"]))
        if sealed:
            await house.blobs.seal(blob)
        assert problem(await patched(ada, location, 0, b"abc")) == (409, "storage.offset_mismatch")
        assert await offset_of(ada, location) == 3
        assert (await ada.get(location.removesuffix("/upload"))).json()["complete"]
    assert await quota(ada) == (6, 0)


async def test_an_upload_whose_blob_never_came_to_be_begins_anew(house: StorageHouse, ada: httpx2.AsyncClient) -> None:
    location = await opened(ada, 3)
    await house.blobs.drop(await blob_of(house, location))
    assert await offset_of(ada, location) == 0
    assert (await patched(ada, location, 0, b"abc")).status_code == 204


async def test_an_upload_whose_bytes_are_lost_is_damaged(house: StorageHouse, ada: httpx2.AsyncClient) -> None:
    location = await opened(ada, 6)
    await patched(ada, location, 0, b"abc")
    BlobFolder(house.blob_root).path(await blob_of(house, location), OPEN).unlink()
    assert problem(await patched(ada, location, 3, b"def")) == (500, "storage.damaged")
    assert (await ada.head(location, headers=TUS)).status_code == 500
    assert house.figure("secureconnect_storage_damaged_total") == 2


async def test_an_ended_upload_is_gone_for_its_owner_and_frees_its_room(
    house: StorageHouse, ada: httpx2.AsyncClient
) -> None:
    location = await opened(ada, 6)
    await patched(ada, location, 0, b"abc")
    blob = await blob_of(house, location)
    assert (await ada.delete(location, headers=TUS)).status_code == 204
    assert await quota(ada) == (0, 0)
    assert await house.blobs.keys(None, 10) == []
    assert blob
    assert (await ada.head(location, headers=TUS)).status_code == 410
    assert problem(await patched(ada, location, 3, b"d")) == (410, "storage.upload_gone")
    assert problem(await ada.delete(location, headers=TUS)) == (410, "storage.upload_gone")
    assert problem(await ada.get(location.removesuffix("/upload"))) == (404, "storage.file_not_found")


async def test_ending_an_upload_ends_the_part_that_is_being_written(
    house: StorageHouse, ada: httpx2.AsyncClient
) -> None:
    location = await opened(ada, 6)
    part = await begun(house, "ada", location, 0, b"abc", 6)
    assert (await ada.delete(location, headers=TUS)).status_code == 204
    assert await part.status() == 410
    assert await house.blobs.keys(None, 10) == []


async def test_deleting_the_upload_of_a_finished_file_deletes_the_file(ada: httpx2.AsyncClient) -> None:
    file = await uploaded(ada, b"abc")
    assert (await ada.delete(f"/v1/files/{file.id}/upload", headers=TUS)).status_code == 204
    assert problem(await ada.get(f"/v1/files/{file.id}")) == (404, "storage.file_not_found")
    assert await quota(ada) == (0, 0)


async def test_an_upload_expires_unless_it_goes_on(tmp_path: Path) -> None:
    clock = ManualClock()
    async with storage(tmp_path / "s", clock=clock) as house:
        async with house.client("ada") as ada:
            location = await opened(ada, 6)
            clock.advance_s(500)
            answer = await patched(ada, location, 0, b"abc")
            assert "upload-expires" in answer.headers
        clock.advance_s(LIMITS.upload_expiry_s - 1)
        async with house.client("ada") as ada, house.client("bob") as bob:
            assert await offset_of(ada, location) == 3
            clock.advance_s(1)
            assert (await ada.head(location, headers=TUS)).status_code == 410
            assert problem(await patched(ada, location, 3, b"def")) == (410, "storage.upload_gone")
            assert (await bob.head(location, headers=TUS)).status_code == 404


async def test_the_upload_of_another_is_not_there(ada: httpx2.AsyncClient, bob: httpx2.AsyncClient) -> None:
    theirs, nowhere = await opened(ada, 6), "/v1/files/01a20404-0000-7000-8000-000000000000/upload"
    for location in (theirs, nowhere, "/v1/files/..%5c%00etc/upload"):
        assert (await bob.head(location, headers=TUS)).status_code == 404
        assert problem(await patched(bob, location, 0, b"x")) == (404, "storage.file_not_found")
        assert problem(await bob.delete(location, headers=TUS)) == (404, "storage.file_not_found")
        assert problem(await bob.get(location.removesuffix("/upload"))) == (404, "storage.file_not_found")
    assert await offset_of(ada, theirs) == 0


async def test_room_is_reserved_when_an_upload_is_opened(tmp_path: Path) -> None:
    limits = replace(LIMITS, quota_bytes=100, uploads_open_max=50)
    async with storage(tmp_path / "s", limits=limits) as house, house.client("ada") as ada:
        asked = [ada.post("/v1/files", headers={**TUS, "upload-length": "30"}) for _ in range(8)]
        answers = await asyncio.gather(*asked)
        assert sorted(answer.status_code for answer in answers) == [201] * 3 + [413] * 5
        refused = [answer for answer in answers if answer.status_code == 413]
        assert {problem(answer) for answer in refused} == {(413, "storage.quota_exceeded")}
        assert await quota(ada) == (0, 90)
        assert len(await house.blobs.keys(None, 100)) == 3
        location = next(answer.headers["location"] for answer in answers if answer.status_code == 201)
        await ada.delete(location, headers=TUS)
        await opened(ada, 40)


async def test_only_so_many_uploads_stand_open_and_none_is_too_large(ada: httpx2.AsyncClient) -> None:
    location = ""
    for _ in range(LIMITS.uploads_open_max):
        location = await opened(ada, 1)
    answer = await ada.post("/v1/files", headers={**TUS, "upload-length": "1"})
    assert problem(answer) == (429, "storage.too_many_uploads")
    assert int(answer.headers["retry-after"]) > 0
    await patched(ada, location, 0, b"x")
    await opened(ada, 1)
    answer = await ada.post("/v1/files", headers={**TUS, "upload-length": str(LIMITS.file_bytes_max + 1)})
    assert problem(answer) == (413, "storage.file_too_large")


async def test_no_upload_is_opened_when_the_disk_is_nearly_full(house: StorageHouse, ada: httpx2.AsyncClient) -> None:
    house.room = False
    answer = await ada.post("/v1/files", headers={**TUS, "upload-length": "1"})
    assert problem(answer) == (507, "server.disk_full")
    assert await quota(ada) == (0, 0)


async def test_a_part_that_meets_a_full_disk_keeps_what_was_written_and_goes_on_when_there_is_room(
    house: StorageHouse, ada: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = os.urandom(5 << 20)
    location = await opened(ada, len(content))
    room = iter([True] * 4)
    with monkeypatch.context() as patch:
        patch.setattr(house.blobs._disk, "allows_uploads", lambda: next(room, False))
        answer = await patched(ada, location, 0, content)
        assert problem(answer) == (507, "server.disk_full")
    at = await offset_of(ada, location)
    assert 0 < at < len(content)
    assert (await patched(ada, location, at, content[at:])).status_code == 204
    file = (await ada.get(location.removesuffix("/upload"))).json()
    assert file["sha256"] == hashlib.sha256(content).hexdigest()


async def test_only_a_member_uploads_for_a_conversation(house: StorageHouse, ada: httpx2.AsyncClient) -> None:
    house.others.members.add(("ada", "mine"))
    location = await opened(ada, 1, **{"upload-metadata": said(conversation="mine")})
    assert (await ada.get(location.removesuffix("/upload"))).json()["conversation"] == "mine"
    for conversation in ("theirs", "../../x", "\x00", "c" * 500):
        headers = {**TUS, "upload-length": "1", "upload-metadata": said(conversation=conversation)}
        assert problem(await ada.post("/v1/files", headers=headers)) == (404, "chat.not_a_member")
    house.others.chat_away = True
    headers = {**TUS, "upload-length": "1", "upload-metadata": said(conversation="mine")}
    assert (await ada.post("/v1/files", headers=headers)).status_code == 503
    assert await quota(ada) == (0, 1)


async def test_a_part_is_stopped_and_kept_when_the_server_stops(tmp_path: Path) -> None:
    async with storage(tmp_path / "s") as house, house.client("ada") as ada:
        location = await opened(ada, 600_000)
        part = await begun(house, "ada", location, 0, b"x" * 100_000, 600_000)
        await house.running.drain()
        assert await part.status() == 503
    async with storage(tmp_path / "s") as house, house.client("ada") as ada:
        assert await offset_of(ada, location) == 100_000


async def test_who_comes_back_after_a_silence_takes_over_from_the_part_that_hangs(tmp_path: Path) -> None:
    clock = ManualClock()
    async with storage(tmp_path / "s", clock=clock) as house, house.client("ada") as ada:
        location = await opened(ada, 6)
        hanging = await begun(house, "ada", location, 0, b"abc", 6)
        clock.advance_s(10)
        assert await offset_of(ada, location) == 3
        assert await hanging.status() == 408
        assert (await patched(ada, location, 3, b"def")).status_code == 204
