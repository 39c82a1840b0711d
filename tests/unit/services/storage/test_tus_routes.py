"""Uploads over HTTP as tus 1.0 has them."""

import base64
import hashlib
from email.utils import parsedate_to_datetime

import httpx2
import pytest

from tests.fixtures.storage import LIMITS, TUS, StorageHouse, offset_of, opened, patched, problem, said, uploaded

pytestmark = pytest.mark.anyio
PART = "application/offset+octet-stream"


async def test_options_says_what_of_tus_is_spoken_to_anybody(house: StorageHouse) -> None:
    async with house.client(None) as nobody:
        for path in ("/v1/files", "/v1/files/any/upload"):
            answer = await nobody.options(path)
            assert answer.status_code == 204
            assert answer.headers["tus-version"] == "1.0.0"
            assert answer.headers["tus-max-size"] == str(LIMITS.file_bytes_max)
            assert answer.headers["tus-checksum-algorithm"] == "sha1,sha256"
            extensions = answer.headers["tus-extension"].split(",")
            assert extensions == ["creation", "creation-with-upload", "checksum", "expiration", "termination"]
        assert (await nobody.options("/v1/files/quota")).status_code == 204


async def test_every_answer_says_the_version_also_a_refusal(ada: httpx2.AsyncClient) -> None:
    location = await opened(ada, 3)
    answers = [
        await ada.head(location, headers=TUS),
        await patched(ada, location, 1, b"x"),
        await ada.head("/v1/files/none/upload", headers=TUS),
        await ada.post("/v1/files", headers=TUS),
        await ada.delete(location, headers=TUS),
    ]
    assert [answer.status_code for answer in answers] == [200, 409, 404, 400, 204]
    assert {answer.headers["tus-resumable"] for answer in answers} == {"1.0.0"}


async def test_another_version_is_412_with_ours_and_nothing_done(ada: httpx2.AsyncClient) -> None:
    location = await opened(ada, 3)
    for version in ({}, {"tus-resumable": "0.2.2"}):
        named = {**version, "content-type": PART, "upload-offset": "0", "upload-length": "3"}
        for answer in (
            await ada.post("/v1/files", headers=named),
            await ada.patch(location, content=b"abc", headers=named),
            await ada.delete(location, headers=named),
        ):
            assert problem(answer) == (412, "storage.tus_version")
            assert answer.headers["tus-version"] == "1.0.0"
        assert (await ada.head(location, headers=version)).status_code == 412
    assert await offset_of(ada, location) == 0


async def test_a_part_of_another_kind_is_415(ada: httpx2.AsyncClient) -> None:
    location = await opened(ada, 3)
    for kind in ("application/octet-stream", "text/plain", ""):
        answer = await patched(ada, location, 0, b"abc", **{"content-type": kind})
        assert problem(answer) == (415, "request.media_type_refused")
    answer = await ada.post("/v1/files", content=b"abc", headers={**TUS, "upload-length": "3"})
    assert problem(answer) == (415, "request.media_type_refused")


async def test_a_part_without_its_offset_or_with_an_unknown_checksum_is_400(ada: httpx2.AsyncClient) -> None:
    location = await opened(ada, 3)
    for offset in ("", "-1", "x"):
        answer = await patched(ada, location, 0, b"abc", **{"upload-offset": offset})
        assert problem(answer) == (400, "request.bad")
    answer = await patched(ada, location, 0, b"abc", **{"upload-checksum": "md5 AAAA"})
    assert problem(answer) == (400, "storage.checksum_unknown")


