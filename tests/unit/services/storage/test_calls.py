"""What other services ask of storage."""

import httpx2
import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import (
    STORAGE_FILES_USABLE,
    STORAGE_FORGET,
    STORAGE_PICTURE,
    STORAGE_PICTURE_END,
    STORAGE_USAGE,
    AccountOnly,
    FilesUsableAsk,
    Nothing,
    PictureAsk,
)
from tests.fixtures.storage import TUS, StorageHouse, opened, patched, problem, said, uploaded

pytestmark = pytest.mark.anyio


async def test_chat_learns_which_files_may_be_attached(house: StorageHouse, ada: httpx2.AsyncClient) -> None:
    house.others.members.update({("ada", "c"), ("ada", "d")})
    for_c = {"upload-metadata": said(conversation="c", filename="a.txt")}
    usable = await uploaded(ada, b"abc", **for_c)
    under_way = (await opened(ada, 3, **for_c)).split("/")[3]
    elsewhere = await uploaded(ada, b"abc", **{"upload-metadata": said(conversation="d")})
    nowhere = await uploaded(ada, b"abc")
    copy = (await ada.post(f"/v1/files/{nowhere.id}/copy", json={"conversation": "c"})).json()["id"]
    asked = [copy, usable.id, under_way, elsewhere.id, nowhere.id, "none"]
    reply = await house.chat.ask(STORAGE_FILES_USABLE, FilesUsableAsk("ada", "c", asked))
    assert [file.id for file in reply.files] == [copy, usable.id]
    assert reply.files[1] == usable
    assert (await house.chat.ask(STORAGE_FILES_USABLE, FilesUsableAsk("bob", "c", asked))).files == []
    assert (await house.chat.ask(STORAGE_FILES_USABLE, FilesUsableAsk("ada", "c", []))).files == []


async def test_a_picture_replaces_the_earlier_one(house: StorageHouse, bob: httpx2.AsyncClient) -> None:
    pictures = [
        (await house.auth.ask(STORAGE_PICTURE, PictureAsk("ada", content, "image/webp"))).file
        for content in (b"one", b"two")
    ]
    assert (await bob.get(f"/v1/files/{pictures[1]}/content")).content == b"two"
    assert problem(await bob.get(f"/v1/files/{pictures[0]}")) == (404, "storage.file_not_found")
    for _ in range(2):
        await house.auth.ask(STORAGE_PICTURE_END, AccountOnly("ada"))
    assert problem(await bob.get(f"/v1/files/{pictures[1]}")) == (404, "storage.file_not_found")
    await house.sweep.turn()
    assert await house.blobs.keys(None, 10) == []


async def test_all_of_a_closed_account_goes_and_nothing_of_others(
    house: StorageHouse, ada: httpx2.AsyncClient, bob: httpx2.AsyncClient
) -> None:
    house.others.members.add(("bob", "c"))
    file = await uploaded(ada, b"abc")
    house.others.readers.add(("bob", file.id))
    copy = (await bob.post(f"/v1/files/{file.id}/copy", json={"conversation": "c"})).json()["id"]
    location = await opened(ada, 9)
    await patched(ada, location, 0, b"abc")
    await house.auth.ask(STORAGE_PICTURE, PictureAsk("ada", b"picture", "image/webp"))
    for _ in range(2):
        await house.auth.ask(STORAGE_FORGET, AccountOnly("ada"))
    assert problem(await bob.get(f"/v1/files/{file.id}")) == (404, "storage.file_not_found")
    assert (await ada.head(location, headers=TUS)).status_code == 404
    assert (await ada.get("/v1/files/quota")).json()["reserved_bytes"] == 0
    assert (await bob.get(f"/v1/files/{copy}/content")).content == b"abc"
    await house.sweep.turn()
    assert len(await house.blobs.keys(None, 10)) == 1


async def test_usage_counts_shared_bytes_once(house: StorageHouse, ada: httpx2.AsyncClient) -> None:
    house.others.members.add(("ada", "c"))
    file = await uploaded(ada, b"abc")
    await ada.post(f"/v1/files/{file.id}/copy", json={"conversation": "c"})
    reply = await house.auth.ask(STORAGE_USAGE, Nothing())
    assert (reply.used_bytes, reply.files) == (3, 2)


async def test_only_those_who_may_ask_are_answered(house: StorageHouse) -> None:
    with pytest.raises(Fault) as caught:
        await house.chat.ask(STORAGE_FORGET, AccountOnly("ada"))
    assert caught.value.code is Code.FORBIDDEN
