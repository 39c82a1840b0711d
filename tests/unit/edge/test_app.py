"""A service's HTTP side: policies, bodies, rates, idempotency and faults, over real requests."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx2
import pytest
from litestar import get
from litestar.params import Parameter
from msgspec import Raw
from sqlalchemy import MetaData

from secureconnect.backends.peers.local import LocalPeers
from secureconnect.backends.peers.port import answered
from secureconnect.contracts.base import Answer, Request
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import AUTH_CHANGES, AUTH_KEYS, Change, Changes, ChangesAsk, KeysReply, Nothing
from secureconnect.edge.app import UndeclaredRoute, build_app
from secureconnect.edge.follow import Follower
from secureconnect.edge.hosts import Hosts, Origins, TrustedProxies
from secureconnect.edge.identity import Caller, Identity
from secureconnect.edge.inner import Check
from secureconnect.edge.kept import SqlKeptAnswers, kept_answers_table
from secureconnect.edge.limits import RATES, Limiter
from secureconnect.edge.metrics import EdgeMetrics
from secureconnect.edge.routes import Policy, route
from secureconnect.edge.running import Edge, Running, assemble
from secureconnect.kit.clock import SystemClock
from secureconnect.kit.ids import Ids
from tests.fixtures.serving import serving
from tests.fixtures.sql import open_sqlite
from tests.fixtures.waiting import until
from tests.unit.edge.test_identity import ISSUER, KEY

pytestmark = pytest.mark.anyio
clock = SystemClock()


class ThingRequest(Request, frozen=True):
    """A body."""

    name: str
    weight: Annotated[int, Parameter(ge=0)] = 0
    content: Raw = Raw(b"null")


class Thing(Answer, frozen=True):
    """An answer."""

    name: str
    by: str
    number: int


class Shelf:
    """Counts what was made."""

    def __init__(self) -> None:
        self.made = 0

    def make(self, name: str, by: str) -> Thing:
        self.made += 1
        return Thing(name, by, self.made)


@route("POST", "/v1/things", policy=Policy.ACCOUNT, rate="create", summary="Make", tag="t", status=201, idempotent=True)
async def make_thing(data: ThingRequest, caller: Caller, shelf: Shelf) -> Thing:
    """Make a thing."""
    if data.name == "broken":
        raise RuntimeError("the password is hunter2")
    if data.name == "busy":
        shelf.made += 1
        raise Fault(Code.UNAVAILABLE, retry_after_ms=1)
    return shelf.make(data.name, caller.account)


@route("GET", "/v1/things", policy=Policy.PUBLIC, rate="public", summary="List", tag="t")
async def list_things(limit: Annotated[int, Parameter(ge=1, le=10)] = 5) -> list[int]:
    """List numbers."""
    return list(range(limit))


@route("GET", "/v1/reset", policy=Policy.PUBLIC, rate="reset", summary="Rare", tag="t")
async def rare() -> None:
    """Something that is rarely allowed."""


@route("GET", "/v1/admin/things", policy=Policy.ADMIN, rate="admin", summary="Admin", tag="t")
async def admin_things(caller: Caller) -> str:
    """For administrators."""
    return caller.account


class House:
    """A served edge with a stand-in for auth's answers on the real peers."""

    def __init__(self, port: int, shelf: Shelf, changes: list[Change], edge: Edge) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.shelf = shelf
        self.changes = changes
        self.edge = edge

    async def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        async with httpx2.AsyncClient(base_url=self.url, trust_env=False) as client:
            return await client.request(method, path, **options)


def signed(**changes: Any) -> dict[str, str]:
    from tests.unit.edge import test_identity

    now_s = clock.now_ms() // 1000
    return {"authorization": "Bearer " + test_identity.token(iat=now_s, exp=now_s + 600, **changes)}


