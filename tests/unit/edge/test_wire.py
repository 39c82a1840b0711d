"""Heads have a deadline and bounds; frames are framed once and read by any client."""

import asyncio
from typing import Any

import pytest
import websockets.frames
from hypothesis import given
from hypothesis import strategies as st
from websockets.streams import StreamReader

from secureconnect.edge.limits import HEADER_BYTES_MAX, HEADERS_MAX
from secureconnect.edge.wire import frame_text
from tests.fixtures.serving import exchange, plain_app, serving

pytestmark = pytest.mark.anyio


@given(st.binary(max_size=300) | st.sampled_from([b"x" * size for size in (125, 126, 65_535, 65_536, 70_000)]))
def test_a_frame_reads_as_rfc_6455_says(payload: bytes) -> None:
    reader = StreamReader()
    reader.feed_data(frame_text(payload))
    parsing = websockets.frames.Frame.parse(reader.read_exact, mask=False)
    with pytest.raises(StopIteration) as done:
        next(parsing)
    frame = done.value.value
    assert (frame.opcode, frame.fin, bytes(frame.data)) == (websockets.frames.Opcode.TEXT, True, payload)


async def test_a_head_over_the_bounds_is_refused_and_the_connection_closed() -> None:
    async with serving(plain_app()) as port:
        long = b"GET / HTTP/1.1\r\nhost: localhost\r\nx: " + b"a" * HEADER_BYTES_MAX + b"\r\n\r\n"
        assert (await exchange(port, long)).startswith(b"HTTP/1.1 431")
        many = b"GET / HTTP/1.1\r\nhost: localhost\r\n" + b"a: b\r\n" * (HEADERS_MAX + 1) + b"\r\n"
        assert (await exchange(port, many)).startswith(b"HTTP/1.1 431")
        good = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        assert (await exchange(port, good)).startswith(b"HTTP/1.1 200")


async def test_a_head_that_does_not_come_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secureconnect.edge.wire.HEAD_DEADLINE_S", 0.2)
    async with serving(plain_app()) as port:
        try:
            assert await exchange(port, b"GET / HTTP/1.1\r\nhost: loc", 5.0) == b""
        except ConnectionResetError:
            pass


async def hasty(scope: Any, receive: Any, send: Any) -> None:
    """Answers before the body was read."""
    await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def test_a_body_that_is_still_sent_after_its_answer_is_cut_at_last(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(hasty) as port:
        monkeypatch.setattr("secureconnect.edge.wire.HEAD_DEADLINE_S", 0.3)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 401")
        async with asyncio.timeout(10):
            while not reader.at_eof() and reader.exception() is None:
                writer.write(b"x")
                await asyncio.sleep(0.02)
        writer.close()


async def test_a_body_that_ends_after_its_answer_leaves_the_connection_for_the_next_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving(hasty) as port:
        monkeypatch.setattr("secureconnect.edge.wire.HEAD_DEADLINE_S", 0.3)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n")
            async with asyncio.timeout(5):
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 401")
            writer.write(b"xxxx")
            await writer.drain()
            await asyncio.sleep(0.6)
        writer.close()


@pytest.mark.parametrize(
    "ambiguous",
    [
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: +3\r\n\r\nabc",
        b"GET / HTTP/1.1\r\nhost: a\r\n x: folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost : a\r\n\r\n",
        b"garbage\r\n\r\n",
    ],
)
async def test_an_ambiguous_request_is_refused_and_the_connection_closed(ambiguous: bytes) -> None:
    async with serving(plain_app()) as port:
        assert (await exchange(port, ambiguous)).startswith(b"HTTP/1.1 400")
