"""Calls about files go out as the protocol writes them."""

import pytest

from secureconnect.contracts.storage import FileAnswer, QuotaAnswer
from tests.fixtures.client_calls import Row, check_call
from tests.fixtures.scripted_files import CONTENT, Store, client_of
from tests.fixtures.scripted_http import http_server

pytestmark = pytest.mark.anyio
FILE = FileAnswer("f", "n", "t", 1, 1, True, "00", "c", 1, None)
CALLS: list[Row] = [
    ("GET /v1/files/f", "", lambda c: c.files.get("f"), FILE),
    ("DELETE /v1/files/f", "", lambda c: c.files.delete("f"), None),
    ("POST /v1/files/f/copy", '{"conversation":"c"}', lambda c: c.files.copy("f", "c"), FILE),
    ("GET /v1/files/quota", "", lambda c: c.files.quota(), QuotaAnswer(1, 0, 9)),
]


async def test_a_part_of_a_file_is_read_alone() -> None:
    store = Store()
    async with http_server(store) as url, client_of(url) as client:
        assert await client.files.content("f1", first=5, last=9) == CONTENT[5:10]
        assert await client.files.content("f1", first=299_990) == CONTENT[299_990:]
        assert await client.files.content("f1") == CONTENT
        store.ranged = False
        assert await client.files.content("f1", first=5, last=9) == CONTENT[5:10]


@pytest.mark.parametrize("row", CALLS, ids=[f"{row[0]} {row[1][:20]}" for row in CALLS])
async def test_a_call_goes_out_and_comes_back(row: Row) -> None:
    await check_call(row)
