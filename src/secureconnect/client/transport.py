"""Requests over HTTP: signed, repeated where that is safe, errors as named faults."""

import asyncio
import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import httpx2
import msgspec

from secureconnect.client.faults import ConnectionLost, ServerFault, from_answer
from secureconnect.client.reading import read
from secureconnect.client.session import Keeper
from secureconnect.contracts.errors import Code
from secureconnect.kit.clock import Clock
from secureconnect.kit.ids import Ids
from secureconnect.kit.retry import full_jitter_s

T = TypeVar("T")
SAFE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE", "PATCH"})
"""Methods whose calls may be done twice here: every PATCH of the API sets values or carries a client_id."""
RENEWABLE = frozenset({Code.UNAUTHENTICATED, Code.AUTH_TOKEN_INVALID})
AWAY = frozenset({502, 503, 504})


@dataclass(frozen=True)
class Patience:
    """How long the client tries by itself before it tells its caller."""

    tries_max: int = 4
    wait_s_most: float = 30.0
    first_wait_s: float = 0.2


@dataclass(frozen=True)
class Ask:
    """One request."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    signed: bool = True
    repeatable: bool | None = None
    """Whether it may be done twice; None: as its method says, and a POST with an Idempotency-Key."""

    def may_repeat(self) -> bool:
        """Whether sending it again after a lost answer is safe."""
        if self.repeatable is not None:
            return self.repeatable
        return self.method in SAFE_METHODS or "idempotency-key" in self.headers


def json_headers(key: str | None = None) -> dict[str, str]:
    """Headers of a JSON body, with the Idempotency-Key that makes a POST repeatable."""
    headers = {"content-type": "application/json"}
    if key is not None:
        headers["idempotency-key"] = key
    return headers


class Http:
    """Sends requests to one server for one session."""

    def __init__(
        self, web: httpx2.AsyncClient, keeper: Keeper, clock: Clock, rng: random.Random, patience: Patience
    ) -> None:
        self._web = web
        self._clock = clock
        self._patience = patience
        self.rng = rng
        self.keeper = keeper
        self.ids = Ids(clock, rng.randbytes)

    async def ask(
        self,
        answer: type[T],
        method: str,
        path: str,
        body: msgspec.Struct | None = None,
        query: Mapping[str, object] | None = None,
    ) -> T:
        """Send a signed request and read its answer; raises ServerFault, ConnectionLost, AnswerUnreadable."""
        response = await self.send(self._ask(method, path, body, query))
        return read(response.content, answer)

    async def tell(self, method: str, path: str, body: msgspec.Struct | None = None) -> None:
        """Send a signed request whose answer has no body worth reading."""
        await self.send(self._ask(method, path, body, None))

    async def send(self, ask: Ask) -> httpx2.Response:
        """Send a request, again where that is safe; the last fault is raised when the tries are used up."""
        return await self._tried(ask, whole=True)

    @asynccontextmanager
    async def stream(self, ask: Ask) -> AsyncGenerator[httpx2.Response]:
        """Send a request and hand over its good answer before the body is read."""
        response = await self._tried(ask, whole=False)
        try:
            yield response
        finally:
            await response.aclose()

    async def _tried(self, ask: Ask, whole: bool) -> httpx2.Response:
        waits = full_jitter_s(self._patience.first_wait_s, self._patience.wait_s_most, self.rng)
        renewed = False
        tries = 1
        while True:
            token = await self.keeper.access() if ask.signed else None
            try:
                return await self._once(ask, token, whole)
            except ServerFault as fault:
                if token is not None and not renewed and fault.status == 401 and fault.code in RENEWABLE:
                    renewed = True
                    await self.keeper.renew(token)
                    continue
                wait_s = self._wait_s(ask, fault, next(waits))
                if wait_s is None or tries >= self._patience.tries_max:
                    raise
            except ConnectionLost as lost:
                wait_s = next(waits)
                unsent = isinstance(lost.__cause__, (httpx2.ConnectError, httpx2.ConnectTimeout))
                if not (unsent or ask.may_repeat()) or tries >= self._patience.tries_max:
                    raise
            tries += 1
            await asyncio.sleep(wait_s)

    async def _once(self, ask: Ask, token: str | None, whole: bool) -> httpx2.Response:
        headers = dict(ask.headers)
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        request = self._web.build_request(
            ask.method, ask.path, params=dict(ask.query) or None, content=ask.content, headers=headers
        )
        try:
            response = await self._web.send(request, stream=True)
            good = response.status_code < 300
            if good and not whole:
                return response
            try:
                content = await response.aread()
            finally:
                await response.aclose()
        except httpx2.TransportError as cut:
            raise ConnectionLost(f"{ask.method} {ask.path}: {type(cut).__name__} {cut}") from cut
        if good:
            return response
        raise from_answer(response.status_code, response.headers, content, self._clock.now_ms())

    def _wait_s(self, ask: Ask, fault: ServerFault, jittered_s: float) -> float | None:
        """Seconds to wait before the request may be sent again; None when it may not."""
        if not ask.may_repeat():
            return None
        hinted = fault.status in {429, 503} or fault.code is Code.IDEMPOTENCY_RUNNING
        if hinted and fault.retry_after_ms is not None:
            wait_s = fault.retry_after_ms / 1000
            return wait_s if wait_s <= self._patience.wait_s_most else None
        return jittered_s if fault.status in AWAY or fault.code is Code.IDEMPOTENCY_RUNNING else None

    def _ask(self, method: str, path: str, body: msgspec.Struct | None, query: Mapping[str, object] | None) -> Ask:
        key = self.ids.new() if method == "POST" and not path.startswith("/v1/auth/") else None
        headers = json_headers(key) if body is not None else ({} if key is None else {"idempotency-key": key})
        said = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        return Ask(method, path, said, None if body is None else msgspec.json.encode(body), headers)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
