"""The inner listener answers calls of services that may make them, readiness in detail, and figures."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import pytest

from secureconnect.backends.peers.answers import answer
from secureconnect.backends.peers.port import answered
from secureconnect.backends.peers.tokens import ServiceSigner, ServiceVerifier, public_key_pem
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import AUTH_BLOCKS, AUTH_KEYS, AccountOnly, BlocksReply, KeysReply, Nothing
from secureconnect.edge.hosts import Hosts
from secureconnect.edge.inner import CALL_BODY_BYTES_MAX, Check, Health, Inner
from secureconnect.edge.metrics import EdgeMetrics
from secureconnect.edge.passage import current_request_id
from secureconnect.kit.clock import SystemClock
from secureconnect.kit.secret import Secret
from tests.fixtures.edge import Visitor, visiting
from tests.fixtures.inner import KEYS
from tests.fixtures.serving import exchange, serving

pytestmark = pytest.mark.anyio
clock = SystemClock()
PUBLIC_KEYS = {name: public_key_pem(pem) for name, pem in KEYS.items()}
PUBLIC_URL = "http://chat.example.org"
BLOCKS = f"/inner/v1/{AUTH_BLOCKS.name}"


@dataclass
class Dependency:
    """Something that a service needs; `wrong` is raised when it is asked."""

    wrong: Exception | None = None

    async def ping(self) -> None:
        if self.wrong is not None:
            raise self.wrong


@dataclass
class House:
    """Auth's inner listener with two dependencies."""

    health: Health
    sql: Dependency
    mail: Dependency
    metrics: EdgeMetrics
    asked: list[str] = field(default_factory=list[str])
    under: list[str | None] = field(default_factory=list[str | None])

    async def blocks(self, ask: AccountOnly) -> BlocksReply:
        self.asked.append(ask.account)
        self.under.append(current_request_id.get())
        if ask.account == "bug":
            raise RuntimeError("the password is hunter2")
        if ask.account == "gone":
            raise Fault(Code.NOT_FOUND, "no such account")
        return BlocksReply(["ben"], [])

    async def keys(self, _: Nothing) -> KeysReply:
        raise Fault(Code.UNAVAILABLE, retry_after_ms=1500)

    def app(self) -> Inner:
        calls = {each.call.name: each for each in (answered(AUTH_BLOCKS, self.blocks), answered(AUTH_KEYS, self.keys))}
        verifier = ServiceVerifier("auth", PUBLIC_KEYS, clock)
        return Inner(
            "auth",
            self.health,
            self.metrics,
            partial(answer, calls),
            verifier.caller,
            Hosts(PUBLIC_URL, ["auth.internal"]),
        )


def made() -> House:
    sql, mail = Dependency(), Dependency()
    health = Health("auth", [Check("sql", True, sql.ping), Check("mail", False, mail.ping)])
    health.started = True
    return House(health, sql, mail, EdgeMetrics("auth", "1"))


@asynccontextmanager
async def house() -> AsyncGenerator[tuple[House, Visitor]]:
    one = made()
    async with visiting(one.app()) as ask:
        yield one, ask


def bearer(name: str = "chat", audience: str = "auth") -> dict[str, str]:
    return {"authorization": "Bearer " + ServiceSigner(name, Secret(KEYS[name]), clock).token(audience)}


async def test_a_service_that_may_ask_is_answered() -> None:
    async with house() as (one, ask):
        reply = await ask("POST", BLOCKS, content=b'{"account":"anna"}', headers=bearer())
        assert (reply.status_code, reply.json()) == (200, {"blocks": ["ben"], "blocked_by": []})
        assert reply.headers["content-type"] == "application/json"
        assert one.asked == ["anna"]


async def test_a_call_goes_on_under_the_id_of_the_request_that_it_is_made_for() -> None:
    async with house() as (one, ask):
        for more in ({"x-request-id": "r-1"}, {}, {"x-request-id": "r-2"}):
            await ask("POST", BLOCKS, content=b'{"account":"anna"}', headers={**bearer(), **more})
        assert one.under == ["r-1", None, "r-2"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (dict, 401),
        (lambda: {"authorization": "Bearer nonsense"}, 401),
        (lambda: bearer(audience="video"), 401),
        (lambda: bearer("storage"), 403),
        (lambda: bearer("operator"), 403),
    ],
    ids=["no token", "nonsense", "another audience", "storage", "operator"],
)
async def test_whoever_may_not_ask_is_refused_before_the_call_is_made(
    headers: Callable[[], dict[str, str]], status: int
) -> None:
    assert not {"storage", "operator"} & AUTH_BLOCKS.callers
    async with house() as (one, ask):
        reply = await ask("POST", BLOCKS, content=b'{"account":"anna"}', headers=headers())
        assert (reply.status_code, reply.headers["content-type"]) == (status, "application/problem+json")
        assert one.asked == []


