"""The gateway hands each path to its owner, here or elsewhere, and refuses what it has no place for."""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import websockets
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from websockets.asyncio.client import connect

from secureconnect.edge.running import Edge
from secureconnect.services.gateway.app import GatewayLimits
from secureconnect.settings.made import new_key_pem
from tests.fixtures.edge import Visitor, edge_of
from tests.fixtures.gateway import Neighbours, build_gateway, documents, gateway
from tests.fixtures.nodes import free_ports
from tests.fixtures.serving import plain_app, serving
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio
CHAT_SOCKET = "/v1/ws/chat"


class Chat:
    """A chat service here: requests wait until they are let go, sockets stay until they are closed."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()
        self.let_go.set()
        self.running = 0
        self.sockets = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await self._socket(receive, send)
            return
        self.running += 1
        try:
            await self.let_go.wait()
            await plain_app(200, b"chat here")(scope, receive, send)
        finally:
            self.running -= 1

    async def _socket(self, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        self.sockets += 1
        while (await receive())["type"] != "websocket.disconnect":
            pass
        self.sockets -= 1


@asynccontextmanager
async def house(neighbours: Neighbours | None = None, **options: Any) -> AsyncGenerator[tuple[Visitor, int, Edge]]:
    async with (
        gateway(neighbours or Neighbours({}), **options) as (port, edge),
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as client,
    ):
        yield Visitor(client), port, edge


def refused(edge: Edge, upstream: str, code: str) -> float | None:
    labels = {"upstream": upstream, "code": code}
    return edge.metrics.registry.get_sample_value("secureconnect_gateway_refused_total", labels)


async def test_each_path_goes_to_its_owner_here_or_elsewhere_and_the_rest_is_the_gateway_s_own() -> None:
    async with (
        serving(plain_app(207, b"video elsewhere")) as port,
        house(here={"chat": Chat()}, urls={"video": [f"http://127.0.0.1:{port}"]}) as (ask, _, _),
    ):
        assert (await ask("GET", "/v1/conversations/c")).text == "chat here"
        assert (await ask("POST", "/v1/calls", content=b"x")).text == "video elsewhere"
        assert "This SecureConnect server is running" in (await ask("GET", "/")).text
        assert (await ask("GET", "/health")).json() == {"status": "ok"}
        nobodys = await ask("GET", "/v1/conversationsx")
        assert (nobodys.status_code, nobodys.json()["code"]) == (404, "request.not_found")


async def test_a_service_that_lives_here_is_not_asked_elsewhere() -> None:
    dead = [f"http://127.0.0.1:{free_ports(1)[0]}"]
    async with house(here={"chat": Chat()}, urls={"chat": dead, "video": dead}) as (ask, _, edge):
        assert (await ask("GET", "/v1/conversations")).text == "chat here"
        away = await ask("GET", "/v1/calls")
        assert (away.status_code, away.json()["code"], away.headers["retry-after"]) == (503, "server.unavailable", "1")
        assert away.json()["request_id"] == away.headers["x-request-id"]
        assert refused(edge, "video", "server.unavailable") == 1


@pytest.mark.parametrize(
    ("requests_max", "per_address", "status", "code"),
    [(100, 2, 429, "request.too_many"), (2, 100, 503, "server.unavailable")],
    ids=["one address", "all"],
)
async def test_a_request_without_a_place_is_refused_at_once_and_places_come_back(
    requests_max: int, per_address: int, status: int, code: str
) -> None:
    chat = Chat()
    chat.let_go.clear()
    limits = GatewayLimits(2, 5, 100, requests_max, per_address)
    async with house(here={"chat": chat}, limits=limits) as (ask, _, edge):
        first = [asyncio.create_task(ask("GET", "/v1/sync")) for _ in range(2)]
        await until(lambda: chat.running == 2)
        third = await ask("GET", "/v1/sync")
        assert (third.status_code, third.json()["code"], third.headers["retry-after"]) == (status, code, "1")
        assert third.headers["content-type"] == "application/problem+json"
        assert refused(edge, "chat", code) == 1
        assert (await ask("GET", "/health")).status_code == 200, "the gateway's own pages need no place"
        chat.let_go.set()
        assert [(await each).status_code for each in first] == [200, 200]
        assert (await ask("GET", "/v1/sync")).status_code == 200


@pytest.mark.parametrize(
    ("sockets_max", "per_address", "status", "code"),
    [(100, 1, 429, "request.too_many"), (1, 100, 503, "server.unavailable")],
    ids=["one address", "all"],
)
async def test_a_socket_without_a_place_is_refused_with_a_problem_and_places_come_back(
    sockets_max: int, per_address: int, status: int, code: str
) -> None:
    chat = Chat()
    limits = GatewayLimits(2, 5, sockets_max, sockets_per_address_max=per_address)
    async with house(here={"chat": chat}, limits=limits) as (ask, port, edge):
        url = f"ws://127.0.0.1:{port}{CHAT_SOCKET}"
        async with connect(url, proxy=None):
            await until(lambda: chat.sockets == 1)
            with pytest.raises(websockets.InvalidStatus) as caught:
                await connect(url, proxy=None)
            response = caught.value.response
            assert (response.status_code, response.headers["retry-after"]) == (status, "5")
            assert json.loads(bytes(response.body or b""))["code"] == code
            assert refused(edge, "chat", code) == 1
            assert (await ask("GET", "/v1/sync")).status_code == 200, "sockets and requests have places of their own"
        await until(lambda: chat.sockets == 0)
        async with connect(url, proxy=None):
            await until(lambda: chat.sockets == 1)


async def test_a_socket_of_no_service_is_404() -> None:
    async with house(here={"chat": Chat()}) as (_, port, _):
        for path in ("/v1/ws/other", "/"):
            with pytest.raises(websockets.InvalidStatus) as caught:
                await connect(f"ws://127.0.0.1:{port}{path}", proxy=None)
            assert caught.value.response.status_code == 404


async def test_an_answer_that_breaks_off_elsewhere_breaks_off_here_and_never_looks_whole() -> None:
    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(break_off, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with house(urls={"chat": [url]}) as (ask, _, _):
            with pytest.raises(httpx2.RemoteProtocolError):
                await ask("GET", "/v1/sync")
            assert (await ask("GET", "/health")).status_code == 200


async def test_the_door_is_before_everything_that_is_handed_on() -> None:
    async with house(here={"chat": Chat()}) as (ask, _, _):
        assert (await ask("GET", "/v1/sync", headers={"host": "evil.example"})).status_code == 421
        foreign = await ask("POST", "/v1/sync", headers={"origin": "https://evil.example"})
        assert foreign.json()["code"] == "request.origin_refused"


async def test_the_gateway_is_ready_without_auth() -> None:
    neighbours = Neighbours({})
    edge = edge_of(neighbours.auth, "gateway")
    neighbours.auth.go_away()
    running = build_gateway(edge)
    await running.start()
    assert (await running.health.ready())[0]
    await running.drain()
    await running.stop()


async def test_upgrades_are_relayed_only_where_a_service_lives_elsewhere() -> None:
    edge = edge_of(Neighbours({}).auth, "gateway")
    urls = {name: ["http://127.0.0.1:1"] for name in ("auth", "chat", "video", "storage")}
    assert build_gateway(edge, here={name: Chat() for name in urls}, urls=urls).relay is None
    edge = edge_of(Neighbours({}).auth, "gateway")
    relay = build_gateway(edge, here={"chat": Chat()}, urls=urls).relay
    assert relay is not None
    assert not relay.takes(CHAT_SOCKET.encode())
    assert relay.takes(b"/v1/ws/signaling?a=1")


@pytest.fixture(scope="module")
def parts() -> dict[str, bytes]:
    return documents()


async def test_its_own_operations_stand_in_the_document_beside_all_others(parts: dict[str, bytes]) -> None:
    neighbours = Neighbours(parts)
    async with house(neighbours, here={"chat": Chat()}) as (ask, _, _):
        whole = (await ask("GET", "/openapi.json")).json()
        for part in parts.values():
            own = json.loads(part)
            assert own["paths"].keys() <= whole["paths"].keys()
            assert own["components"]["schemas"].keys() <= whole["components"]["schemas"].keys()
        assert "/.well-known/secureconnect" in whole["paths"]


async def test_the_key_of_web_push_is_told_as_browsers_want_it() -> None:
    async with house(vapid_private_key=new_key_pem()) as (ask, _, _):
        told: str = (await ask("GET", "/.well-known/secureconnect")).json()["vapid_public_key"]
        point = base64.urlsafe_b64decode(told + "=" * (-len(told) % 4))
        assert (len(point), point[0], "=" in told) == (65, 4, False)
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    async with house() as (ask, _, _):
        assert (await ask("GET", "/.well-known/secureconnect")).json()["vapid_public_key"] is None
