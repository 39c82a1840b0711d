"""Requests: repeated where it is safe and no more often than the bound, signed anew when the token has ended."""

import random

import pytest
from msgspec import json

from secureconnect.client import Client, ConnectionLost, Patience, ServerFault, Session
from secureconnect.contracts.auth import AccountBrief, AdminAccountPage, PersonAnswer, PersonPage, TokensAnswer
from secureconnect.contracts.errors import Code, Problem
from tests.fixtures.scripted_chat import tokens
from tests.fixtures.scripted_http import CUT, Heard, Told, http_server

pytestmark = pytest.mark.anyio
PATIENCE = Patience(tries_max=3, wait_s_most=1.0, first_wait_s=0.001)
ANN = PersonAnswer("1", "ann", "Ann")


def client_of(url: str) -> Client:
    return Client(url, session=Session(tokens(), 2**52), patience=PATIENCE, rng=random.Random(1))


def problem(code: Code, retry_after_ms: int | None = None) -> Told:
    told = Problem("about:blank", code.wire, code.title, code.status, "r", retry_after_ms=retry_after_ms)
    return Told(code.status, json.encode(told))


class Script:
    """Answers in turn, and keeps what was heard."""

    def __init__(self, *answers: Told) -> None:
        self.answers = list(answers)
        self.heard: list[Heard] = []

    async def __call__(self, heard: Heard) -> Told:
        await heard.read_body()
        self.heard.append(heard)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def test_a_read_whose_answer_was_cut_is_read_again() -> None:
    script = Script(CUT, Told(200, json.encode(ANN), cut_after=5), Told(200, json.encode(ANN)))
    async with http_server(script) as url, client_of(url) as client:
        assert await client.people.get("1") == ANN
    assert len(script.heard) == 3


async def test_the_tries_are_bounded() -> None:
    script = Script(CUT)
    async with http_server(script) as url, client_of(url) as client:
        with pytest.raises(ConnectionLost):
            await client.people.get("1")
    assert len(script.heard) == PATIENCE.tries_max


async def test_a_creating_post_is_repeated_under_one_key() -> None:
    script = Script(CUT, problem(Code.IDEMPOTENCY_RUNNING, 1), Told(201, b"{}"))
    async with http_server(script) as url, client_of(url) as client:
        await client.people.befriend("2")
    keys = {heard.headers["idempotency-key"] for heard in script.heard}
    assert (len(script.heard), len(keys)) == (3, 1)
    assert [heard.body for heard in script.heard] == [b'{"account":"2"}'] * 3


async def test_a_registration_whose_answer_was_cut_is_not_repeated() -> None:
    script = Script(CUT)
    async with http_server(script) as url, client_of(url) as client:
        with pytest.raises(ConnectionLost):
            await client.auth.register("ann", "a long password")
    assert len(script.heard) == 1
    assert "idempotency-key" not in script.heard[0].headers


@pytest.mark.parametrize("code", [Code.TOO_MANY_REQUESTS, Code.UNAVAILABLE])
async def test_a_brake_is_obeyed_where_the_call_may_be_repeated(code: Code) -> None:
    script = Script(problem(code, 20), Told(200, json.encode(ANN)))
    async with http_server(script) as url, client_of(url) as client:
        assert await client.people.get("1") == ANN


async def test_a_brake_on_signing_in_is_told_at_once() -> None:
    script = Script(problem(Code.AUTH_TOO_MANY_TRIES, 20))
    async with http_server(script) as url, client_of(url) as client:
        with pytest.raises(ServerFault) as caught:
            await client.auth.login("ann", "x")
    assert (caught.value.code, caught.value.retry_after_ms, len(script.heard)) == (Code.AUTH_TOO_MANY_TRIES, 20, 1)


async def test_a_brake_longer_than_the_clients_patience_is_told_at_once() -> None:
    script = Script(problem(Code.TOO_MANY_REQUESTS, 60_000))
    async with http_server(script) as url, client_of(url) as client:
        with pytest.raises(ServerFault):
            await client.people.get("1")
    assert len(script.heard) == 1


