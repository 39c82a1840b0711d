"""Services in other processes, asked over their inner listeners."""

import logging
import ssl
from collections.abc import Callable, Mapping, Sequence
from itertools import count

import httpx2
import msgspec

from secureconnect.backends.peers.tokens import ServiceSigner
from secureconnect.contracts.errors import BY_WIRE, Code, Fault, Problem
from secureconnect.contracts.peers import Ask, PeerCall, Reply

log = logging.getLogger(__name__)

ANSWER_BYTES_MAX = 16 * 1024 * 1024
CONNECT_S = 2.0
KEEPALIVE_S = 4.0
CONNECTIONS_MAX = 100


class HttpPeers:
    """The Peers port by `POST {inner url}/inner/v1/{call}`, with a service token and JSON both ways.

    A service may have several inner URLs; they take turns, and one that cannot be connected to is stepped over once.
    Nothing else is ever sent twice. `request_id` gives the id of the request that is being worked on, if any.
    """

    def __init__(
        self,
        inner_urls: Mapping[str, Sequence[str]],
        signer: ServiceSigner,
        *,
        timeout_s: float = 5.0,
        trust: ssl.SSLContext | None = None,
        request_id: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._urls = {service: [url.rstrip("/") for url in urls] for service, urls in inner_urls.items()}
        self._signer = signer
        self._timeout_s = timeout_s
        self._request_id = request_id
        self._turn = count()
        limits = httpx2.Limits(
            max_connections=CONNECTIONS_MAX,
            max_keepalive_connections=CONNECTIONS_MAX,
            keepalive_expiry=KEEPALIVE_S,  # below the inner listener's own, so that it is not we who find it closed
        )
        self._client = httpx2.AsyncClient(verify=trust or True, limits=limits, trust_env=False)

    async def ask(self, call: PeerCall[Ask, Reply], ask: Ask, *, timeout_s: float | None = None) -> Reply:
        """The other service's answer, or its Fault (without headers), as the port says."""
        body = msgspec.json.encode(ask)
        response, content = await self._reach(
            call.service, "POST", f"/inner/v1/{call.name}", body, self._timeout_s if timeout_s is None else timeout_s
        )
        if response.status_code != 200:
            raise _fault(call.service, response.status_code, content)
        try:
            return msgspec.json.decode(content, type=call.reply)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Fault(Code.UPSTREAM_FAILED, f"{call.service} gave no readable answer") from error

    async def ping(self, service: str) -> None:
        """Return when the service's inner listener answers; raises Fault(UNAVAILABLE)."""
        response, content = await self._reach(service, "GET", "/health", b"", self._timeout_s)
        if response.status_code != 200:
            raise _fault(service, response.status_code, content)

    async def close(self) -> None:
        """Close the connections; asking afterwards is an error."""
        await self._client.aclose()

    async def _reach(
        self, service: str, method: str, path: str, body: bytes, timeout_s: float
    ) -> tuple[httpx2.Response, bytes]:
        urls = self._urls.get(service)
        if not urls:
            raise Fault(Code.UNAVAILABLE, f"no address of {service} is known")
        first = next(self._turn)
        for tries_left in reversed(range(min(len(urls), 2))):
            url = urls[(first + 1 - tries_left) % len(urls)]
            try:
                return await self._send(service, method, url + path, body, timeout_s)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                if not tries_left:
                    raise _away(service, error) from error
            except (httpx2.HTTPError, TimeoutError) as error:
                raise _away(service, error) from error
        raise AssertionError("the last try returns or raises")

    async def _send(
        self, service: str, method: str, url: str, body: bytes, timeout_s: float
    ) -> tuple[httpx2.Response, bytes]:
        headers = {"Authorization": f"Bearer {self._signer.token(service)}"}
        if body:
            headers["Content-Type"] = "application/json"
        request_id = self._request_id()
        if request_id is not None:
            headers["X-Request-Id"] = request_id
        timeout = httpx2.Timeout(timeout_s, connect=min(timeout_s, CONNECT_S))
        async with self._client.stream(method, url, content=body, headers=headers, timeout=timeout) as response:
            content = bytearray()
            async for part in response.aiter_bytes():
                content += part
                if len(content) > ANSWER_BYTES_MAX:
                    raise Fault(Code.UPSTREAM_FAILED, f"the answer of {service} is too long")
            return response, bytes(content)


def _away(service: str, error: Exception) -> Fault:
    log.debug("%s cannot be reached: %s", service, type(error).__name__)
    return Fault(Code.UNAVAILABLE, f"{service} cannot be reached")


def _fault(service: str, status: int, content: bytes) -> Fault:
    try:
        problem = msgspec.json.decode(content, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        problem = None
    if problem is not None and problem.code in BY_WIRE:
        return Fault(BY_WIRE[problem.code], problem.detail, problem.retry_after_ms, list(problem.errors))
    code = Code.UNAVAILABLE if status in {502, 503, 504} else Code.UPSTREAM_FAILED
    return Fault(code, f"{service} answered {status}")
