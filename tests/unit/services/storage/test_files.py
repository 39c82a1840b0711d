"""Finished files: who may read them, copies, and their end."""

import asyncio
from dataclasses import replace
from pathlib import Path

import httpx2
import msgspec
import pytest

from secureconnect.backends.blobs.folder import SEALED, BlobFolder
from secureconnect.contracts.peers import STORAGE_PICTURE, PictureAsk
from secureconnect.contracts.storage import FileAnswer
from secureconnect.services.storage.store import files as rows
from tests.fixtures.blobs import flip
from tests.fixtures.storage import LIMITS, StorageHouse, opened, patched, problem, storage, uploaded

pytestmark = pytest.mark.anyio
NOT_FOUND = (404, "storage.file_not_found")


async def copied(http: httpx2.AsyncClient, file: str, conversation: str) -> FileAnswer:
    answer = await http.post(f"/v1/files/{file}/copy", json={"conversation": conversation})
    assert answer.status_code == 201, answer.text
    return msgspec.json.decode(answer.content, type=FileAnswer)


async def blob_path(house: StorageHouse, file: str) -> Path:
    record = await house.sql.read(rows.get, file)
    assert record is not None
    return BlobFolder(house.blob_root).path(record.blob, SEALED)


async def test_a_file_is_read_by_its_owner_and_by_those_who_may_read_a_message_that_carries_it(
    house: StorageHouse, ada: httpx2.AsyncClient, bob: httpx2.AsyncClient
) -> None:
    file = await uploaded(ada, b"abc")
    paths = (f"/v1/files/{file.id}", f"/v1/files/{file.id}/content")
    for path in paths:
        assert problem(await bob.get(path)) == NOT_FOUND
        assert (await ada.get(path)).status_code == 200
    house.others.readers.add(("bob", file.id))
    for path in paths:
        assert (await bob.get(path)).status_code == 200
    house.others.readers.clear()
    for path in paths:
        assert problem(await bob.get(path)) == NOT_FOUND


async def test_what_one_may_not_see_answers_like_what_is_not_there(
    ada: httpx2.AsyncClient, bob: httpx2.AsyncClient
) -> None:
    hidden, absent = (await uploaded(ada, b"abc")).id, "01a20404-0000-7000-8000-000000000000"
    for end in ("", "/content"):
        answers = [await bob.get(f"/v1/files/{file}{end}") for file in (hidden, absent)]
        bodies = [{**answer.json(), "request_id": ""} for answer in answers]
        assert bodies[0] == bodies[1]
        names = [sorted(answer.headers) for answer in answers]
        assert names[0] == names[1]
    assert problem(await bob.delete(f"/v1/files/{hidden}")) == NOT_FOUND
    assert problem(await bob.post(f"/v1/files/{hidden}/copy", json={"conversation": "c"})) == NOT_FOUND


async def test_an_upload_under_way_is_seen_by_its_owner_alone(
    house: StorageHouse, ada: httpx2.AsyncClient, bob: httpx2.AsyncClient
) -> None:
    location = await opened(ada, 3)
    file = location.split("/")[3]
    house.others.readers.add(("bob", file))
    assert (await ada.get(f"/v1/files/{file}")).json()["complete"] is False
    assert problem(await ada.get(f"/v1/files/{file}/content")) == (409, "storage.incomplete")
    assert problem(await bob.get(f"/v1/files/{file}")) == NOT_FOUND
    assert problem(await ada.delete(f"/v1/files/{file}")) == NOT_FOUND
    assert (await patched(ada, location, 0, b"abc")).status_code == 204


async def test_nobody_reads_while_chat_cannot_say_who_may(
    house: StorageHouse, ada: httpx2.AsyncClient, bob: httpx2.AsyncClient
) -> None:
    file = await uploaded(ada, b"abc")
    house.others.chat_away = True
    assert problem(await bob.get(f"/v1/files/{file.id}")) == (503, "server.unavailable")
    assert (await ada.get(f"/v1/files/{file.id}/content")).content == b"abc"


