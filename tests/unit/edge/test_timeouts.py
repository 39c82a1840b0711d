"""A part of a body that does not come in time ends the request with 408; an answer may take its time."""

import asyncio
from typing import Any

import pytest

from secureconnect.contracts.base import Request
from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.routes import Policy, route
from secureconnect.edge.running import Running, assemble
from secureconnect.edge.timeouts import timely
from tests.fixtures.edge import PlayedAuth, edge_of
from tests.fixtures.serving import exchange, serving

pytestmark = pytest.mark.anyio
HEAD = b"POST /v1/notes HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"


class Note(Request, frozen=True):
    """A body."""

    text: str


@route("POST", "/v1/notes", policy=Policy.PUBLIC, rate="public", summary="Note", tag="t")
async def note(data: Note) -> str:
    """Takes longer than any part of a body may."""
    await asyncio.sleep(1.2)
    return data.text


def notes() -> Running:
    edge = edge_of(PlayedAuth())
    return assemble(edge, routes=[note], provided={}, gatekeeper=edge.gatekeeper(), checks=[])


async def test_a_body_that_stops_coming_is_408_and_the_connection_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secureconnect.edge.door.BODY_CHUNK_DEADLINE_S", 0.2)
    async with serving(notes().public) as port:
        said = await exchange(port, HEAD + b'content-length: 100\r\n\r\n{"text":"', 5.0)
        assert said.startswith(b"HTTP/1.1 408")
        assert b'"code":"request.timed_out"' in said


async def test_each_part_has_the_whole_time_and_the_answer_takes_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secureconnect.edge.door.BODY_CHUNK_DEADLINE_S", 1.0)
    async with serving(notes().public) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"connection: close\r\ncontent-length: 15\r\n\r\n")
        for part in (b'{"te', b'xt":', b'"hel', b"l", b'"}'):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.3)
        async with asyncio.timeout(5):
            said = await reader.read()
        writer.close()
    assert said.startswith(b"HTTP/1.1 200"), said
    assert said.endswith(b"\r\n\r\nhell")


async def test_after_the_whole_body_a_wait_for_the_end_has_no_deadline() -> None:
    left = asyncio.Event()
    parts: list[Any] = [{"type": "http.request", "body": b"x", "more_body": False}]

    async def receive() -> Any:
        if parts:
            return parts.pop(0)
        await left.wait()
        return {"type": "http.disconnect"}

    in_time = timely(receive, 0.01)
    assert (await in_time())["type"] == "http.request"
    waiting = asyncio.create_task(asyncio.wait_for(in_time(), 5))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    left.set()
    assert (await waiting)["type"] == "http.disconnect"


async def test_the_deadline_is_a_fault_with_its_own_code() -> None:
    async def never() -> Any:
        await asyncio.Event().wait()

    with pytest.raises(Fault) as late:
        await timely(never, 0.01)()
    assert late.value.code is Code.TIMED_OUT
    assert late.value.code.status == 408
