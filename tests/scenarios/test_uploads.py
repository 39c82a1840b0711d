"""Uploads: cut and gone on with, checked, bounded, ended; and the room that they take."""

import asyncio
import base64
import hashlib
from collections.abc import Generator
from pathlib import Path

import pytest

from secureconnect.client import Client
from secureconnect.client.uploads import metadata
from secureconnect.contracts.errors import Code
from secureconnect.contracts.storage import QuotaAnswer
from tests.fixtures.cutting import Relay
from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import Persons
from tests.fixtures.scenes import eventually, raw, refusal, refused

pytestmark = pytest.mark.anyio

TUS = {"tus-resumable": "1.0.0"}
PART = {**TUS, "content-type": "application/offset+octet-stream"}
KIB = 1024


async def room(person: Client) -> tuple[int, int]:
    """What is used and what is reserved, in bytes."""
    quota: QuotaAnswer = await person.files.quota()
    return quota.used_bytes, quota.reserved_bytes


def opening(length: int, **values: str) -> dict[str, str]:
    """The headers that open an upload."""
    return {**TUS, "upload-length": str(length), "upload-metadata": metadata({"filename": "f", **values})}


async def test_an_upload_goes_on_after_every_cut_and_is_whole_in_the_end(deployment: Deployment) -> None:
    data = bytes(range(251)) * 4_000
    told: list[tuple[int, int]] = []
    async with Relay(deployment.ports.public["gateway"]) as relay, Persons(relay.url) as persons:
        anna = await persons.sign_up("anna")
        relay.carried_bytes_max = 300_000
        file = await anna.files.upload(
            data, name="large", part_bytes=1_000_000, progress=lambda done, size: told.append((done, size))
        )
        assert relay.cuts >= 3
        relay.carried_bytes_max = None
        assert file.sha256 == hashlib.sha256(data).hexdigest()
        assert await anna.files.content(file.id) == data
        assert await room(anna) == (len(data), 0)
    steps = [done for done, _ in told]
    assert steps == sorted(steps)
    assert told[-1] == (len(data), len(data))


async def test_an_upload_is_gone_on_with_by_another_start_of_the_program(persons: Persons, tmp_path: Path) -> None:
    anna = await persons.sign_up("anna")
    source = tmp_path / "source"
    source.write_bytes(b"0123456789" * 10_000)
    upload = await anna.files.begin(source, name="numbers.txt", media_type="text/plain")
    async with raw(anna) as http:
        part = await http.patch(upload.location, content=b"0123456789" * 10, headers={**PART, "upload-offset": "0"})
        assert (part.status_code, part.headers["upload-offset"]) == (204, "100")
    phone = await persons.another_device(anna)
    file = await phone.files.resume(upload.location, source)
    assert (file.name, file.size, file.complete) == ("numbers.txt", 100_000, True)
    saved = tmp_path / "saved"
    await anna.files.save(file.id, saved)
    assert saved.read_bytes() == source.read_bytes()


async def test_tus_is_spoken_as_its_specification_says(persons: Persons) -> None:
    anna = await persons.sign_up("anna")
    group = await anna.conversations.group("Tus")
    async with raw(anna) as http:
        options = await http.options("/v1/files")
        assert options.status_code == 204
        assert options.headers["tus-version"] == "1.0.0"
        extensions = set(options.headers["tus-extension"].split(","))
        assert extensions == {"creation", "creation-with-upload", "checksum", "expiration", "termination"}
        assert {"sha1", "sha256"} <= set(options.headers["tus-checksum-algorithm"].split(","))
        assert int(options.headers["tus-max-size"]) > 0
        made = await http.post("/v1/files", headers=opening(10, conversation=group.id, filetype="text/plain"))
        assert (made.status_code, made.headers["tus-resumable"]) == (201, "1.0.0")
        where = made.headers["location"]
        assert where == f"/v1/files/{made.json()['id']}/upload"
        assert "upload-expires" in made.headers
        head = await http.head(where, headers=TUS)
        assert (head.status_code, head.headers["upload-offset"], head.headers["upload-length"]) == (200, "0", "10")
        assert head.headers["cache-control"] == "no-store"
        first = await http.patch(where, content=b"01234", headers={**PART, "upload-offset": "0"})
        assert (first.status_code, first.headers["upload-offset"]) == (204, "5")
        again = await http.patch(where, content=b"01234", headers={**PART, "upload-offset": "0"})
        assert (again.status_code, again.json()["code"]) == (409, "storage.offset_mismatch")
        beyond = await http.patch(where, content=b"0123456", headers={**PART, "upload-offset": "5"})
        assert beyond.status_code == 413
        old = await http.patch(where, content=b"5", headers={**PART, "tus-resumable": "0.2.2", "upload-offset": "5"})
        assert (old.status_code, old.headers["tus-version"]) == (412, "1.0.0")
        typed = await http.patch(where, content=b"5", headers={**TUS, "upload-offset": "5"})
        assert typed.status_code == 415
        assert (await http.get(f"/v1/files/{made.json()['id']}/content")).status_code == 409
        last = await http.patch(where, content=b"56789", headers={**PART, "upload-offset": "5"})
        assert (last.status_code, last.headers["upload-offset"]) == (204, "10")
        assert (await http.get(f"/v1/files/{made.json()['id']}/content")).content == b"0123456789"
        whole = await http.post("/v1/files", content=b"at once", headers={**opening(7), **PART})
        assert (whole.status_code, whole.headers["upload-offset"], whole.json()["complete"]) == (201, "7", True)
        empty = await http.post("/v1/files", headers=opening(0))
        assert (empty.status_code, empty.json()["complete"]) == (201, True)


