"""A picture is taken in once at a time, made anew, and kept by storage before it is shown."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from secureconnect.contracts.auth import TokensAnswer
from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.auth import pictures as module
from secureconnect.services.auth.images import Picture
from tests.fixtures.auth import AuthHouse, auth, limits, problem
from tests.fixtures.neighbours import Neighbours

pytestmark = pytest.mark.anyio


def photo(kind: str = "JPEG") -> bytes:
    """An image file of 800 by 600 pixels."""
    out = io.BytesIO()
    Image.new("RGB", (800, 600), (10, 120, 10)).save(out, kind)
    return out.getvalue()


async def put(house: AuthHouse, who: TokensAnswer, content: Any, media_type: str = "image/jpeg") -> httpx2.Response:
    """Send a picture."""
    headers = {"authorization": f"Bearer {who.access_token}", "content-type": media_type}
    return await house.http.put("/v1/users/me/picture", content=content, headers=headers)


async def test_a_picture_is_kept_small_and_told_to_others(house: AuthHouse, neighbours: Neighbours) -> None:
    anna, bert = await house.register("anna"), await house.register("bert")
    answer = await put(house, anna, photo())
    assert (answer.status_code, answer.json()["picture"]) == (200, "picture-1")
    kept = neighbours.pictures[anna.account.id]
    assert kept.type == "image/jpeg"
    assert Image.open(io.BytesIO(kept.content)).size == (512, 384)
    seen = await house.call("GET", f"/v1/users/{anna.account.id}", token=bert.access_token)
    assert seen.json()["picture"] == "picture-1"
    assert [each.account for each in await house.changes() if each.kind == "profile"] == [anna.account.id]


async def test_a_removed_picture_is_gone_there_and_here_and_removing_again_is_nothing(
    house: AuthHouse, neighbours: Neighbours
) -> None:
    anna = await house.register("anna")
    await put(house, anna, photo("PNG"), "image/png; charset=binary")
    for _ in range(2):
        gone = await house.call("DELETE", "/v1/users/me/picture", token=anna.access_token)
        assert gone.status_code == 204
    assert neighbours.pictures == {}
    assert (await house.call("GET", "/v1/users/me", token=anna.access_token)).json()["picture"] is None
    assert [each.kind for each in await house.changes()].count("profile") == 2


@pytest.mark.parametrize("media_type", ["image/svg+xml", "text/html", "application/json", "image/tiff", ""])
async def test_another_media_type_is_refused(house: AuthHouse, neighbours: Neighbours, media_type: str) -> None:
    anna = await house.register("anna")
    assert problem(await put(house, anna, photo(), media_type)) == (415, "request.media_type_refused")
    assert neighbours.pictures == {}


async def test_what_is_no_picture_is_refused(house: AuthHouse, neighbours: Neighbours) -> None:
    anna = await house.register("anna")
    assert problem(await put(house, anna, b"<svg/>")) == (422, "auth.picture_invalid")
    assert neighbours.pictures == {}


async def test_a_body_above_the_limit_is_refused_whether_it_says_its_length_or_not(tmp_path: Path) -> None:
    async with auth(tmp_path / "small", limits=limits(picture_bytes_max=2000)) as house:
        anna = await house.register("anna")

        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(5):
                yield bytes(1000)

        for content in (bytes(5000), chunks()):
            assert problem(await put(house, anna, content)) == (413, "request.body_too_large")


async def test_while_storage_is_away_nothing_changes(house: AuthHouse, neighbours: Neighbours) -> None:
    anna = await house.register("anna")
    neighbours.away.add("storage")
    assert (await put(house, anna, photo())).status_code == 503
    assert (await house.call("GET", "/v1/users/me", token=anna.access_token)).json()["picture"] is None
    gone = await house.call("DELETE", "/v1/users/me/picture", token=anna.access_token)
    assert gone.status_code == 503


async def test_an_account_sends_one_picture_at_a_time(house: AuthHouse, neighbours: Neighbours) -> None:
    anna, bert = await house.register("anna"), await house.register("bert")
    go, begun = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        content = photo()
        yield content[:100]
        begun.set()
        await go.wait()
        yield content[100:]

    first = asyncio.create_task(put(house, anna, slow()))
    await begun.wait()
    second = await put(house, anna, photo())
    while second.status_code == 200:
        second = await put(house, anna, photo())
    assert problem(second) == (503, "server.unavailable")
    assert (await put(house, bert, photo())).status_code == 200
    go.set()
    assert (await first).status_code == 200
    assert anna.account.id in neighbours.pictures


async def test_a_picture_that_takes_too_long_is_given_up(
    house: AuthHouse, neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await house.register("anna")
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def endless(_: bytes) -> Picture:
        asyncio.run_coroutine_threadsafe(done.wait(), loop).result(10)
        raise Fault(Code.AUTH_PICTURE_INVALID)

    monkeypatch.setattr(module, "reencode", endless)
    monkeypatch.setattr(module, "DECODE_S", 0.05)
    assert problem(await put(house, anna, photo())) == (422, "auth.picture_invalid")
    done.set()
    assert neighbours.pictures == {}
