"""Requests handed on: to the service in this process, or streamed both ways to one that lives elsewhere."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from itertools import count
from typing import Any, cast

import httpx2
import structlog
from litestar.types import ASGIApp, Receive, Scope, Send

from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.door import FORWARDED_BY, FORWARDED_CLIENT
from secureconnect.edge.passage import passage_of

log = structlog.get_logger("gateway.forward")
Headers = list[tuple[bytes, bytes]]
ServiceToken = Callable[[str], str]
CONNECTIONS_MAX = 512
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
IDENTITY = frozenset(
    {
        b"forwarded",
        b"x-real-ip",
        b"x-client-ip",
        b"x-user-id",
        b"x-account-id",
        b"x-original-url",
        b"x-rewrite-url",
        b"x-request-id",
    }
)
IDENTITY_PREFIXES = (b"x-forwarded-", b"x-secureconnect-")


def passed_on(headers: Headers) -> Headers:
    """A client's headers without those of the hop (RFC 9110 section 7.6.1) and those that claim an identity."""
    named = {token.strip().lower() for name, value in headers if name == b"connection" for token in value.split(b",")}
    return [
        (name, value)
        for name, value in headers
        if name not in HOP_BY_HOP
        and name not in named
        and name not in IDENTITY
        and not name.startswith(IDENTITY_PREFIXES)
    ]


class Elsewhere:
    """Streams requests to services in other processes; the connections are kept and shared."""

    def __init__(self, urls: Mapping[str, Sequence[str]], token: ServiceToken, connect_s: float, idle_s: float) -> None:
        self._urls = {service: [url.rstrip("/") for url in found] for service, found in urls.items()}
        self._token = token
        self._turn = count()
        limits = httpx2.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=64, keepalive_expiry=30.0)
        timeout = httpx2.Timeout(idle_s, connect=connect_s, pool=connect_s)
        # The connections are everybody's: what one browser is given to keep must never be sent with another's request.
        keeps_nothing = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        self._client = httpx2.AsyncClient(
            cookies=keeps_nothing, limits=limits, timeout=timeout, trust_env=False, follow_redirects=False
        )

    async def close(self) -> None:
        """Let the kept connections go."""
        await self._client.aclose()

    async def __call__(self, service: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand one request on. Raises Fault UNAVAILABLE when nobody takes it, UPSTREAM_FAILED when the answer breaks
        off."""
        body = _Body(receive)
        response = await self._reach(service, cast("dict[str, Any]", scope), body)
        try:
            headers = [pair for pair in response.headers.raw if pair[0].lower() not in HOP_BY_HOP]
            lowered = [(name.lower(), value) for name, value in headers]
            await send({"type": "http.response.start", "status": response.status_code, "headers": lowered})
            async for part in response.aiter_raw():
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except httpx2.HTTPError as error:
            log.warning("an answer broke off", upstream=service, error=type(error).__name__)
            raise Fault(Code.UPSTREAM_FAILED) from error
        finally:
            await response.aclose()

    async def _reach(self, service: str, scope: dict[str, Any], body: "_Body") -> httpx2.Response:
        urls = self._urls[service]
        first = next(self._turn)
        for step in range(len(urls)):
            url = urls[(first + step) % len(urls)]
            try:
                return await self._client.send(self._request(service, url, scope, body), stream=True)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                log.warning("a service cannot be reached", upstream=service, error=type(error).__name__)
            except httpx2.HTTPError as error:
                if body.fault is not None:
                    raise body.fault from error
                log.warning("a service gave no answer", upstream=service, error=type(error).__name__)
                raise Fault(Code.UPSTREAM_FAILED) from error
        raise Fault(Code.UNAVAILABLE, retry_after_ms=1000)

    def _request(self, service: str, url: str, scope: dict[str, Any], body: "_Body") -> httpx2.Request:
        passage = passage_of(cast("Scope", scope))
        headers = passed_on(cast("Headers", scope["headers"]))
        headers.append((b"x-request-id", passage.request_id.encode()))
        headers.append((FORWARDED_BY, self._token(service).encode()))
        headers.append((FORWARDED_CLIENT, passage.client_ip.encode()))
        target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        has_body = any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])
        return self._client.build_request(
            scope["method"],
            httpx2.URL(url).copy_with(raw_path=target),
            headers=headers,
            content=body.parts() if has_body else None,
        )


class _Body:
    """A request's body as an iterator, remembering a fault of the client's side."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.fault: Fault | None = None

    async def parts(self) -> AsyncIterator[bytes]:
        while True:
            try:
                message = await self._receive()
            except Fault as fault:
                self.fault = fault
                raise
            if message["type"] != "http.request":
                self.fault = Fault(Code.BAD_REQUEST, "The request was cut.")
                raise self.fault
            if message["body"]:
                yield message["body"]
            if not message["more_body"]:
                return


class Forward:
    """Hands a request to its service, wherever that lives."""

    def __init__(self, here: Mapping[str, ASGIApp], elsewhere: Elsewhere) -> None:
        self._here = here
        self._elsewhere = elsewhere

    async def __call__(self, service: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand one request or socket on."""
        app = self._here.get(service)
        if app is not None:
            await app(scope, receive, send)
            return
        await self._elsewhere(service, scope, receive, send)
        cast("dict[str, Any]", scope)["path_template"] = f"/* of {service}"
