"""Sockets of services elsewhere are relayed as bytes, held back when one side is slow, and told at a restart."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

from secureconnect.edge.hosts import TrustedProxies
from secureconnect.services.gateway.admission import Admission
from secureconnect.services.gateway.relay import Relays
from tests.fixtures.nodes import free_ports
from tests.fixtures.serving import plain_app, serving

pytestmark = pytest.mark.anyio
PATH = "/v1/ws/chat"


@dataclass
class House:
    """A gateway with relays before an echoing service."""

    url: str
    relays: Relays
    admission: Admission
    seen: list[dict[str, str]]


@asynccontextmanager
async def house(sockets_max: int = 100, *, dead: bool = False) -> AsyncGenerator[House]:
    seen: list[dict[str, str]] = []

    async def echo(socket: ServerConnection) -> None:
        assert socket.request is not None
        seen.append({name.lower(): value for name, value in socket.request.headers.raw_items()})
        async for message in socket:
            await socket.send(message)

    async with serve(echo, "127.0.0.1", 0, compression=None, max_size=None, close_timeout=0.2) as server:
        port = free_ports(1)[0] if dead else next(iter(server.sockets)).getsockname()[1]
        admission = Admission(10, 10, sockets_max, sockets_max)
        urls = {"chat": [f"http://127.0.0.1:{port}"]}
        ids = iter(f"r-{number}" for number in range(1000))
        relays = Relays(urls, lambda _: "token", admission, TrustedProxies(), lambda: next(ids), random.Random(1), 1.0)
        async with serving(plain_app(), relays) as gateway:
            yield House(f"ws://127.0.0.1:{gateway}{PATH}", relays, admission, seen)


def dial(url: str, **options: Any) -> Any:
    return connect(url, compression=None, proxy=None, max_size=None, close_timeout=0.2, **options)


async def pour(socket: ClientConnection) -> None:
    for _ in range(20_000):
        await socket.send("y" * 60_000)


async def test_messages_of_all_sizes_pass_unchanged_both_ways() -> None:
    async with house() as one, dial(one.url) as socket:
        for size in (0, 1, 125, 126, 65_536, 300_000):
            await socket.send("x" * size)
            assert await socket.recv() == "x" * size


async def test_the_service_sees_the_client_as_the_gateway_believes_it() -> None:
    async with house() as one, dial(one.url, additional_headers={"x-secureconnect-client": "1.2.3.4"}) as socket:
        await socket.send("hi")
        await socket.recv()
        (headers,) = one.seen
        assert headers["x-secureconnect-client"] == "127.0.0.1"
        assert headers["x-secureconnect-service"] == "token"
        assert headers["x-request-id"] == "r-0"


async def test_a_restart_closes_relayed_sockets_with_1012_and_a_hint() -> None:
    async with house() as one, dial(one.url) as socket:
        await socket.send("hi")
        await socket.recv()
        one.relays.drain()
        with pytest.raises(websockets.ConnectionClosed):
            async with asyncio.timeout(5):
                await socket.recv()
        assert socket.close_code == 1012
        assert "reconnect_after_ms" in json.loads(socket.close_reason or "")


async def test_a_socket_beyond_the_places_is_refused_and_places_come_back() -> None:
    async with house(sockets_max=1) as one:
        async with dial(one.url) as socket:
            await socket.send("hi")
            await socket.recv()
            with pytest.raises(websockets.InvalidStatus) as refused:
                await dial(one.url)
            assert refused.value.response.status_code in (429, 503)
        async with asyncio.timeout(5):
            while True:
                try:
                    async with dial(one.url):
                        break
                except websockets.InvalidStatus:
                    await asyncio.sleep(0.01)


async def test_a_service_that_is_away_is_503() -> None:
    async with house(dead=True) as one:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await dial(one.url)
        assert refused.value.response.status_code == 503


async def test_a_slow_reader_holds_back_its_sender_without_gathering_all() -> None:
    async with house() as one, dial(one.url) as socket:
        socket.transport.pause_reading()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(pour(socket), 1.5)
        socket.transport.abort()
