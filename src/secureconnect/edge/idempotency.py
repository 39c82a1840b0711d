"""Idempotency-Key on creating POSTs: the first answer is kept for 24 hours per account and given again."""

import hashlib
from typing import Any, Protocol, cast

import msgspec
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.gatekeeper import Gatekeeper, caller_of
from secureconnect.edge.passage import passage_of
from secureconnect.edge.problems import send_problem
from secureconnect.edge.routes import IDEMPOTENT, POLICY, Policy

HEADER = b"idempotency-key"
KEY_CHARACTERS_MAX = 255
ANSWER_BYTES_MAX = 262_144
KEPT_MS = 24 * 3600 * 1000
RUNNING_MS = 60_000
UNKEPT = "secureconnect.unkept"


class KeptAnswer(msgspec.Struct, frozen=True):
    """What was answered: `status` is 0 while the first request still runs."""

    fingerprint: bytes
    status: int
    headers: list[tuple[bytes, bytes]] = []
    body: bytes = b""


class KeptAnswers(Protocol):
    """Where answers are kept, durable, by account and key."""

    async def begin(self, account: str, key: str, fingerprint: bytes, running_ms: int) -> KeptAnswer | None:
        """Take the key for a request that begins now; None when it was free (or its first request died), else what
        stands."""
        ...

    async def finish(self, account: str, key: str, answer: KeptAnswer, kept_ms: int) -> None:
        """Keep the answer."""
        ...

    async def release(self, account: str, key: str) -> None:
        """Free the key: the request failed in a way that may be tried again."""
        ...


class Idempotency:
    """Middleware that replays the first answer; answers of 5xx, 401, 409 and 429 are not kept, so that trying
    again helps."""

    def __init__(self, answers: KeptAnswers, gatekeeper: Gatekeeper) -> None:
        self._answers = answers
        self._gatekeeper = gatekeeper

    def middleware(self, app: ASGIApp) -> ASGIApp:
        """The middleware as Litestar wants it."""

        async def pass_through(scope: Scope, receive: Receive, send: Send) -> None:
            key = _key_of(scope)
            if key is None:
                await app(scope, receive, send)
                return
            try:
                await self._once(app, scope, receive, send, key)
            except Fault as fault:
                await send_problem(send, fault, passage_of(scope).request_id)

        return pass_through

    async def _once(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, key: str) -> None:
        check_key(key)
        await self._gatekeeper.admit(scope, cast("dict[str, Any]", scope)["route_handler"].opt)
        caller = caller_of(scope)
        body = await _whole_body(receive)
        fingerprint = _fingerprint(scope, body)
        kept = await self._answers.begin(caller.account, key, fingerprint, RUNNING_MS)
        if kept is not None:
            await _replay(kept, fingerprint, send)
            return
        recorder = _Recorder(send)
        try:
            await app(scope, _again(body), recorder.send)
        except BaseException:
            await self._answers.release(caller.account, key)
            raise
        if recorder.keepable and not cast("dict[str, Any]", scope).get(UNKEPT):
            answer = KeptAnswer(fingerprint, recorder.status, recorder.headers, bytes(recorder.body))
            await self._answers.finish(caller.account, key, answer, KEPT_MS)
        else:
            await self._answers.release(caller.account, key)


def keep_no_answer(scope: Scope | HTTPScope) -> None:
    """Let the answer to this request not be kept: it made nothing, and it holds what may be erased later."""
    cast("dict[str, Any]", scope)[UNKEPT] = True


class _Recorder:
    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()

    @property
    def keepable(self) -> bool:
        return 0 < self.status < 500 and self.status not in (401, 409, 429) and len(self.body) <= ANSWER_BYTES_MAX

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(bytes(name), bytes(value)) for name, value in message["headers"]]
        elif message["type"] == "http.response.body" and len(self.body) <= ANSWER_BYTES_MAX:
            self.body += message["body"]
        await self._send(message)


def _key_of(scope: Scope) -> str | None:
    handler = cast("dict[str, Any]", scope).get("route_handler")
    if handler is None or not handler.opt.get(IDEMPOTENT) or handler.opt[POLICY] is Policy.PUBLIC:
        return None
    for name, value in cast("list[tuple[bytes, bytes]]", scope["headers"]):
        if name == HEADER:
            return value.decode("latin-1")
    return None


async def _whole_body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Fault(Code.BAD_REQUEST, "The request was cut.")
        part = message["body"]
        size += len(part)
        if size > ANSWER_BYTES_MAX * 4:
            raise Fault(Code.BODY_TOO_LARGE)
        parts.append(part)
        if not message["more_body"]:
            return b"".join(parts)


def _again(body: bytes) -> Receive:
    given = False

    async def receive() -> Any:
        nonlocal given
        if given:
            return {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _fingerprint(scope: Scope, body: bytes) -> bytes:
    line = f"{cast('dict[str, Any]', scope)['method']} {scope['path']}\n".encode()
    return hashlib.sha256(line + body).digest()


async def _replay(kept: KeptAnswer, fingerprint: bytes, send: Send) -> None:
    if kept.fingerprint != fingerprint:
        raise Fault(Code.IDEMPOTENCY_KEY_REUSED)
    if kept.status == 0:
        raise Fault(Code.IDEMPOTENCY_RUNNING, retry_after_ms=1000)
    headers = [*kept.headers, (b"idempotency-replayed", b"true")]
    await send({"type": "http.response.start", "status": kept.status, "headers": headers})
    await send({"type": "http.response.body", "body": kept.body, "more_body": False})


def check_key(key: str) -> None:
    """Refuse a key that is empty or too long. Raises Fault BAD_REQUEST."""
    if not 0 < len(key) <= KEY_CHARACTERS_MAX:
        raise Fault(Code.BAD_REQUEST, "Idempotency-Key must have 1 to 255 characters.")
