"""Downloads: on by range after a cut, and checked before they stand there."""

from pathlib import Path

import pytest

from secureconnect.client import AnswerUnreadable
from tests.fixtures.scripted_files import CONTENT, Store, client_of, names
from tests.fixtures.scripted_http import http_server

pytestmark = pytest.mark.anyio


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
