"""File content on its way out."""

import asyncio
import os

import httpx2
import pytest

from tests.fixtures.storage import StorageHouse, uploaded
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


async def test_a_reader_who_goes_away_is_sent_no_more(house: StorageHouse, ada: httpx2.AsyncClient) -> None:
    size = 48 << 20
    file = await uploaded(ada, bytes(size))
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    bearer = house.bearer("ada")["authorization"]
    writer.write(
        f"GET /v1/files/{file.id}/content HTTP/1.1\r\nhost: localhost\r\nauthorization: {bearer}\r\n\r\n".encode()
    )
    assert b"200" in await reader.readline()
    writer.transport.abort()
    labels = {"service": "storage", "route": "/v1/files/{file}/content", "method": "GET", "status": "200"}
    await until(lambda: house.figure("secureconnect_http_requests_total", labels) == 1)
    assert house.figure("secureconnect_storage_sent_bytes_total") < size


async def test_a_slow_reader_gets_every_byte(house: StorageHouse, ada: httpx2.AsyncClient) -> None:
    content = os.urandom(5 << 20)
    file = await uploaded(ada, content)
    got = bytearray()
    async with ada.stream("GET", f"/v1/files/{file.id}/content") as answer:
        async for piece in answer.aiter_raw(300_000):
            got += piece
            await asyncio.sleep(0)
    assert bytes(got) == content


async def test_many_read_at_once(ada: httpx2.AsyncClient) -> None:
    content = os.urandom(700_000)
    file = await uploaded(ada, content)
    answers = await asyncio.gather(*(ada.get(f"/v1/files/{file.id}/content") for _ in range(10)))
    assert all(answer.content == content for answer in answers)
