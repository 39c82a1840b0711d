"""The gatekeeper lets in by policy, reads keys anew for unknown names seldom, and counts by account or address."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from litestar.types import Scope

from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.gatekeeper import CONTENT_COOKIES, AdminCheck, Gatekeeper
from secureconnect.edge.identity import CONTENT_TYPE, Caller
from secureconnect.edge.limits import RATES
from secureconnect.edge.routes import Policy, route
from secureconnect.edge.running import Edge, assemble
from tests.fixtures.edge import PlayedAuth, Visitor, edge_of, signing_key, visiting
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


@route("GET", "/v1/open", policy=Policy.PUBLIC, rate="reset", summary="Open", tag="t")
async def read_open() -> str:
    """For everybody."""
    return "open"


@route("GET", "/v1/own", policy=Policy.ACCOUNT, rate="confirm", summary="Own", tag="t")
async def read_own(caller: Caller) -> str:
    """For the signed in."""
    return caller.account


@route("GET", "/v1/house", policy=Policy.ADMIN, rate="admin", summary="House", tag="t")
async def read_house(caller: Caller) -> str:
    """For administrators."""
    return caller.account


def asked(**headers: str) -> Scope:
    """The scope of a request with these headers."""
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    return cast("Scope", {"type": "http", "headers": pairs})


def ready_edge(auth: PlayedAuth) -> Edge:
    """An edge that has read auth's keys and follows no changes."""
    edge = edge_of(auth)
    edge.identity.use_keys(auth.jwks())
    edge.identity.ready = True
    return edge


@asynccontextmanager
async def house(auth: PlayedAuth, admin_check: AdminCheck | None = None) -> AsyncGenerator[tuple[Visitor, Edge]]:
    edge = edge_of(auth)
    keeper = edge.gatekeeper(admin_check)
    running = assemble(edge, routes=[read_open, read_own, read_house], provided={}, gatekeeper=keeper, checks=[])
    await running.start()
    await until(lambda: edge.identity.ready)
    async with visiting(running.public) as ask:
        yield ask, edge
    await running.drain()
    await running.stop()


async def refusal(keeper: Gatekeeper, scope: Scope, policy: Policy) -> Code:
    with pytest.raises(Fault) as refused:
        await keeper.authenticate(scope, policy)
    return refused.value.code


async def test_a_forged_key_name_makes_the_keys_be_read_once_in_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    auth = PlayedAuth()
    keeper = ready_edge(auth).gatekeeper()
    stranger = signing_key("k9")
    forged = [auth.token(f"k-{number}", key=stranger) for number in range(30)]
    for token in forged:
        with pytest.raises(Fault) as refused:
            await keeper.verify(token)
        assert refused.value.code is Code.AUTH_TOKEN_INVALID
    assert auth.key_reads == 1
    monkeypatch.setattr("secureconnect.edge.gatekeeper.REFETCH_S", 0.0)
    with pytest.raises(Fault):
        await keeper.verify(forged[0])
    assert auth.key_reads == 2


async def test_a_token_of_a_new_key_is_believed_after_one_reading_for_all_who_come_at_once() -> None:
    auth = PlayedAuth()
    keeper = ready_edge(auth).gatekeeper()
    auth.keys["k2"] = signing_key("k2")
    auth.key_gate.clear()
    coming = [asyncio.create_task(keeper.verify(auth.token("k2", sub="a0")))]
    await until(lambda: auth.key_reads == 1)
    coming += [asyncio.create_task(keeper.verify(auth.token("k2", sub=f"a{number}"))) for number in range(1, 10)]
    for _ in range(5):
        await asyncio.sleep(0)
    auth.key_gate.set()
    callers = await asyncio.gather(*coming)
    assert [caller.account for caller in callers] == [f"a{number}" for number in range(10)]
    assert auth.key_reads == 1


async def test_while_auth_is_away_an_unknown_key_name_is_no_proof_against_the_token() -> None:
    auth = PlayedAuth()
    keeper = ready_edge(auth).gatekeeper()
    auth.keys["k2"] = signing_key("k2")
    auth.go_away()
    with pytest.raises(Fault) as refused:
        await keeper.verify(auth.token("k2"))
    assert refused.value.code is Code.UNAVAILABLE


