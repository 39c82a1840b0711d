"""What answers on a service's public port beneath the door: probes, sockets by path, and the API."""

import hmac
from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec
from litestar.types import ASGIApp, Receive, Scope, Send

from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.identity import bearer
from secureconnect.edge.inner import Health
from secureconnect.edge.metrics import CONTENT_TYPE, EdgeMetrics
from secureconnect.edge.passage import passage_of
from secureconnect.edge.problems import refuse_socket, send_problem

MetricsToken = Callable[[], str | None]
PROBES = frozenset({"/health", "/ready", "/metrics"})


class Public:
    """The ASGI application of one service's public port, inside of its door."""

    def __init__(
        self,
        api: ASGIApp,
        sockets: Mapping[str, ASGIApp],
        health: Health,
        metrics: EdgeMetrics,
        metrics_token: MetricsToken,
    ) -> None:
        self._api = api
        self._sockets = sockets
        self._health = health
        self._metrics = metrics
        self._metrics_token = metrics_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Dispatch by kind and path."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["path"] in PROBES:
            await self._probe(cast("dict[str, Any]", scope), send)
        else:
            await self._api(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._sockets.get(scope["path"])
        if app is not None:
            await app(scope, receive, send)
            return
        await refuse_socket(receive, send, Fault(Code.NOT_FOUND), passage_of(scope).request_id)

    async def _probe(self, scope: dict[str, Any], send: Send) -> None:
        path: str = scope["path"]
        scope["path_template"] = path
        request_id = passage_of(cast("Scope", scope)).request_id
        if scope["method"] not in ("GET", "HEAD"):
            await send_problem(send, Fault(Code.METHOD_NOT_ALLOWED, headers={"allow": "GET, HEAD"}), request_id)
            return
        status, content_type, content = 200, b"application/json", b'{"status":"ok"}'
        if path == "/ready":
            good, _ = await self._health.ready()
            status = 200 if good else 503
            content = msgspec.json.encode({"status": "ready" if good else "not_ready"})
        elif path == "/metrics":
            if not self._may_measure(scope["headers"]):
                await send_problem(send, Fault(Code.UNAUTHENTICATED), request_id)
                return
            content_type, content = CONTENT_TYPE, self._metrics.exposition()
        body = b"" if scope["method"] == "HEAD" else content
        headers = [(b"content-type", content_type), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    def _may_measure(self, headers: list[tuple[bytes, bytes]]) -> bool:
        wanted, given = self._metrics_token(), bearer(headers)
        return wanted is not None and given is not None and hmac.compare_digest(wanted.encode(), given.encode())
