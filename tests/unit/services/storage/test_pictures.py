"""Profile pictures."""

import hashlib

import httpx2
import pytest

from secureconnect.contracts.peers import STORAGE_PICTURE, PictureAsk
from tests.fixtures.storage import StorageHouse

pytestmark = pytest.mark.anyio


async def test_a_picture_is_a_finished_file_outside_of_the_quota(house: StorageHouse, ada: httpx2.AsyncClient) -> None:
    file = (await house.auth.ask(STORAGE_PICTURE, PictureAsk("ada", b"picture", "image/webp"))).file
    answer = (await ada.get(f"/v1/files/{file}")).json()
    assert (answer["complete"], answer["size"], answer["type"]) == (True, 7, "image/webp")
    assert answer["sha256"] == hashlib.sha256(b"picture").hexdigest()
    assert answer["conversation"] is None
    assert (await ada.get("/v1/files/quota")).json()["used_bytes"] == 0


async def test_a_picture_of_a_kind_that_is_no_media_type_is_octets(
    house: StorageHouse, bob: httpx2.AsyncClient
) -> None:
    file = (await house.auth.ask(STORAGE_PICTURE, PictureAsk("ada", b"x", "image/svg+xml; a"))).file
    assert (await bob.get(f"/v1/files/{file}/content")).headers["content-type"] == "application/octet-stream"