@pytest.mark.parametrize("name", CONTENT_COOKIES)
async def test_the_content_cookie_opens_content_and_nothing_else(name: str) -> None:
    auth = PlayedAuth()
    keeper = ready_edge(auth).gatekeeper()
    scope = asked(cookie=f"other=1; {name}={auth.token(typ=CONTENT_TYPE)}")
    assert (await keeper.authenticate(scope, Policy.CONTENT)).account == "anna"
    for policy in (Policy.ACCOUNT, Policy.ADMIN):
        assert await refusal(keeper, scope, policy) is Code.UNAUTHENTICATED


async def test_an_access_token_is_no_content_cookie_and_a_content_token_no_bearer() -> None:
    auth = PlayedAuth()
    keeper = ready_edge(auth).gatekeeper()
    access, content = auth.token(), auth.token(typ=CONTENT_TYPE)
    cookie = asked(cookie=f"{CONTENT_COOKIES[0]}={access}")
    assert await refusal(keeper, cookie, Policy.CONTENT) is Code.AUTH_TOKEN_INVALID
    for policy in (Policy.CONTENT, Policy.ACCOUNT):
        assert await refusal(keeper, asked(authorization=f"Bearer {content}"), policy) is Code.AUTH_TOKEN_INVALID


async def test_a_bearer_counts_before_a_cookie_and_a_wrong_one_is_not_made_up_for() -> None:
    auth = PlayedAuth()
    keeper = ready_edge(auth).gatekeeper()
    cookie = f"{CONTENT_COOKIES[0]}={auth.token(typ=CONTENT_TYPE, sub='ben')}"
    good = asked(authorization=f"Bearer {auth.token()}", cookie=cookie)
    assert (await keeper.authenticate(good, Policy.CONTENT)).account == "anna"
    wrong = asked(authorization="Bearer nonsense", cookie=cookie)
    assert await refusal(keeper, wrong, Policy.CONTENT) is Code.AUTH_TOKEN_INVALID


async def test_without_a_token_the_answer_says_which_scheme_is_wanted() -> None:
    async with house(PlayedAuth()) as (ask, _):
        answer = await ask("GET", "/v1/own")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert answer.json()["code"] == "request.unauthenticated"


async def test_the_admin_check_is_asked_each_time_and_its_refusal_stands() -> None:
    roots = {"anna"}

    async def check(caller: Caller) -> None:
        if caller.account not in roots:
            raise Fault(Code.AUTH_NOT_ADMIN)

    auth = PlayedAuth()
    async with house(auth, check) as (ask, _):
        annas = auth.bearer()
        assert (await ask("GET", "/v1/house", headers=annas)).status_code == 200
        roots.clear()
        refused = await ask("GET", "/v1/house", headers=annas)
        assert (refused.status_code, refused.json()["code"]) == (403, "auth.not_admin")
        assert (await ask("GET", "/v1/house")).status_code == 401


async def test_a_service_without_an_admin_check_lets_nobody_administer() -> None:
    auth = PlayedAuth()
    async with house(auth) as (ask, _):
        refused = await ask("GET", "/v1/house", headers=auth.bearer())
        assert (refused.status_code, refused.json()["code"]) == (403, "auth.not_admin")


async def test_a_rate_by_account_counts_each_account_and_a_rate_by_address_counts_the_address() -> None:
    auth = PlayedAuth()
    async with house(auth) as (ask, edge):
        for _ in range(RATES["confirm"].amount):
            assert (await ask("GET", "/v1/own", headers=auth.bearer(sub="anna"))).status_code == 200
        assert (await ask("GET", "/v1/own", headers=auth.bearer(sub="anna"))).status_code == 429
        assert (await ask("GET", "/v1/own", headers=auth.bearer(sub="ben"))).status_code == 200
        for _ in range(RATES["reset"].amount):
            assert (await ask("GET", "/v1/open")).status_code == 200
        refused = await ask("GET", "/v1/open", headers=auth.bearer(sub="cleo"))
        assert refused.status_code == 429
        assert refused.json()["retry_after_ms"] >= 1000
        assert limited(edge, "confirm") == limited(edge, "reset") == 1


def limited(edge: Edge, limit: str) -> float | None:
    labels = {"service": "chat", "limit": limit}
    return edge.metrics.registry.get_sample_value("secureconnect_limited_total", labels)


async def test_a_refused_token_counts_against_no_account() -> None:
    auth = PlayedAuth()
    async with house(auth) as (ask, edge):
        for _ in range(RATES["confirm"].amount * 2):
            answer: Any = await ask("GET", "/v1/own", headers=auth.bearer(exp=1))
            assert answer.status_code == 401
        assert (await ask("GET", "/v1/own", headers=auth.bearer())).status_code == 200
        assert limited(edge, "confirm") is None
