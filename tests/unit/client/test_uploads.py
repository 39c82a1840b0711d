"""Uploads: on after a cut at any byte, bounded where nothing moves."""

import base64
from pathlib import Path

import pytest

from secureconnect.client import ConnectionLost, ServerFault
from secureconnect.contracts.errors import Code
from tests.fixtures.scripted_files import CONTENT, TusServer, client_of
from tests.fixtures.scripted_http import http_server

pytestmark = pytest.mark.anyio


async def test_an_upload_arrives_whole_in_parts_with_checksums() -> None:
    server = TusServer()
    told: list[tuple[int, int]] = []
    async with http_server(server) as url, client_of(url) as client:
        file = await client.files.upload(
            CONTENT, name="ä.bin", media_type="image/png", conversation="c", part_bytes=100_000,
            progress=lambda done, of: told.append((done, of)),
        )  # fmt: skip
    assert (file.complete, server.bytes) == (True, CONTENT)
    assert server.checksums == ["sha256"] * 3
    assert told == [(done, 300_000) for done in (0, 100_000, 200_000, 300_000)]
    made = server.heard[0].headers
    assert made["tus-resumable"] == "1.0.0"
    assert made["upload-metadata"] == (
        f"filename {base64.b64encode('ä.bin'.encode()).decode()},"
        f"filetype {base64.b64encode(b'image/png').decode()},conversation {base64.b64encode(b'c').decode()}"
    )


async def test_an_upload_goes_on_after_each_cut_from_where_the_server_stands() -> None:
    server = TusServer()
    server.cuts = [0, 1, 70_000, 99_999]
    async with http_server(server) as url, client_of(url) as client:
        await client.files.upload(CONTENT, name="n", part_bytes=100_000, checksum="sha1")
    assert server.bytes == CONTENT
    assert sum(heard.method == "HEAD" for heard in server.heard) == 5


async def test_an_upload_of_a_file_on_disk_is_read_from_there(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(CONTENT)
    server = TusServer()
    server.cuts = [5]
    async with http_server(server) as url, client_of(url) as client:
        await client.files.upload(path, name="n", part_bytes=200_000)
    assert server.bytes == CONTENT


@pytest.mark.parametrize(
    "code", [Code.STORAGE_CHECKSUM_MISMATCH, Code.STORAGE_UPLOAD_LOCKED, Code.UNAVAILABLE, Code.STORAGE_OFFSET_MISMATCH]
)
async def test_a_refusal_that_passes_is_followed_by_a_look_and_the_same_part(code: Code) -> None:
    server = TusServer()
    server.refusals = [code]
    async with http_server(server) as url, client_of(url) as client:
        await client.files.upload(CONTENT, name="n")
    assert server.bytes == CONTENT


@pytest.mark.parametrize("code", [Code.STORAGE_UPLOAD_GONE, Code.STORAGE_QUOTA_EXCEEDED])
async def test_a_refusal_for_good_is_told(code: Code) -> None:
    server = TusServer()
    server.refusals = [code]
    async with http_server(server) as url, client_of(url) as client:
        with pytest.raises(ServerFault) as caught:
            await client.files.upload(CONTENT, name="n")
    assert caught.value.code is code


async def test_an_upload_that_never_moves_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secureconnect.client.uploads.FRUITLESS_MAX", 3)
    server = TusServer()
    server.cuts = [0] * 50
    async with http_server(server) as url, client_of(url) as client:
        with pytest.raises(ConnectionLost):
            await client.files.upload(CONTENT, name="n")
    assert sum(heard.method == "PATCH" for heard in server.heard) == 3


async def test_an_upload_can_be_finished_by_another_process_and_ended() -> None:
    server = TusServer()
    async with http_server(server) as url, client_of(url) as client:
        begun = await client.files.begin(CONTENT, name="n")
        server.bytes = CONTENT[:1234]
        file = await client.files.resume(begun.location, CONTENT)
        assert (file.id, begun.file_id, server.bytes) == ("f1", "f1", CONTENT)
        await begun.cancel()
    assert server.heard[-1].method == "DELETE"
