"""File content over HTTP."""

import hashlib
import os

import httpx2
import pytest

from tests.fixtures.storage import TUS, StorageHouse, problem, said, uploaded

pytestmark = pytest.mark.anyio
CONTENT = os.urandom(700_000)


async def test_content_comes_with_its_hash_and_headers_that_keep_it_harmless(ada: httpx2.AsyncClient) -> None:
    file = await uploaded(ada, CONTENT, **{"upload-metadata": said(filename="../ü.html", filetype="text/html")})
    answer = await ada.get(f"/v1/files/{file.id}/content")
    assert (answer.status_code, answer.content) == (200, CONTENT)
    headers = answer.headers
    assert headers["etag"] == f'"{hashlib.sha256(CONTENT).hexdigest()}"'
    assert headers["content-type"] == "application/octet-stream"
    assert headers[
        "content-disposition"
    ] == "attachment; filename=\".._.html\"; filename*=UTF-8''.._%C3%BC.html".replace(".._.html", ".._" + "_.html")
    assert headers["content-security-policy"] == "sandbox"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "private, no-cache"
    assert headers["content-length"] == "700000"
    assert len(headers.get_list("x-content-type-options")) == len(headers.get_list("cache-control")) == 1


async def test_the_head_of_content_is_its_headers(ada: httpx2.AsyncClient) -> None:
    file = await uploaded(ada, CONTENT)
    path = f"/v1/files/{file.id}/content"
    got, head = await ada.get(path), await ada.head(path, headers={"range": "bytes=0-1"})
    assert (head.status_code, head.content) == (200, b"")
    different = {"x-request-id", "date"}
    assert {k: v for k, v in head.headers.items() if k not in different} == {
        k: v for k, v in got.headers.items() if k not in different
    }


@pytest.mark.parametrize(
    ("asked", "first", "end"),
    [("bytes=0-0", 0, 1), ("bytes=262143-262144", 262_143, 262_145), ("bytes=699990-", 699_990, 700_000)],
)
async def test_a_range_is_exactly_its_bytes(ada: httpx2.AsyncClient, asked: str, first: int, end: int) -> None:
    file = await uploaded(ada, CONTENT)
    answer = await ada.get(f"/v1/files/{file.id}/content", headers={"range": asked})
    assert (answer.status_code, answer.content) == (206, CONTENT[first:end])
    assert answer.headers["content-range"] == f"bytes {first}-{end - 1}/700000"
    assert answer.headers["content-length"] == str(end - first)


async def test_a_range_outside_is_416_with_the_size(ada: httpx2.AsyncClient) -> None:
    file = await uploaded(ada, b"abc")
    answer = await ada.get(f"/v1/files/{file.id}/content", headers={"range": "bytes=3-"})
    assert problem(answer) == (416, "request.range_not_satisfiable")
    assert answer.headers["content-range"] == "bytes */3"


async def test_a_range_goes_on_only_in_the_same_version(ada: httpx2.AsyncClient) -> None:
    file = await uploaded(ada, b"abcdef")
    path = f"/v1/files/{file.id}/content"
    same = await ada.get(path, headers={"range": "bytes=2-", "if-range": f'"{file.sha256}"'})
    assert (same.status_code, same.content) == (206, b"cdef")
    other = await ada.get(path, headers={"range": "bytes=2-", "if-range": '"other"'})
    assert (other.status_code, other.content) == (200, b"abcdef")


async def test_who_has_it_already_gets_no_bytes_but_may_read_no_longer_than_before(
    house: StorageHouse, ada: httpx2.AsyncClient, bob: httpx2.AsyncClient
) -> None:
    file = await uploaded(ada, b"abc")
    path, known = f"/v1/files/{file.id}/content", {"if-none-match": f'"{file.sha256}"'}
    house.others.readers.add(("bob", file.id))
    for answer in (await bob.get(path, headers=known), await bob.head(path, headers=known)):
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == f'"{file.sha256}"'
    house.others.readers.clear()
    assert problem(await bob.get(path, headers=known)) == (404, "storage.file_not_found")


async def test_the_content_cookie_opens_content_and_nothing_else(house: StorageHouse, ada: httpx2.AsyncClient) -> None:
    file = await uploaded(ada, b"abc")
    token = house.others.token("ada", house.clock, "content+jwt")
    async with house.client(None, cookie=f"secureconnect-content={token}") as browser:
        assert (await browser.get(f"/v1/files/{file.id}/content")).content == b"abc"
        for path in (f"/v1/files/{file.id}", "/v1/files/quota"):
            assert problem(await browser.get(path)) == (401, "request.unauthenticated")


async def test_nobody_gets_anything_without_signing_in(house: StorageHouse, ada: httpx2.AsyncClient) -> None:
    file = await uploaded(ada, b"abc")
    async with house.client(None) as nobody:
        asked = [
            nobody.get("/v1/files/quota"),
            nobody.get(f"/v1/files/{file.id}"),
            nobody.get(f"/v1/files/{file.id}/content"),
            nobody.delete(f"/v1/files/{file.id}"),
            nobody.post(f"/v1/files/{file.id}/copy", json={"conversation": "c"}),
            nobody.post("/v1/files", headers={**TUS, "upload-length": "1"}),
            nobody.patch(f"/v1/files/{file.id}/upload", headers=TUS),
            nobody.delete(f"/v1/files/{file.id}/upload", headers=TUS),
        ]
        assert {problem(await each) for each in asked} == {(401, "request.unauthenticated")}
        assert (await nobody.head(f"/v1/files/{file.id}/content")).status_code == 401
    assert (await ada.get(f"/v1/files/{file.id}")).status_code == 200


async def test_the_quota_says_used_reserved_and_limit(ada: httpx2.AsyncClient) -> None:
    await uploaded(ada, b"abc")
    await ada.post("/v1/files", headers={**TUS, "upload-length": "5"})
    answer = await ada.get("/v1/files/quota")
    assert answer.json() == {"used_bytes": 3, "reserved_bytes": 5, "limit_bytes": 100 << 20}
