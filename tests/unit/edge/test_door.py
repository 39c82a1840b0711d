"""The door lets in what is meant for this server, names every request, and dresses every answer."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from litestar.types import ASGIApp

from secureconnect.edge.door import FORWARDED_BY, FORWARDED_CLIENT, Door
from secureconnect.edge.hosts import Hosts, Origins, TrustedProxies
from secureconnect.edge.metrics import EdgeMetrics
from secureconnect.edge.passage import passage_of
from secureconnect.kit.clock import SystemClock
from secureconnect.kit.ids import Ids
from tests.fixtures.serving import plain_app, serving

pytestmark = pytest.mark.anyio
PUBLIC = "https://chat.example.org"


def door(app: ASGIApp, *, forwarder: Callable[[str], bool] = lambda _: False, proxies: tuple[str, ...] = ()) -> Door:
    return Door(
        app,
        hosts=Hosts(PUBLIC),
        origins=Origins(PUBLIC, ["https://app.example"]),
        metrics=EdgeMetrics("test", "1"),
        ids=Ids(SystemClock()),
        proxies=TrustedProxies(proxies),
        forwarder=forwarder,
        https=True,
    )


async def ask(app: ASGIApp, method: str = "GET", **headers: str) -> httpx2.Response:
    async with serving(app) as port, httpx2.AsyncClient(trust_env=False) as client:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await client.request(method, f"http://127.0.0.1:{port}/x", headers=named)


async def client_ip_seen(door_of: Callable[[ASGIApp], Door], **headers: str) -> str:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(passage_of(scope).client_ip)
        await plain_app()(scope, receive, send)

    await ask(door_of(app), **headers)
    return seen[0]


async def test_an_answer_is_dressed_and_named() -> None:
    response = await ask(door(plain_app()), x_request_id="abc-1")
    assert response.headers["x-request-id"] == "abc-1"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["strict-transport-security"].startswith("max-age=31536000")
    assert response.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]


@pytest.mark.parametrize("given", ["a" * 65, "a b", "<script>", ""])
async def test_a_request_id_that_is_no_id_is_replaced(given: str) -> None:
    response = await ask(door(plain_app()), x_request_id=given)
    assert response.headers["x-request-id"] != given
    assert len(response.headers["x-request-id"]) == 36


async def test_a_foreign_host_gets_421() -> None:
    response = await ask(door(plain_app()), host="evil.example")
    assert response.status_code == 421
    assert response.json()["code"] == "request.wrong_host"


async def test_a_foreign_page_may_not_change_anything() -> None:
    response = await ask(door(plain_app()), "POST", origin="https://evil.example")
    assert (response.status_code, response.json()["code"]) == (403, "request.origin_refused")


async def test_a_foreign_page_cannot_read_an_answer() -> None:
    response = await ask(door(plain_app()), origin="https://evil.example")
    assert "access-control-allow-origin" not in response.headers


async def test_an_allowed_page_may_read_and_ask_first() -> None:
    read = await ask(door(plain_app()), origin="https://app.example")
    assert read.headers["access-control-allow-origin"] == "https://app.example"
    assert "access-control-allow-credentials" not in read.headers
    asked = await ask(door(plain_app()), "OPTIONS", origin="https://app.example", access_control_request_method="POST")
    assert asked.status_code == 204
    assert "PATCH" in asked.headers["access-control-allow-methods"]


async def test_forwarded_addresses_are_believed_of_trusted_proxies_alone() -> None:
    spoofed = {"x_forwarded_for": "203.0.113.9"}
    assert await client_ip_seen(door, **spoofed) == "127.0.0.1"
    assert await client_ip_seen(lambda app: door(app, proxies=("127.0.0.0/8",)), **spoofed) == "203.0.113.9"


async def test_the_gateways_word_counts_beside_its_token_only() -> None:
    headers = {FORWARDED_BY.decode().replace("-", "_"): "t", FORWARDED_CLIENT.decode().replace("-", "_"): "203.0.113.9"}
    assert await client_ip_seen(door, **headers) == "127.0.0.1"
    assert await client_ip_seen(lambda app: door(app, forwarder=lambda token: token == "t"), **headers) == "203.0.113.9"


async def test_a_fault_of_the_application_says_nothing_of_itself() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("the password is hunter2")

    response = await ask(door(broken))
    assert response.status_code == 500
    assert response.json()["code"] == "server.fault"
    assert "hunter2" not in response.text
