"""Files: who reads them, what stands in their headers, copies, deletion."""

import hashlib
from pathlib import Path

import httpx2
import pytest

from secureconnect.client import Client
from secureconnect.contracts.errors import Code
from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import Person, Persons
from tests.fixtures.pictures import png
from tests.fixtures.scenes import body_of, eventually, raw, refusal, refused, url_of

pytestmark = pytest.mark.anyio

NOWHERE = "01890a5d-ac96-774b-bcce-b302099a8057"


async def content(person: Client, file: str, **headers: str) -> httpx2.Response:
    """A file's bytes as they are answered."""
    async with raw(person) as http:
        return await http.get(f"/v1/files/{file}/content", headers={k.replace("_", "-"): v for k, v in headers.items()})


async def share(by: Person, group: str, data: bytes, name: str = "notes.txt", media_type: str = "text/plain") -> str:
    """Upload a file for a group and send it there."""
    file = await by.files.upload(data, name=name, media_type=media_type, conversation=group)
    await by.messages.send(group, "see", file_ids=[file.id])
    return file.id


async def test_a_file_in_a_message_is_read_by_the_members_who_may_read_the_message_and_nobody_else(
    persons: Persons,
) -> None:
    anna, ben, late, eve = await persons.several("anna", "ben", "late", "eve")
    group = await anna.conversations.group("Share", [ben.account_id])
    file = await anna.files.upload(b"shared bytes", name="n.txt", media_type="text/plain", conversation=group.id)
    with refused(Code.STORAGE_FILE_NOT_FOUND):
        await ben.files.get(file.id)
    sent = await anna.messages.send(group.id, "see", file_ids=[file.id])
    assert body_of((await ben.messages.page(group.id, after=sent.seq - 1)).events[0])["file_ids"] == [file.id]
    seen = await ben.files.get(file.id)
    assert (seen.name, seen.size, seen.complete, seen.conversation) == ("n.txt", 12, True, group.id)
    assert seen.sha256 == hashlib.sha256(b"shared bytes").hexdigest()
    assert await ben.files.content(file.id) == b"shared bytes"
    await anna.conversations.add(group.id, late.account_id)
    for stranger in (late, eve):
        for name in (file.id, NOWHERE):
            assert await refusal(stranger.files.get(name)) is Code.STORAGE_FILE_NOT_FOUND
            assert await refusal(stranger.files.content(name)) is Code.STORAGE_FILE_NOT_FOUND
            assert await refusal(stranger.files.delete(name)) is Code.STORAGE_FILE_NOT_FOUND
            assert await refusal(stranger.files.copy(name, group.id)) is Code.STORAGE_FILE_NOT_FOUND
    assert await refusal(ben.files.delete(file.id)) is Code.STORAGE_FILE_NOT_FOUND


async def test_a_removed_member_reads_no_file_any_more_and_one_who_deleted_the_message_keeps_their_own(
    persons: Persons,
) -> None:
    anna, ben = await persons.several("anna", "ben")
    group = await anna.conversations.group("Removed", [ben.account_id])
    file = await share(anna, group.id, b"for members")
    assert await ben.files.content(file) == b"for members"
    await anna.conversations.remove(group.id, ben.account_id)
    assert await refusal(ben.files.content(file)) is Code.STORAGE_FILE_NOT_FOUND
    await anna.conversations.add(group.id, ben.account_id)
    assert await refusal(ben.files.content(file)) is Code.STORAGE_FILE_NOT_FOUND
    other = await anna.files.upload(b"second", name="s", conversation=group.id)
    sent = await anna.messages.send(group.id, "second", file_ids=[other.id])
    assert await ben.files.content(other.id) == b"second"
    await anna.messages.delete(group.id, sent.event_id)
    assert await refusal(ben.files.content(other.id)) is Code.STORAGE_FILE_NOT_FOUND
    assert await anna.files.content(other.id) == b"second"


