"""Requests are streamed both ways to services elsewhere, with what a client claims about itself taken away."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from litestar.types import ASGIApp, Receive, Scope, Send

from secureconnect.contracts.errors import Fault
from secureconnect.edge.passage import Passage, set_passage
from secureconnect.edge.problems import send_problem
from secureconnect.services.gateway.forward import Elsewhere, Forward, passed_on
from tests.fixtures.nodes import free_ports
from tests.fixtures.serving import serving

pytestmark = pytest.mark.anyio


class Upstream:
    """A service elsewhere that tells what it was sent."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.received = 0
        self.first_part = asyncio.Event()
        self.target = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.target = scope["raw_path"].decode() + "?" + scope["query_string"].decode()
        more = True
        while more:
            message = await receive()
            self.received += len(message.get("body", b""))
            if self.received:
                self.first_part.set()
            more = message.get("more_body", False)
        headers = [(b"content-type", b"text/plain"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
        await send({"type": "http.response.start", "status": 207, "headers": headers})
        for _ in range(3):
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def front(elsewhere: Elsewhere) -> ASGIApp:
    forward = Forward({}, elsewhere)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        set_passage(scope, Passage("r-1", "203.0.113.9", 0.0))
        try:
            await forward("chat", scope, receive, send)
        except Fault as fault:
            await send_problem(send, fault, "r-1")

    return app


@asynccontextmanager
async def house(upstream: ASGIApp, *, dead_first: bool = False) -> AsyncGenerator[str]:
    async with serving(upstream) as port:
        urls = [f"http://127.0.0.1:{port}"]
        if dead_first:
            urls.insert(0, f"http://127.0.0.1:{free_ports(1)[0]}")
        elsewhere = Elsewhere({"chat": urls}, lambda audience: f"token for {audience}", 2, 5)
        async with serving(front(elsewhere)) as gateway:
            yield f"http://127.0.0.1:{gateway}"
        await elsewhere.close()


async def test_an_answer_comes_through_whole_with_its_headers() -> None:
    async with house(Upstream()) as url, httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.get(url + "/v1/x?a=1")
        assert (answer.status_code, len(answer.content)) == (207, 300_000)
        assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


async def test_a_cookie_that_one_client_was_given_is_never_sent_for_another() -> None:
    upstream = Upstream()
    async with house(upstream) as url:
        async with httpx2.AsyncClient(trust_env=False) as one:
            await one.get(url + "/v1/x")
        async with httpx2.AsyncClient(trust_env=False) as other:
            await other.get(url + "/v1/x")
            assert "cookie" not in upstream.headers
        async with httpx2.AsyncClient(trust_env=False) as third:
            await third.get(url + "/v1/x", headers={"cookie": "own=1"})
            assert upstream.headers["cookie"] == "own=1"


async def test_claims_of_identity_are_taken_away_and_ours_are_put_there() -> None:
    upstream = Upstream()
    spoofed = {
        "x-forwarded-for": "1.2.3.4", "x-forwarded-host": "evil", "forwarded": "for=1.2.3.4", "x-real-ip": "1.2.3.4",
        "x-user-id": "root", "x-secureconnect-service": "forged", "x-secureconnect-client": "1.2.3.4",
        "connection": "x-hop", "x-hop": "1", "authorization": "Bearer kept",
    }  # fmt: skip
    async with house(upstream) as url, httpx2.AsyncClient(trust_env=False) as client:
        await client.get(url + "/v1/%2e%2e/x?q=%20", headers=spoofed)
    seen = upstream.headers
    assert seen["authorization"] == "Bearer kept"
    assert seen["x-secureconnect-service"] == "token for chat"
    assert seen["x-secureconnect-client"] == "203.0.113.9"
    assert seen["x-request-id"] == "r-1"
    assert not {"x-forwarded-for", "x-forwarded-host", "forwarded", "x-real-ip", "x-user-id", "x-hop"} & set(seen)
    assert upstream.target == "/v1/%2e%2e/x?q=%20"


async def test_an_upload_is_streamed_and_not_gathered_first() -> None:
    upstream = Upstream()

    async def parts() -> AsyncIterator[bytes]:
        yield b"a" * 50_000
        async with asyncio.timeout(5):
            await upstream.first_part.wait()
        yield b"b" * 50_000

    async with house(upstream) as url, httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.post(url + "/v1/x", content=parts())
    assert (answer.status_code, upstream.received) == (207, 100_000)


async def test_a_dead_process_is_stepped_over() -> None:
    async with house(Upstream(), dead_first=True) as url, httpx2.AsyncClient(trust_env=False) as client:
        assert [(await client.get(url + "/v1/x")).status_code for _ in range(4)] == [207] * 4


async def test_nobody_there_is_503_with_retry_after() -> None:
    elsewhere = Elsewhere({"chat": [f"http://127.0.0.1:{free_ports(1)[0]}"]}, lambda _: "t", 1, 1)
    async with serving(front(elsewhere)) as port, httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://127.0.0.1:{port}/v1/x")
    await elsewhere.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "server.unavailable")
    assert answer.headers["retry-after"] == "1"


async def test_an_upstream_that_breaks_off_before_an_answer_is_502() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        elsewhere = Elsewhere({"chat": [f"http://127.0.0.1:{port}"]}, lambda _: "t", 1, 1)
        async with serving(front(elsewhere)) as gateway, httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{gateway}/v1/x")
        await elsewhere.close()
    assert (answer.status_code, answer.json()["code"]) == (502, "server.upstream_failed")


def test_headers_of_the_hop_do_not_go_on() -> None:
    headers = [
        (b"te", b"trailers"),
        (b"upgrade", b"h2c"),
        (b"connection", b"close, x-own"),
        (b"x-own", b"1"),
        (b"a", b"b"),
    ]
    assert passed_on(headers) == [(b"a", b"b")]
