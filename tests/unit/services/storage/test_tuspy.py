"""Another's tus client, tuspy, against the running service."""

import asyncio
import hashlib
import io
import os

import pytest
from tusclient.client import TusClient
from tusclient.uploader.uploader import Uploader

from tests.fixtures.storage import StorageHouse

pytestmark = pytest.mark.anyio


def uploader(house: StorageHouse, content: bytes, url: str | None = None) -> Uploader:
    """An uploader with checksums, in parts of 700 kB."""
    client = TusClient(f"{house.url}/v1/files", headers=house.bearer("ada"))
    metadata = {"filename": "tuspy.bin", "filetype": "application/x-tuspy"}
    stream = io.BytesIO(content)
    return client.uploader(file_stream=stream, chunk_size=700_000, metadata=metadata, url=url, upload_checksum=True)


async def test_tuspy_uploads_and_goes_on_where_it_stood(house: StorageHouse) -> None:
    content = os.urandom(3_000_001)
    first = await asyncio.to_thread(uploader, house, content)
    await asyncio.to_thread(first.upload, 1_500_000)
    again = await asyncio.to_thread(uploader, house, content, first.url)
    assert 0 < again.offset < len(content)
    await asyncio.to_thread(again.upload)
    async with house.client("ada") as ada:
        file = (await ada.get(f"/v1/files/{str(first.url).split('/')[-2]}")).json()
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    assert (file["name"], file["type"], file["complete"]) == ("tuspy.bin", "application/x-tuspy", True)


async def test_tuspy_uploads_a_file_of_no_bytes(house: StorageHouse) -> None:
    sender = await asyncio.to_thread(uploader, house, b"")
    await asyncio.to_thread(sender.upload)
    async with house.client("ada") as ada:
        assert (await ada.get(f"/v1/files/{str(sender.url).split('/')[-2]}")).json()["complete"]
