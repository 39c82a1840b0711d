"""Files: uploads and downloads that go on after a cut at any byte, and are checked."""

import base64
import hashlib
import random
from pathlib import Path

import pytest
from msgspec import json

from secureconnect.client import AnswerUnreadable, Client, ConnectionLost, ServerFault, Session
from secureconnect.contracts.errors import Code, Problem
from secureconnect.contracts.storage import FileAnswer
from tests.fixtures.scripted_chat import tokens
from tests.fixtures.scripted_http import CUT, Heard, Told, http_server

pytestmark = pytest.mark.anyio
CONTENT = random.Random(3).randbytes(300_000)


def client_of(url: str) -> Client:
    return Client(url, session=Session(tokens(), 2**52), rng=random.Random(1))


def problem(code: Code) -> Told:
    return Told(code.status, json.encode(Problem("about:blank", code.wire, code.title, code.status, "r")))


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


class TusServer:
    """One upload by tus 1.0, cut and damaged as the test says."""

    def __init__(self) -> None:
        self.bytes = b""
        self.length = -1
        self.cuts: list[int] = []
        """For each part, in turn, how many bytes of it arrive before the connection is cut."""
        self.refusals: list[Code] = []
        self.heard: list[Heard] = []
        self.checksums: list[str] = []

    async def __call__(self, heard: Heard) -> Told:
        self.heard.append(heard)
        match heard.method, heard.path:
            case "POST", "/v1/files":
                self.length = int(heard.headers["upload-length"])
                return Told(201, headers={"location": "/v1/files/f1/upload"})
            case "HEAD", "/v1/files/f1/upload":
                return Told(200, headers={"upload-offset": str(len(self.bytes))})
            case "PATCH", "/v1/files/f1/upload":
                return await self._part(heard)
            case "DELETE", "/v1/files/f1/upload":
                return Told(204)
            case "GET", "/v1/files/f1":
                return Told(200, json.encode(file_of(self.bytes, self.length)))
            case _:
                return problem(Code.NOT_FOUND)

    async def _part(self, heard: Heard) -> Told:
        if heard.headers["upload-offset"] != str(len(self.bytes)):
            return problem(Code.STORAGE_OFFSET_MISMATCH)
        if self.cuts:
            self.bytes += await heard.read_body(self.cuts.pop(0))
            return CUT
        part = await heard.read_body()
        if self.refusals:
            return problem(self.refusals.pop(0))
        if "upload-checksum" in heard.headers:
            algorithm, digest = heard.headers["upload-checksum"].split(" ")
            self.checksums.append(algorithm)
            assert base64.b64decode(digest) == hashlib.new(algorithm, part).digest()
        self.bytes += part
        return Told(204, headers={"upload-offset": str(len(self.bytes))})


def file_of(content: bytes, size: int) -> FileAnswer:
    digest = hashlib.sha256(content).hexdigest()
    return FileAnswer("f1", "n", "t", size, len(content), len(content) == size, digest, None, 0, None)


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


class Store:
    """A finished file, whose content is cut so often as the test says."""

    def __init__(self, content: bytes = CONTENT) -> None:
        self.content = content
        self.cuts: list[int] = []
        self.ranges: list[str | None] = []
        self.ranged = True

    async def __call__(self, heard: Heard) -> Told:
        if not heard.path.endswith("/content"):
            return Told(200, json.encode(file_of(CONTENT, len(CONTENT))))
        asked = heard.headers.get("range") if self.ranged else None
        self.ranges.append(asked)
        first, last = 0, len(self.content) - 1
        if asked is not None:
            begin, _, end = asked.removeprefix("bytes=").partition("-")
            first, last = int(begin), int(end) if end else last
        cut = self.cuts.pop(0) if self.cuts else None
        return Told(200 if asked is None else 206, self.content[first : last + 1], cut_after=cut)


async def test_a_download_goes_on_by_range_and_stands_there_only_when_whole(tmp_path: Path) -> None:
    store = Store()
    store.cuts = [100_000, 0, 50_000]
    told: list[int] = []
    async with http_server(store) as url, client_of(url) as client:
        await client.files.save("f1", tmp_path / "out", progress=lambda done, _: told.append(done))
    assert (tmp_path / "out").read_bytes() == CONTENT
    assert store.ranges == [None, "bytes=100000-", "bytes=100000-", "bytes=150000-"]
    assert told[-1] == len(CONTENT)
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("content", [CONTENT[:-1] + b"x", CONTENT + b"x", CONTENT[:-1] + b"xy"])
async def test_a_download_of_other_bytes_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    async with http_server(Store(content)) as url, client_of(url) as client:
        with pytest.raises(AnswerUnreadable):
            await client.files.save("f1", tmp_path / "out")
    assert names(tmp_path) == []


async def test_a_part_of_a_file_is_read_alone() -> None:
    store = Store()
    async with http_server(store) as url, client_of(url) as client:
        assert await client.files.content("f1", first=5, last=9) == CONTENT[5:10]
        assert await client.files.content("f1", first=299_990) == CONTENT[299_990:]
        assert await client.files.content("f1") == CONTENT
        store.ranged = False
        assert await client.files.content("f1", first=5, last=9) == CONTENT[5:10]
