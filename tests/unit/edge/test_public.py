"""A public port answers probes with one word, figures for their token alone, sockets by their path, the rest by the
API."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import websockets
from litestar.types import Receive, Scope, Send
from websockets.asyncio.client import connect

from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.inner import Check, Health
from secureconnect.edge.metrics import EdgeMetrics
from secureconnect.edge.passage import Passage, set_passage
from secureconnect.edge.public import Public
from tests.fixtures.edge import Visitor, visiting
from tests.fixtures.serving import plain_app, serving

pytestmark = pytest.mark.anyio


class House:
    """A public port over an API that answers 207 to everything and one socket that says its path."""

    def __init__(self) -> None:
        self.away = False
        self.token: str | None = "figures"
        self.health = Health("chat", [Check("sql", True, self.ping)])
        self.health.started = True
        self.metrics = EdgeMetrics("chat", "1")
        self.public = Public(
            plain_app(207, b"the API"), {"/v1/ws/chat": told_path}, self.health, self.metrics, lambda: self.token
        )

    async def ping(self) -> None:
        if self.away:
            raise Fault(Code.UNAVAILABLE, "sql at db.internal:5432")

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        set_passage(scope, Passage("r-1", "127.0.0.1", 0.0))
        await self.public(scope, receive, send)


async def told_path(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
    await send({"type": "websocket.send", "text": scope["path"]})
    await send({"type": "websocket.close", "code": 1000})


@asynccontextmanager
async def house() -> AsyncGenerator[tuple[House, Visitor]]:
    one = House()
    async with visiting(one.app) as ask:
        yield one, ask


async def test_readiness_outside_is_one_word_without_any_detail() -> None:
    async with house() as (one, ask):
        ready = await ask("GET", "/ready")
        assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
        one.away = True
        away = await ask("GET", "/ready")
        assert (away.status_code, away.json()) == (503, {"status": "not_ready"})
        one.away, one.health.stopping = False, True
        assert (await ask("GET", "/ready")).status_code == 503
        assert (await ask("GET", "/health")).json() == {"status": "ok"}


async def test_figures_need_their_very_token_and_without_one_nobody_reads_them() -> None:
    async with house() as (one, ask):
        good = {"authorization": "Bearer figures"}
        for headers in ({}, {"authorization": "Bearer figure"}, {"authorization": "Basic figures"}):
            refused = await ask("GET", "/metrics", headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (401, "request.unauthenticated")
        answer = await ask("GET", "/metrics", headers=good)
        assert (answer.status_code, "secureconnect_build_info" in answer.text) == (200, True)
        one.token = "another"
        assert (await ask("GET", "/metrics", headers=good)).status_code == 401
        one.token = None
        assert (await ask("GET", "/metrics", headers={"authorization": "Bearer None"})).status_code == 401


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics"])
async def test_probes_answer_head_without_a_body_and_no_other_method(path: str) -> None:
    async with house() as (_, ask):
        headers = {"authorization": "Bearer figures"}
        head = await ask("HEAD", path, headers=headers)
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) > 0
        refused = await ask("POST", path, headers=headers)
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
        assert refused.json()["request_id"] == "r-1"


async def test_everything_else_is_the_api_s() -> None:
    async with house() as (_, ask):
        for path in ("/v1/x", "/", "/ready/x", "/v1/ws/chat"):
            assert (await ask("GET", path)).content == b"the API"


async def test_a_socket_is_served_by_its_path_and_any_other_is_404() -> None:
    one = House()
    async with serving(one.app) as port:
        async with connect(f"ws://127.0.0.1:{port}/v1/ws/chat?a=1", proxy=None) as socket:
            assert await socket.recv() == "/v1/ws/chat"
        for path in ("/v1/ws/other", "/health", "/v1/ws/chat/"):
            with pytest.raises(websockets.InvalidStatus) as refused:
                await connect(f"ws://127.0.0.1:{port}{path}", proxy=None)
            response = refused.value.response
            assert response.status_code == 404
            assert response.headers["content-type"] == "application/problem+json"
            told = json.loads(bytes(response.body or b""))
            assert (told["code"], told["request_id"]) == ("request.not_found", "r-1")
