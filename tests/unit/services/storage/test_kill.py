"""Uploads whose server is killed in the middle."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from tests.fixtures.storage import offset_of, opened, patched
from tests.fixtures.storage_process import storage_process

pytestmark = pytest.mark.anyio
SIZE = 3 << 20


async def finished(http: httpx2.AsyncClient, location: str, content: bytes) -> bool:
    """Go on from where the server stands to the end; whether the file has exactly these bytes."""
    at = await offset_of(http, location)
    if at < len(content):
        assert (await patched(http, location, at, content[at:])).status_code == 204
    file = (await http.get(location.removesuffix("/upload"))).json()
    quota = (await http.get("/v1/files/quota")).json()
    assert (quota["used_bytes"], quota["reserved_bytes"]) == (len(content), 0)
    return file["sha256"] == hashlib.sha256(content).hexdigest()


async def endless(content: bytes, sent: asyncio.Event) -> AsyncIterator[bytes]:
    """Bytes in small pieces, then silence."""
    for at in range(0, len(content), 65_536):
        yield content[at : at + 65_536]
    sent.set()
    await asyncio.Event().wait()


async def test_an_upload_goes_on_after_the_server_was_killed_amid_a_part(tmp_path: Path) -> None:
    content = os.urandom(SIZE)
    async with storage_process(tmp_path / "s") as first, first.client() as http:
        location = await opened(http, SIZE)
        assert (await patched(http, location, 0, content[:1000])).status_code == 204
        sent = asyncio.Event()
        part = asyncio.create_task(patched(http, location, 1000, endless(content[1000:-1], sent)))
        await sent.wait()
        await first.kill()
        part.cancel()
        await asyncio.gather(part, return_exceptions=True)
    async with storage_process(tmp_path / "s") as second, second.client() as http:
        assert await offset_of(http, location) >= 1000
        assert await finished(http, location, content)


@pytest.mark.parametrize(
    ("crash_at", "least"),
    [("storage.before_offset:2", 1000), ("storage.after_offset:2", SIZE), ("blobs.after_sync:2", 1000)],
)
async def test_what_was_answered_stands_wherever_the_server_dies(tmp_path: Path, crash_at: str, least: int) -> None:
    content = os.urandom(SIZE)
    async with storage_process(tmp_path / "s", crash_at) as first, first.client() as http:
        location = await opened(http, SIZE)
        assert (await patched(http, location, 0, content[:1000])).status_code == 204
        with pytest.raises(httpx2.TransportError):
            await patched(http, location, 1000, content[1000:])
        assert await first.died() == 137
    async with storage_process(tmp_path / "s") as second, second.client() as http:
        assert await offset_of(http, location) >= least
        assert await finished(http, location, content)


@pytest.mark.parametrize("crash_at", ["blobs.before_finish", "blobs.after_finish"])
async def test_a_file_whose_completion_was_cut_is_completed_by_looking_at_it(tmp_path: Path, crash_at: str) -> None:
    content = os.urandom(SIZE)
    async with storage_process(tmp_path / "s", crash_at) as first, first.client() as http:
        location = await opened(http, SIZE)
        with pytest.raises(httpx2.TransportError):
            await patched(http, location, 0, content)
        assert await first.died() == 137
    async with storage_process(tmp_path / "s") as second, second.client() as http:
        assert await offset_of(http, location) == SIZE
        assert await finished(http, location, content)