async def test_the_head_of_an_upload_says_length_offset_metadata_and_expiry(
    house: StorageHouse, ada: httpx2.AsyncClient
) -> None:
    metadata = said(filename="a.txt", note="kept")
    location = await opened(ada, 9, **{"upload-metadata": metadata})
    await patched(ada, location, 0, b"abc")
    answer = await ada.head(location, headers=TUS)
    assert answer.headers["upload-offset"] == "3"
    assert answer.headers["upload-length"] == "9"
    assert answer.headers["upload-metadata"] == metadata
    assert answer.headers["cache-control"] == "no-store"
    expires_ms = parsedate_to_datetime(answer.headers["upload-expires"]).timestamp() * 1000
    assert abs(expires_ms - house.clock.now_ms() - LIMITS.upload_expiry_s * 1000) < 10_000


async def test_a_creation_answers_a_path_and_the_file(ada: httpx2.AsyncClient) -> None:
    metadata = said(filename="Plan.PDF", filetype="application/pdf")
    answer = await ada.post("/v1/files", headers={**TUS, "upload-length": "9", "upload-metadata": metadata})
    file = answer.json()
    assert answer.headers["location"] == f"/v1/files/{file['id']}/upload"
    assert (file["name"], file["type"], file["size"], file["offset"]) == ("Plan.PDF", "application/pdf", 9, 0)


async def test_a_creation_may_bring_the_first_part_or_all(ada: httpx2.AsyncClient) -> None:
    for content, complete in ((b"abc", False), (b"abcdef", True), (b"", False)):
        named = {**TUS, "upload-length": "6", "content-type": PART}
        answer = await ada.post("/v1/files", content=content, headers=named)
        assert answer.status_code == 201
        assert answer.headers["upload-offset"] == str(len(content))
        assert answer.json()["complete"] is complete
        assert ("upload-expires" in answer.headers) is not complete


async def test_a_first_part_that_is_refused_says_where_its_upload_is(ada: httpx2.AsyncClient) -> None:
    wrong = base64.b64encode(hashlib.sha1(b"other", usedforsecurity=False).digest()).decode()
    named = {**TUS, "upload-length": "6", "content-type": PART, "upload-checksum": f"sha1 {wrong}"}
    answer = await ada.post("/v1/files", content=b"abc", headers=named)
    assert problem(answer) == (460, "storage.checksum_mismatch")
    assert await offset_of(ada, answer.headers["location"]) == 0


async def test_a_client_without_patch_and_delete_names_them_in_a_header(ada: httpx2.AsyncClient) -> None:
    location = await opened(ada, 6)
    named = {**TUS, "content-type": PART, "upload-offset": "0", "x-http-method-override": "PATCH"}
    answer = await ada.post(location, content=b"abc", headers=named)
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "3")
    assert (await ada.post(location, headers={**TUS, "x-http-method-override": "DELETE"})).status_code == 204
    assert problem(await ada.post(location, headers=TUS)) == (405, "request.method_not_allowed")
    assert (await ada.head(location, headers=TUS)).status_code == 410


EVIL_NAMES = [
    "../../../etc/passwd",
    "..\\..\\windows\\system32\\x.dll",
    "/absolute",
    "%2e%2e%2fx",
    "%252e%252e%252f",
    "nul\x00byte",
    "CON",
    "aux.txt",
    "\u202egpj.exe",
    "x" * 4096,
    'quote"; filename="other',
    "line\r\nSet-Cookie: a=b",
]


async def test_no_name_reaches_a_path_or_breaks_a_header(house: StorageHouse, ada: httpx2.AsyncClient) -> None:
    for name in EVIL_NAMES:
        file = await uploaded(ada, b"abc", **{"upload-metadata": said(filename=name)})
        answer = await ada.get(f"/v1/files/{file.id}/content")
        disposition = answer.headers["content-disposition"]
        assert disposition.startswith('attachment; filename="')
        assert "set-cookie" not in answer.headers
        assert not set(disposition) & set("/\\\r\n\x00")
        assert len(file.name) <= 255
    under = [path for path in house.blob_root.parent.rglob("*") if path.is_file() and "storage.db" not in path.name]
    assert len(under) == 2 * len(EVIL_NAMES)
    assert all(path.is_relative_to(house.blob_root) and path.stem.count("-") == 4 for path in under)
