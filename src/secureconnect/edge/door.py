"""The outermost layer of every public listener: request ids, Host and origin checks, headers, figures and the access
log."""

import time
from collections.abc import Callable
from typing import Any, cast

import structlog
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.hosts import Hosts, Origins, TrustedProxies
from secureconnect.edge.limits import BODY_CHUNK_DEADLINE_S
from secureconnect.edge.metrics import EdgeMetrics
from secureconnect.edge.passage import Passage, known_passage, set_passage
from secureconnect.edge.problems import refuse_socket, send_problem
from secureconnect.edge.timeouts import timely
from secureconnect.kit.ids import Ids

log = structlog.get_logger("edge.door")
Headers = list[tuple[bytes, bytes]]
FORWARDED_BY = b"x-secureconnect-service"
FORWARDED_CLIENT = b"x-secureconnect-client"
SLOW_S = 1.0
REQUEST_ID_CHARACTERS_MAX = 64
ALLOWED_ID = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")

BASE_HEADERS: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(self), display-capture=(self), geolocation=()"),
]
DEFAULT_HEADERS: Headers = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
DEFAULT_NAMES = frozenset(name for name, _ in DEFAULT_HEADERS)
STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class Door:
    """Wraps one listener's application. A request that came through the gateway's door in this process is only
    counted."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Hosts,
        origins: Origins,
        metrics: EdgeMetrics,
        ids: Ids,
        proxies: TrustedProxies,
        forwarder: Callable[[str], bool],
        https: bool,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._origins = origins
        self._metrics = metrics
        self._ids = ids
        self._proxies = proxies
        self._forwarder = forwarder
        self._base = [*BASE_HEADERS, STRICT_TRANSPORT] if https else BASE_HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request or socket in, or refuse it."""
        kind = scope["type"]
        inner = known_passage(scope)
        if inner is not None:
            await self._counted(scope, receive, send, inner, told=True)
            return
        passage = self._enter(scope)
        set_passage(scope, passage)
        host = _header(scope, b"host")
        if not self._hosts.answers(host):
            await self._refuse(scope, receive, send, Fault(Code.WRONG_HOST), passage)
        elif kind == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._http(scope, receive, send, passage, host)

    async def _http(self, scope: Scope, receive: Receive, send: Send, passage: Passage, host: bytes | None) -> None:
        origin = _header(scope, b"origin")
        shared = None
        if origin is not None:
            text = origin.decode("latin-1")
            if self._origins.shared(text):
                shared = origin
            elif not self._origins.own_page(text, host) and cast("dict[str, str]", scope)["method"] != "GET":
                await self._refuse(scope, receive, send, Fault(Code.ORIGIN_REFUSED), passage)
                return
        dressed = _Dressed(send, self._base, passage.request_id, shared)
        if shared is not None and cast("dict[str, str]", scope)["method"] == "OPTIONS":
            await _preflight(dressed.send)
            return
        await self._counted(scope, timely(receive, BODY_CHUNK_DEADLINE_S), dressed.send, passage)

    async def _counted(
        self, scope: Scope, receive: Receive, send: Send, passage: Passage, *, told: bool = False
    ) -> None:
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started_s = time.monotonic()
        try:
            await self._app(scope, receive, watched)
        except Exception:
            log.exception("a request failed", request_id=passage.request_id)
            if status == 0:
                await send_problem(watched, Fault(Code.INTERNAL), passage.request_id)
        finally:
            self._note(cast("dict[str, Any]", scope), status, time.monotonic() - started_s, passage, told)

    def _note(self, scope: dict[str, Any], status: int, seconds: float, passage: Passage, told: bool) -> None:
        route: str = scope.get("path_template") or "-"
        method: str = scope["method"]
        if method not in METHODS:
            method = "OTHER"
        self._metrics.answered(route, method, status, seconds)
        if not told and (status >= 400 or seconds > SLOW_S or method not in ("GET", "HEAD")):
            log.info(
                "request",
                service=self._metrics.service,
                route=route,
                method=method,
                status=status,
                ms=round(seconds * 1000, 1),
                request_id=passage.request_id,
            )

    def _enter(self, scope: Scope) -> Passage:
        peer = scope["client"]
        peer_ip = peer[0] if peer else ""
        request_id: bytes | None = None
        forwarded_for: bytes | None = None
        service_token: bytes | None = None
        forwarded_client: bytes | None = None
        for name, value in cast("Headers", scope["headers"]):
            if name == b"x-request-id":
                request_id = value
            elif name == b"x-forwarded-for":
                forwarded_for = value if forwarded_for is None else forwarded_for + b"," + value
            elif name == FORWARDED_BY:
                service_token = value
            elif name == FORWARDED_CLIENT:
                forwarded_client = value
        if (
            service_token is not None
            and forwarded_client is not None
            and self._forwarder(service_token.decode("latin-1"))
        ):
            client_ip = forwarded_client.decode("latin-1")
        else:
            client_ip = self._proxies.client_ip(
                peer_ip, None if forwarded_for is None else forwarded_for.decode("latin-1")
            )
        return Passage(self._request_id(request_id), client_ip, time.monotonic())

    def _request_id(self, given: bytes | None) -> str:
        if given and len(given) <= REQUEST_ID_CHARACTERS_MAX and ALLOWED_ID.issuperset(given):
            return given.decode()
        return self._ids.new()

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, fault: Fault, passage: Passage) -> None:
        if scope["type"] == "http":
            dressed = _Dressed(send, self._base, passage.request_id, None)
            await send_problem(dressed.send, fault, passage.request_id)
            self._metrics.answered("-", "OTHER", fault.code.status, 0.0)
            return
        await refuse_socket(receive, send, fault, passage.request_id)


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Dressed:
    """Adds our headers to an answer; the answer's own word stands where it has one."""

    def __init__(self, send: Send, base: Headers, request_id: str, shared_origin: bytes | None) -> None:
        self._send = send
        self._base = base
        self._request_id = request_id.encode()
        self._shared_origin = shared_origin

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(cast("Headers", message["headers"]))
            named = {name for name, _ in headers}
            headers += [pair for pair in self._base if pair[0] not in named]
            if b"x-request-id" not in named:
                headers.append((b"x-request-id", self._request_id))
            headers += [pair for pair in DEFAULT_HEADERS if pair[0] not in named]
            if self._shared_origin is not None:
                headers.append((b"access-control-allow-origin", self._shared_origin))
                headers.append((b"access-control-expose-headers", EXPOSED))
                headers.append((b"vary", b"origin"))
            message["headers"] = headers
        await self._send(message)


EXPOSED = b"etag, location, retry-after, upload-offset, upload-length, upload-expires, tus-resumable, x-request-id"
ALLOWED = (
    b"authorization, content-type, idempotency-key, tus-resumable, upload-length, upload-metadata, upload-offset, "
    b"upload-checksum, x-request-id, range, if-none-match, if-range"
)


async def _preflight(send: Send) -> None:
    headers: Headers = [
        (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
        (b"access-control-allow-headers", ALLOWED),
        (b"access-control-max-age", b"600"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _header(scope: Scope, name: bytes) -> bytes | None:
    for key, value in cast("Headers", scope["headers"]):
        if key == name:
            return value
    return None