@asynccontextmanager
async def house(tmp_path: Path) -> AsyncGenerator[House]:
    changes: list[Change] = []
    peers = LocalPeers()

    async def keys(_: Nothing) -> KeysReply:
        return KeysReply(Raw(json.dumps({"keys": [{**KEY.as_dict(private=False), "kid": "k1"}]}).encode()), "i-1")

    async def changed(ask: ChangesAsk) -> Changes:
        await asyncio.sleep(min(ask.wait_ms / 1000, 0.02))
        return Changes(list(changes), len(changes))

    peers.serve("auth", [answered(AUTH_KEYS, keys), answered(AUTH_CHANGES, changed)])
    identity = Identity(ISSUER, "secureconnect", clock)
    asked = peers.as_caller("chat")
    rng = random.Random(1)
    edge = Edge(
        service="chat", version="1", clock=clock, ids=Ids(clock), rng=rng, metrics=EdgeMetrics("chat", "1"),
        identity=identity, follower=Follower(asked, identity, rng), limiter=Limiter(clock), hosts=Hosts(ISSUER),
        origins=Origins(ISSUER), proxies=TrustedProxies(), peers=asked, forwarder=lambda _: False,
        metrics_token=lambda: "figures-token", https=False, scale=1.0,
    )  # fmt: skip
    metadata = MetaData()
    kept_answers_table(metadata)
    shelf = Shelf()

    async def admins_only(caller: Caller) -> None:
        if caller.account != "root":
            raise Fault(Code.AUTH_NOT_ADMIN)

    async with open_sqlite(tmp_path / "chat.db", metadata) as sql:
        running: Running = assemble(
            edge,
            routes=[make_thing, list_things, rare, admin_things],
            provided={"shelf": shelf},
            gatekeeper=edge.gatekeeper(admins_only),
            checks=[Check("sql", True, sql.ping)],
            kept_answers=SqlKeptAnswers(sql, clock),
        )
        await running.start()
        await until(lambda: identity.ready)
        async with serving(running.public) as port:
            yield House(port, shelf, changes, edge)
        await running.drain()
        await running.stop()


async def test_a_signed_in_caller_is_served_and_a_stranger_is_not(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        made = await one.ask("POST", "/v1/things", json={"name": "a"}, headers=signed(sub="ben"))
        assert (made.status_code, made.json()) == (201, {"name": "a", "by": "ben", "number": 1})
        for headers, code in (({}, "request.unauthenticated"), ({"authorization": "Bearer x"}, "auth.token_invalid")):
            refused = await one.ask("POST", "/v1/things", json={"name": "a"}, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (401, code)


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        (b"{", 400, None),
        (b"", 422, None),
        (b'{"name":"\xff"}', 400, None),
        (b"[" * 50_000, 422, ""),
        (b'{"name":"a","content":' + b"[" * 50_000, 400, None),
        (b'{"name":"a","content":' + b"[" * 50_000 + b"]" * 50_000 + b"}", 400, None),
        (b"{}", 422, ""),
        (b'{"name":5}', 422, "/name"),
        (b'{"name":"a","extra":1}', 422, ""),
        (b'{"name":"' + b"a" * 1_100_000 + b'"}', 413, None),
    ],
    ids=lambda value: str(value)[:24],
)
async def test_a_body_that_does_not_fit_is_told_where(
    tmp_path: Path, body: bytes, status: int, pointer: str | None
) -> None:
    async with house(tmp_path) as one:
        headers = {**signed(), "content-type": "application/json"}
        refused = await one.ask("POST", "/v1/things", content=body, headers=headers)
        assert refused.status_code == status
        assert refused.headers["content-type"] == "application/problem+json"
        if pointer is not None:
            assert refused.json()["errors"][0]["pointer"] == pointer
        assert one.shelf.made == 0


async def test_a_query_that_does_not_fit_is_422_and_an_unknown_path_404_and_a_method_405(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        assert (await one.ask("GET", "/v1/things?limit=3")).json() == [0, 1, 2]
        wrong = await one.ask("GET", "/v1/things?limit=99")
        assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "query:limit")
        assert (await one.ask("GET", "/v1/nothing")).json()["code"] == "request.not_found"
        other = await one.ask("DELETE", "/v1/things")
        assert (other.status_code, other.json()["code"]) == (405, "request.method_not_allowed")
        assert "GET" in other.headers["allow"]