async def test_a_message_carries_only_finished_files_that_its_sender_uploaded_for_its_conversation(
    persons: Persons,
) -> None:
    anna, ben = await persons.several("anna", "ben")
    group = await anna.conversations.group("Here", [ben.account_id])
    other = await anna.conversations.group("There", [ben.account_id])
    elsewhere = await anna.files.upload(b"x", name="x", conversation=other.id)
    nowhere = await anna.files.upload(b"x", name="x")
    bens = await ben.files.upload(b"x", name="x", conversation=group.id)
    unfinished = await anna.files.begin(b"xyz", name="x", conversation=group.id)
    for wrong in (elsewhere.id, nowhere.id, bens.id, unfinished.file_id, NOWHERE):
        with refused(Code.CHAT_FILE_INVALID):
            await anna.messages.send(group.id, "see", file_ids=[wrong])
        async with anna.chat() as annas:
            with refused(Code.CHAT_FILE_INVALID):
                await annas.send(group.id, "see", file_ids=[wrong])
    await unfinished.cancel()


async def test_a_copy_is_ones_own_for_another_conversation_and_outlives_the_first(persons: Persons) -> None:
    anna, ben, cleo = await persons.several("anna", "ben", "cleo")
    group = await anna.conversations.group("One", [ben.account_id])
    talk = await ben.conversations.direct(cleo.account_id)
    file = await share(anna, group.id, b"pass it on")
    with refused(Code.CHAT_NOT_A_MEMBER):
        await anna.files.copy(file, talk.id)
    copy = await ben.files.copy(file, talk.id)
    assert (copy.id != file, copy.conversation, copy.size) == (True, talk.id, 10)
    await ben.messages.send(talk.id, "from Anna", file_ids=[copy.id])
    await anna.files.delete(file)
    assert await cleo.files.content(copy.id) == b"pass it on"
    assert await refusal(ben.files.content(file)) is Code.STORAGE_FILE_NOT_FOUND
    assert (await ben.files.quota()).used_bytes == 10
    assert (await anna.files.quota()).used_bytes == 0


async def test_deletion_removes_the_bytes_from_the_disk_when_no_copy_shares_them(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    group = await anna.conversations.group("Delete")
    secret = b"these bytes must be gone " + anna.name.encode()
    file = await anna.files.upload(secret, name="s", conversation=group.id)
    copy = await anna.files.copy(file.id, group.id)
    stored = deployment.node("storage").data_dir

    def holders() -> list[Path]:
        return [path for path in stored.rglob("*") if path.is_file() and secret in path.read_bytes()]

    assert len(holders()) == 1
    await anna.files.delete(file.id)
    assert len(holders()) == 1
    await anna.files.delete(copy.id)

    async def gone() -> bool:
        return not holders()

    await eventually(gone)
    assert await refusal(anna.files.content(copy.id)) is Code.STORAGE_FILE_NOT_FOUND
    assert await refusal(anna.files.delete(copy.id)) is Code.STORAGE_FILE_NOT_FOUND


async def test_ranges_and_entity_tags_are_answered_as_http_says(persons: Persons) -> None:
    anna = await persons.sign_up("anna")
    data = bytes(range(256)) * 40
    file = await anna.files.upload(data, name="bytes")
    whole = await content(anna, file.id)
    tag = f'"{hashlib.sha256(data).hexdigest()}"'
    assert (whole.status_code, whole.content, whole.headers["etag"]) == (200, data, tag)
    assert whole.headers["accept-ranges"] == "bytes"
    for asked, part, told in (
        ("bytes=0-9", data[:10], "bytes 0-9/10240"),
        ("bytes=10000-", data[10000:], "bytes 10000-10239/10240"),
        ("bytes=-5", data[-5:], "bytes 10235-10239/10240"),
        ("bytes=5-99999", data[5:], "bytes 5-10239/10240"),
    ):
        answer = await content(anna, file.id, range=asked)
        assert (answer.status_code, answer.content) == (206, part), asked
        assert (answer.headers["content-range"], answer.headers["etag"]) == (told, tag)
        assert int(answer.headers["content-length"]) == len(part)
    outside = await content(anna, file.id, range="bytes=10240-")
    assert (outside.status_code, outside.headers["content-range"]) == (416, "bytes */10240")
    assert (await content(anna, file.id, range="bytes=0-1,5-6")).status_code == 200
    unchanged = await content(anna, file.id, if_none_match=tag)
    assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", tag)
    assert (await content(anna, file.id, if_none_match='"other"')).status_code == 200
    assert (await content(anna, file.id, range="bytes=0-1", if_range='"other"')).status_code == 200
    assert (await content(anna, file.id, range="bytes=0-1", if_range=tag)).status_code == 206
    async with raw(anna) as http:
        head = await http.head(f"/v1/files/{file.id}/content")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "10240")