async def test_a_copy_shares_the_bytes_which_go_with_the_last_of_them(
    house: StorageHouse, ada: httpx2.AsyncClient, bob: httpx2.AsyncClient
) -> None:
    file = await uploaded(ada, b"abc")
    house.others.readers.add(("bob", file.id))
    house.others.members.add(("bob", "theirs"))
    copy = await copied(bob, file.id, "theirs")
    assert (copy.conversation, copy.sha256, copy.complete) == ("theirs", file.sha256, True)
    assert copy.id != file.id
    assert len(await house.blobs.keys(None, 10)) == 1
    assert (await bob.get("/v1/files/quota")).json()["used_bytes"] == 3
    assert (await ada.delete(f"/v1/files/{file.id}")).status_code == 204
    assert problem(await ada.get(f"/v1/files/{file.id}")) == NOT_FOUND
    assert (await bob.get(f"/v1/files/{copy.id}/content")).content == b"abc"
    assert (await bob.delete(f"/v1/files/{copy.id}")).status_code == 204
    assert await house.blobs.keys(None, 10) == []
    for http in (ada, bob):
        assert (await http.get("/v1/files/quota")).json()["used_bytes"] == 0


async def test_a_copy_needs_membership_there_and_room(tmp_path: Path) -> None:
    async with storage(tmp_path / "s", limits=replace(LIMITS, quota_bytes=5)) as house, house.client("ada") as ada:
        house.others.members.add(("ada", "mine"))
        file = await uploaded(ada, b"abc")
        path = f"/v1/files/{file.id}/copy"
        assert problem(await ada.post(path, json={"conversation": "theirs"})) == (404, "chat.not_a_member")
        assert problem(await ada.post(path, json={"conversation": "mine"})) == (413, "storage.quota_exceeded")
        assert problem(await ada.post(path, json={"conversation": "mine", "x": 1})) == (422, "request.invalid")


async def test_the_same_copy_asked_for_twice_with_a_key_is_made_once(
    house: StorageHouse, ada: httpx2.AsyncClient
) -> None:
    house.others.members.add(("ada", "mine"))
    file = await uploaded(ada, b"abc")
    ask, key = {"conversation": "mine"}, {"idempotency-key": "k1"}
    answers = [await ada.post(f"/v1/files/{file.id}/copy", json=ask, headers=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert (await ada.get("/v1/files/quota")).json()["used_bytes"] == 6


async def test_two_deletions_at_once_are_one(ada: httpx2.AsyncClient) -> None:
    file = await uploaded(ada, b"abc")
    answers = await asyncio.gather(*(ada.delete(f"/v1/files/{file.id}") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [204, 404, 404, 404]
    assert (await ada.get("/v1/files/quota")).json()["used_bytes"] == 0


async def test_damaged_bytes_are_never_given_out_and_are_told_loudly(
    house: StorageHouse, ada: httpx2.AsyncClient
) -> None:
    file = await uploaded(ada, bytes(600_000))
    path = await blob_path(house, file.id)
    flip(path, 10)
    assert problem(await ada.get(f"/v1/files/{file.id}/content")) == (500, "storage.damaged")
    rest = await ada.get(f"/v1/files/{file.id}/content", headers={"range": "bytes=300000-300009"})
    assert rest.content == bytes(10)
    path.unlink()
    assert problem(await ada.get(f"/v1/files/{file.id}/content")) == (500, "storage.damaged")
    assert house.figure("secureconnect_storage_damaged_total") == 2


async def test_an_answer_breaks_off_where_damage_shows(house: StorageHouse, ada: httpx2.AsyncClient) -> None:
    file = await uploaded(ada, bytes(3_000_000))
    flip(await blob_path(house, file.id), 2_900_000)
    with pytest.raises(httpx2.RemoteProtocolError):
        await ada.get(f"/v1/files/{file.id}/content")
    assert house.figure("secureconnect_storage_sent_bytes_total") < 2_900_000
    assert house.figure("secureconnect_storage_damaged_total") == 1


async def test_a_profile_picture_is_read_by_everyone_and_taken_away_by_its_profile_alone(
    house: StorageHouse, ada: httpx2.AsyncClient, bob: httpx2.AsyncClient
) -> None:
    picture = (await house.auth.ask(STORAGE_PICTURE, PictureAsk("ada", b"webp", "image/webp"))).file
    answer = await bob.get(f"/v1/files/{picture}/content")
    assert (answer.content, answer.headers["content-type"]) == (b"webp", "image/webp")
    assert problem(await ada.delete(f"/v1/files/{picture}")) == (409, "request.conflict")
    assert problem(await bob.delete(f"/v1/files/{picture}")) == NOT_FOUND