async def test_a_bug_answers_500_without_a_word_of_it(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        broken = await one.ask("POST", "/v1/things", json={"name": "broken"}, headers=signed())
        assert (broken.status_code, broken.json()["code"]) == (500, "server.fault")
        assert "hunter2" not in broken.text


async def test_over_the_rate_is_429_with_retry_after(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        answers = [await one.ask("GET", "/v1/reset") for _ in range(RATES["reset"].amount + 1)]
        assert {answer.status_code for answer in answers[:-1]} == {200}
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) >= 1


async def test_an_admin_route_asks_the_store(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        assert (await one.ask("GET", "/v1/admin/things", headers=signed(sub="root"))).status_code == 200
        refused = await one.ask("GET", "/v1/admin/things", headers=signed(sub="ben"))
        assert (refused.status_code, refused.json()["code"]) == (403, "auth.not_admin")


async def test_the_same_idempotency_key_gives_the_first_answer_again(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        keyed = {**signed(), "idempotency-key": "k-1"}
        first = await one.ask("POST", "/v1/things", json={"name": "a"}, headers=keyed)
        again = await one.ask("POST", "/v1/things", json={"name": "a"}, headers=keyed)
        assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
        assert again.headers["idempotency-replayed"] == "true"
        assert one.shelf.made == 1
        other = await one.ask("POST", "/v1/things", json={"name": "b"}, headers=keyed)
        assert (other.status_code, other.json()["code"]) == (409, "request.idempotency_key_reused")
        mine = await one.ask(
            "POST", "/v1/things", json={"name": "b"}, headers={**signed(sub="x"), "idempotency-key": "k-1"}
        )
        assert mine.status_code == 201
        empty = await one.ask(
            "POST", "/v1/things", json={"name": "b"}, headers={**signed(), "idempotency-key": "k" * 256}
        )
        assert empty.status_code == 400


async def test_a_failed_request_frees_its_key(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        keyed = {**signed(), "idempotency-key": "k-2"}
        for _ in range(2):
            assert (await one.ask("POST", "/v1/things", json={"name": "busy"}, headers=keyed)).status_code == 503
        assert one.shelf.made == 2


async def test_probes_tell_little_outside_and_figures_need_their_token(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        assert (await one.ask("GET", "/health")).json() == {"status": "ok"}
        assert (await one.ask("GET", "/ready")).json() == {"status": "ready"}
        assert (await one.ask("GET", "/metrics")).status_code == 401
        assert (await one.ask("GET", "/metrics", headers={"authorization": "Bearer wrong"})).status_code == 401
        figures = await one.ask("GET", "/metrics", headers={"authorization": "Bearer figures-token"})
        assert 'route="/ready"' in figures.text
        assert (await one.ask("POST", "/health")).status_code == 405


async def test_a_session_that_ended_at_auth_is_refused_here(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        headers = signed(sid="s-9")
        assert (await one.ask("POST", "/v1/things", json={"name": "a"}, headers=headers)).status_code == 201
        one.changes.append(Change(1, 0, "session_ended", "anna", "s-9"))
        statuses: list[int] = []
        while 401 not in statuses:
            assert len(statuses) < 500
            statuses.append((await one.ask("POST", "/v1/things", json={"name": "a"}, headers=headers)).status_code)
        assert one.edge.follower.incarnation == "i-1"


def test_a_route_without_a_policy_does_not_start() -> None:
    @get("/open")
    async def accident() -> None:
        """Open by accident."""

    identity = Identity(ISSUER, "a", clock)
    keeper = Edge.gatekeeper
    with pytest.raises(UndeclaredRoute):
        build_app("chat", "1", [accident], keeper, {})  # pyright: ignore[reportArgumentType]  # it is not reached
    assert not identity.ready