@pytest.mark.parametrize("code", [Code.NOT_FOUND, Code.INTERNAL, Code.CONFLICT])
async def test_an_answer_that_is_final_is_not_asked_for_again(code: Code) -> None:
    script = Script(problem(code))
    async with http_server(script) as url, client_of(url) as client:
        with pytest.raises(ServerFault) as caught:
            await client.people.get("1")
    assert (caught.value.code, caught.value.request_id, len(script.heard)) == (code, "r", 1)


async def test_a_token_that_was_refused_is_renewed_once_and_the_request_repeated() -> None:
    refreshed = TokensAnswer(AccountBrief("me", "me", "Me"), "device", "session", "t2", 600, 3600, "r2")
    seen: list[str] = []

    async def script(heard: Heard) -> Told:
        body = await heard.read_body()
        if heard.path == "/v1/auth/refresh":
            seen.append(body.decode())
            return Told(200, json.encode(refreshed))
        seen.append(heard.headers["authorization"])
        return Told(200, json.encode(ANN)) if "t2" in seen[-1] else problem(Code.AUTH_TOKEN_INVALID)

    async with http_server(script) as url, client_of(url) as client:
        assert await client.people.get("1") == ANN
        assert client.session.tokens.refresh_token == "r2"
    assert seen == ["Bearer t1", '{"refresh_token":"r-t1"}', "Bearer t2"]


async def test_a_server_that_refuses_every_token_is_asked_twice_and_no_more() -> None:
    async def script(heard: Heard) -> Told:
        await heard.read_body()
        paths.append(heard.path)
        return Told(200, json.encode(tokens("t2"))) if "refresh" in heard.path else problem(Code.AUTH_TOKEN_INVALID)

    paths: list[str] = []
    async with http_server(script) as url, client_of(url) as client:
        with pytest.raises(ServerFault):
            await client.people.get("1")
    assert paths == ["/v1/users/1", "/v1/auth/refresh", "/v1/users/1"]


async def test_a_refresh_whose_answer_was_cut_sends_the_same_token_again() -> None:
    script = Script(CUT, Told(200, json.encode(tokens("t2"))))
    async with http_server(script) as url, client_of(url) as client:
        await client.auth.refresh()
    assert [heard.body for heard in script.heard] == [b'{"refresh_token":"r-t1"}'] * 2


async def test_a_list_is_read_page_by_page_to_its_end() -> None:
    pages = [PersonPage([ANN, ANN], "next/1"), PersonPage([ANN], None)]
    script = Script(*(Told(200, json.encode(page)) for page in pages))
    async with http_server(script) as url, client_of(url) as client:
        assert await client.people.search("a&b").all() == [ANN] * 3
    assert [heard.path for heard in script.heard] == ["/v1/users?query=a%26b", "/v1/users?query=a%26b&cursor=next%2F1"]


async def test_one_page_is_asked_for_with_its_limit() -> None:
    script = Script(Told(200, json.encode(AdminAccountPage([], None))))
    async with http_server(script) as url, client_of(url) as client:
        page = await client.admin.accounts().page(limit=5)
    assert (page.items, script.heard[0].path) == ([], "/v1/admin/accounts?limit=5")


async def test_a_browser_says_where_it_comes_from_and_sends_its_cookie_alone() -> None:
    cookie = {"set-cookie": "refresh=abc; HttpOnly; SameSite=Strict; Path=/v1/auth"}
    web = TokensAnswer(AccountBrief("me", "me", "Me"), "device", "session", "t1", 600, 3600)
    script = Script(Told(200, json.encode(web), cookie), Told(200, json.encode(web)))
    async with http_server(script) as url, Client(url, device_kind="web") as client:
        await client.auth.login("ann", "x")
        await client.auth.refresh()
    refresh = script.heard[1]
    assert (refresh.headers["origin"], refresh.headers["cookie"], refresh.body) == (
        url,
        "refresh=abc",
        b'{"refresh_token":null}',
    )