@pytest.mark.parametrize(
    ("name", "media_type", "told"),
    [
        ("page.html", "text/html", "application/octet-stream"),
        ("drawing.svg", "image/svg+xml", "application/octet-stream"),
        ("script.js", "text/javascript", "application/octet-stream"),
        ("letter.pdf", "application/pdf", "application/octet-stream"),
        ("photo.png", "image/png", "image/png"),
        ("voice.ogg", "audio/ogg", "audio/ogg"),
        ("film.mp4", "video/mp4", "video/mp4"),
    ],
)
async def test_a_browser_never_runs_what_somebody_uploaded(
    persons: Persons, name: str, media_type: str, told: str
) -> None:
    anna = await persons.sign_up("anna")
    file = await anna.files.upload(b"<script>alert(1)</script>", name=name, media_type=media_type)
    assert file.type == media_type
    headers = (await content(anna, file.id)).headers
    assert headers["content-type"] == told
    assert headers["content-disposition"].startswith("attachment")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox"
    assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("name", ["žluťoučký kůň.txt", 'a"b\\c;d.txt', "a\r\nSet-Cookie: x=1.txt", "../../etc/passwd"])
async def test_any_name_comes_back_and_no_name_breaks_out_of_its_header(persons: Persons, name: str) -> None:
    anna = await persons.sign_up("anna")
    file = await anna.files.upload(b"x", name=name)
    answer = await content(anna, file.id)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    disposition = answer.headers["content-disposition"]
    assert disposition.isascii()
    assert "\n" not in disposition
    assert "/" not in (await anna.files.get(file.id)).name


async def test_the_content_cookie_reads_content_and_nothing_else_and_access_is_checked_each_time(
    persons: Persons,
) -> None:
    anna = await persons.sign_up("anna")
    ben = await persons.sign_up("ben", device_kind="web")
    group = await anna.conversations.group("Pictures", [ben.account_id])
    picture = png(4, 4)
    file = await share(anna, group.id, picture, "p.png", "image/png")
    path = f"/v1/files/{file}/content"
    jar = {cookie.name: cookie.value for cookie in ben._web.cookies.jar}
    (name,) = [name for name in jar if "content" in name]
    async with httpx2.AsyncClient(base_url=url_of(ben), verify=False) as http:
        assert (await http.get(path)).status_code == 401
        cookie = {"cookie": f"{name}={jar[name]}"}
        shown = await http.get(path, headers=cookie)
        assert (shown.status_code, shown.content, shown.headers["content-type"]) == (200, picture, "image/png")
        assert (await http.get(path, headers={**cookie, "range": "bytes=0-3"})).status_code == 206
        for method, other in (
            ("GET", f"/v1/files/{file}"),
            ("GET", "/v1/users/me"),
            ("DELETE", f"/v1/files/{file}"),
            ("GET", "/v1/conversations"),
        ):
            assert (await http.request(method, other, headers=cookie)).status_code == 401, other
        bearer = {"authorization": f"Bearer {jar[name]}"}
        assert (await http.get("/v1/users/me", headers=bearer)).status_code == 401
        await anna.conversations.remove(group.id, ben.account_id)
        assert (await http.get(path, headers=cookie)).status_code == 404
        own = await ben.files.upload(b"own", name="own")
        assert (await http.get(f"/v1/files/{own.id}/content", headers=cookie)).status_code == 200
        await ben.auth.logout()

        async def ended() -> bool:
            return (await http.get(f"/v1/files/{own.id}/content", headers=cookie)).status_code == 401

        await eventually(ended, 2)