async def test_a_part_with_a_wrong_checksum_leaves_nothing_behind(persons: Persons) -> None:
    anna = await persons.sign_up("anna")
    upload = await anna.files.begin(b"0123456789", name="f")

    def part(algorithm: str, data: bytes, offset: int = 0) -> dict[str, str]:
        digest = base64.b64encode(hashlib.new(algorithm, data).digest()).decode()
        return {**PART, "upload-offset": str(offset), "upload-checksum": f"{algorithm} {digest}"}

    async with raw(anna) as http:
        for algorithm in ("sha1", "sha256"):
            wrong = await http.patch(upload.location, content=b"01234", headers=part(algorithm, b"56789"))
            assert (wrong.status_code, wrong.json()["code"]) == (460, "storage.checksum_mismatch")
            assert await upload.look() == 0
        unknown = {**PART, "upload-offset": "0", "upload-checksum": "md5 AAAAAAAAAAAAAAAAAAAAAA=="}
        assert (await http.patch(upload.location, content=b"01234", headers=unknown)).status_code == 400
        right = await http.patch(upload.location, content=b"01234", headers=part("sha1", b"01234"))
        assert (right.status_code, right.headers["upload-offset"]) == (204, "5")
        right = await http.patch(upload.location, content=b"56789", headers=part("sha256", b"56789", 5))
        assert right.status_code == 204
    assert await anna.files.content(upload.file_id) == b"0123456789"


async def test_an_upload_belongs_to_who_opened_it(persons: Persons) -> None:
    anna, eve = await persons.several("anna", "eve")
    upload = await anna.files.begin(b"0123456789", name="f")
    async with raw(eve) as http:
        for location in (upload.location, "/v1/files/01890a5d-ac96-774b-bcce-b302099a8057/upload"):
            assert (await http.head(location, headers=TUS)).status_code == 404
            patched = await http.patch(location, content=b"0", headers={**PART, "upload-offset": "0"})
            assert (patched.status_code, patched.json()["code"]) == (404, "storage.file_not_found")
            assert (await http.delete(location, headers=TUS)).status_code == 404
    group = await anna.conversations.group("Mine")
    assert await refusal(eve.files.begin(b"x", name="x", conversation=group.id)) is Code.CHAT_NOT_A_MEMBER
    await upload.run()
    assert await anna.files.content(upload.file_id) == b"0123456789"


async def test_room_is_reserved_at_once_and_given_back_exactly_when_an_upload_ends(persons: Persons) -> None:
    anna = await persons.sign_up("anna")
    file = await anna.files.upload(b"x" * 700, name="kept")
    uploads = [await anna.files.begin(b"y" * 300, name="open") for _ in range(3)]
    assert await room(anna) == (700, 900)
    await uploads[0].run()
    assert await room(anna) == (1000, 600)
    await uploads[1].cancel()
    assert await room(anna) == (1000, 300)
    assert await refusal(uploads[1].look()) is Code.STORAGE_UPLOAD_GONE
    assert await refusal(uploads[1].cancel()) is Code.STORAGE_UPLOAD_GONE
    await uploads[2].cancel()
    await anna.files.delete(file.id)
    assert await room(anna) == (300, 0)
    await anna.files.delete(uploads[0].file_id)
    assert await room(anna) == (0, 0)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Generator[Deployment]:
    """A running product with little room, where uploads expire after two seconds."""
    settings = {
        "storage.quota_bytes": str(100 * KIB),
        "storage.file_bytes_max": str(60 * KIB),
        "storage.upload_expiry_s": "2",
        "storage.sweep_s": "1",
        "storage.uploads_open_max": "4",
    }
    made = Deployment(tmp_path_factory.mktemp("small"), settings=settings)
    try:
        made.start()
        yield made
        assert made.stop() == [0]
    finally:
        made.end()


async def test_quota_file_size_and_open_uploads_are_bounded_also_when_asked_for_at_once(small: Deployment) -> None:
    async with Persons(small.url) as persons:
        anna, ben = await persons.several("anna", "ben")
        with refused(Code.STORAGE_FILE_TOO_LARGE):
            await anna.files.begin(b"x" * (60 * KIB + 1), name="large")
        asks = [anna.files.begin(b"x" * 30 * KIB, name="part") for _ in range(8)]
        answers = await asyncio.gather(*asks, return_exceptions=True)
        refusals = [getattr(answer, "code", None) for answer in answers if isinstance(answer, BaseException)]
        assert refusals == [Code.STORAGE_QUOTA_EXCEEDED] * 5
        assert (await room(anna))[1] == 90 * KIB
        opened = [await ben.files.begin(b"x", name="small") for _ in range(4)]
        async with raw(ben) as http:
            fifth = await http.post("/v1/files", headers=opening(1))
        assert (fifth.status_code, fifth.json()["code"]) == (429, "storage.too_many_uploads")
        assert "retry-after" in fifth.headers
        await opened[0].run()
        await (await ben.files.begin(b"x", name="small")).run()


async def test_an_upload_that_rests_too_long_is_gone_and_its_room_is_free(small: Deployment) -> None:
    async with Persons(small.url) as persons:
        anna = await persons.sign_up("anna")
        upload = await anna.files.begin(b"x" * 1000, name="forgotten")
        async with raw(anna) as http:
            await http.patch(upload.location, content=b"x" * 10, headers={**PART, "upload-offset": "0"})

        async def is_free() -> bool:
            return await room(anna) == (0, 0)

        assert not await is_free()
        await eventually(is_free, 8)
        assert await refusal(upload.run()) is Code.STORAGE_UPLOAD_GONE
        assert await refusal(upload.cancel()) is Code.STORAGE_UPLOAD_GONE
        await anna.files.upload(b"again", name="again")
        assert await room(anna) == (5, 0)