async def test_a_fault_of_the_call_is_told_unchanged_and_a_bug_says_nothing() -> None:
    async with house() as (_, ask):
        gone = await ask("POST", BLOCKS, content=b'{"account":"gone"}', headers=bearer())
        assert (gone.status_code, gone.json()["detail"]) == (404, "no such account")
        away = await ask("POST", f"/inner/v1/{AUTH_KEYS.name}", content=b"{}", headers=bearer())
        assert (away.status_code, away.json()["retry_after_ms"], away.headers["retry-after"]) == (503, 1500, "2")
        bug = await ask("POST", BLOCKS, content=b'{"account":"bug"}', headers=bearer())
        assert (bug.status_code, bug.json()["code"]) == (500, "server.fault")
        assert "hunter2" not in bug.text


async def test_an_unknown_call_or_path_is_404_a_wrong_method_405_a_wrong_body_400() -> None:
    async with house() as (_, ask):
        assert (await ask("POST", "/inner/v1/nothing", content=b"{}", headers=bearer())).status_code == 404
        assert (await ask("GET", "/inner/v1/nothing", headers=bearer())).status_code == 404
        assert (await ask("GET", "/v1/users")).status_code == 404
        for method, path in (("POST", "/ready"), ("PUT", BLOCKS), ("DELETE", "/metrics"), ("POST", "/")):
            assert (await ask(method, path, headers=bearer())).status_code == 405
        for body in (b"", b"{", b'{"account":5}', b"[]"):
            assert (await ask("POST", BLOCKS, content=body, headers=bearer())).status_code == 400


async def test_a_question_over_the_bound_is_413(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CALL_BODY_BYTES_MAX >= 1_048_576
    monkeypatch.setattr("secureconnect.edge.inner.CALL_BODY_BYTES_MAX", 10_000)
    async with house() as (one, ask):
        body = b'{"account":"' + b"a" * 9_980 + b'"}'
        assert (await ask("POST", BLOCKS, content=body, headers=bearer())).status_code == 200
        too_large = await ask("POST", BLOCKS, content=body + b" " * 10, headers=bearer())
        assert (too_large.status_code, too_large.json()["code"]) == (413, "request.body_too_large")
        assert len(one.asked) == 1


async def test_a_question_that_was_cut_is_not_answered() -> None:
    one = made()
    async with serving(one.app()) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        token = bearer()["authorization"]
        head = f"POST {BLOCKS} HTTP/1.1\r\nhost: localhost\r\nauthorization: {token}\r\ncontent-length: 100\r\n\r\n"
        writer.write(head.encode() + b'{"account":"anna"}')
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        alive = await exchange(port, b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        assert alive.startswith(b"HTTP/1.1 200")
    assert one.asked == []


async def test_a_host_that_is_neither_an_address_nor_a_name_of_ours_is_421() -> None:
    async with house() as (one, ask):
        for host in ("evil.example.org", "", "a@localhost"):
            for path in ("/health", "/ready", "/metrics"):
                refused = await ask("GET", path, headers={"host": host})
                assert (refused.status_code, refused.json()["code"]) == (421, "request.wrong_host")
            asked = await ask("POST", BLOCKS, content=b'{"account":"anna"}', headers={**bearer(), "host": host})
            assert asked.status_code == 421
        assert one.asked == []
        for host in ("localhost", "127.0.0.1:18081", "[::1]", "auth.internal:18081", "chat.example.org"):
            assert (await ask("GET", "/health", headers={"host": host})).status_code == 200


async def test_readiness_names_each_dependency_and_only_a_hard_one_makes_it_503() -> None:
    async with house() as (one, ask):
        ready = await ask("GET", "/ready")
        assert ready.status_code == 200
        assert ready.json() == {"status": "ready", "service": "auth", "checks": {"sql": "ok", "mail": "ok"}}
        one.mail.wrong = ConnectionError("mail.example.org:25 with password hunter2")
        soft = await ask("GET", "/ready")
        assert (soft.status_code, soft.json()["checks"]) == (200, {"sql": "ok", "mail": "fault"})
        assert "hunter2" not in soft.text
        one.sql.wrong = Fault(Code.UNAVAILABLE)
        hard = await ask("GET", "/ready")
        assert (hard.status_code, hard.json()["status"]) == (503, "not_ready")
        assert hard.json()["checks"]["sql"] == "server.unavailable"
        assert (await ask("GET", "/health")).status_code == 200


async def test_before_the_start_and_while_stopping_it_is_not_ready_and_says_why() -> None:
    async with house() as (one, ask):
        one.health.started = False
        early = await ask("GET", "/ready")
        assert (early.status_code, early.json()["checks"]["start"]) == (503, "starting")
        one.health.started = one.health.stopping = True
        late = await ask("GET", "/ready")
        assert (late.status_code, late.json()["checks"]["stop"]) == (503, "stopping")


async def test_figures_are_read_without_a_token_here() -> None:
    async with house() as (one, ask):
        one.metrics.answered("/v1/x", "GET", 200, 0.01)
        figures = await ask("GET", "/metrics")
        assert figures.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert 'secureconnect_http_requests_total{method="GET",route="/v1/x",service="auth",status="200"} 1.0' in (
            figures.text
        )
