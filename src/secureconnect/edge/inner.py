"""The inner listener of a service: readiness in detail, figures, and calls between services; never published."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec
import structlog
from litestar.types import Receive, Scope, Send

from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.hosts import Hosts
from secureconnect.edge.identity import bearer
from secureconnect.edge.metrics import CONTENT_TYPE, EdgeMetrics
from secureconnect.edge.passage import current_request_id
from secureconnect.edge.problems import send_problem

log = structlog.get_logger("edge.inner")
CALL_PREFIX = "/inner/v1/"
CALL_BODY_BYTES_MAX = 16 * 1_048_576
JSON = b"application/json"
CallAnswerer = Callable[[str, str, bytes], Awaitable[bytes]]
"""The JSON answer to a call, by its caller, its name and its JSON question. Raises Fault."""


@dataclass(frozen=True)
class Check:
    """One dependency of a service: hard ones keep it from being ready; `ping` returns or raises."""

    need: str
    hard: bool
    ping: Callable[[], Awaitable[None]]


class Health:
    """Whether a service lives, is ready, and what is degraded."""

    def __init__(self, service: str, checks: Sequence[Check]) -> None:
        self._service = service
        self._checks = checks
        self.started = False
        self.stopping = False

    async def ready(self) -> tuple[bool, dict[str, str]]:
        """Whether all hard dependencies answer, with a word for each dependency."""
        words: dict[str, str] = {}
        good = self.started and not self.stopping
        for check in self._checks:
            try:
                await check.ping()
                words[check.need] = "ok"
            except Exception as error:
                words[check.need] = error.code.wire if isinstance(error, Fault) else "fault"
                good = good and not check.hard
        if not self.started:
            words["start"] = "starting"
        if self.stopping:
            words["stop"] = "stopping"
        return good, words


class Inner:
    """The ASGI application of an inner listener."""

    def __init__(
        self,
        service: str,
        health: Health,
        metrics: EdgeMetrics,
        answer: CallAnswerer,
        verify: Callable[[str], str],
        hosts: Hosts,
    ) -> None:
        self._service = service
        self._hosts = hosts
        self._health = health
        self._metrics = metrics
        self._answer_call = answer
        self._verify = verify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one inner request."""
        if scope["type"] != "http":
            return
        try:
            status, content_type, body = await self._answer(cast("dict[str, Any]", scope), receive)
        except Fault as fault:
            await send_problem(send, fault, "-")
            return
        except Exception:
            log.exception("an inner call failed", service=self._service)
            await send_problem(send, Fault(Code.INTERNAL), "-")
            return
        headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _answer(self, scope: dict[str, Any], receive: Receive) -> tuple[int, bytes, bytes]:
        if not self._hosts.answers(next((value for name, value in scope["headers"] if name == b"host"), None)):
            raise Fault(Code.WRONG_HOST)
        path: str = scope["path"]
        method: str = scope["method"]
        if method == "POST" and path.startswith(CALL_PREFIX):
            token = bearer(scope["headers"])
            if token is None:
                raise Fault(Code.UNAUTHENTICATED)
            caller = self._verify(token)
            _go_on(scope["headers"])
            body = await _body(receive)
            call = path.removeprefix(CALL_PREFIX)
            log.debug("asked", service=self._service, caller=caller, call=call)
            return 200, JSON, await self._answer_call(caller, call, body)
        if method != "GET":
            raise Fault(Code.METHOD_NOT_ALLOWED)
        if path == "/health":
            return 200, JSON, msgspec.json.encode({"status": "ok", "service": self._service})
        if path == "/ready":
            good, words = await self._health.ready()
            state = {"status": "ready" if good else "not_ready", "service": self._service, "checks": words}
            return 200 if good else 503, JSON, msgspec.json.encode(state)
        if path == "/metrics":
            return 200, CONTENT_TYPE, self._metrics.exposition()
        raise Fault(Code.NOT_FOUND)


def _go_on(headers: list[tuple[bytes, bytes]]) -> None:
    """Work under the id of the request that the calling service works on."""
    for name, value in headers:
        if name == b"x-request-id":
            current_request_id.set(value.decode("latin-1"))


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Fault(Code.BAD_REQUEST)
        part = message["body"]
        size += len(part)
        if size > CALL_BODY_BYTES_MAX:
            raise Fault(Code.BODY_TOO_LARGE)
        parts.append(part)
        if not message["more_body"]:
            return b"".join(parts)
