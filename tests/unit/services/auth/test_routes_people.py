"""The routes of people: open to whom they say, honouring Idempotency-Key where nothing secret is answered."""

import pytest
from litestar.handlers import HTTPRouteHandler

from secureconnect.edge.routes import IDEMPOTENT, POLICY, Policy
from secureconnect.services.auth.routes_people import ROUTES
from tests.fixtures.auth import BROWSER, PASSWORD, AuthHouse, problem
from tests.fixtures.neighbours import Neighbours

pytestmark = pytest.mark.anyio


def test_all_but_the_page_of_an_invite_ask_who_comes() -> None:
    public = [sorted(route.paths) for route in ROUTES if route.opt[POLICY] is Policy.PUBLIC]
    assert public == [["/v1/auth/invite"]]
    assert {route.opt[POLICY] for route in ROUTES} == {Policy.PUBLIC, Policy.ACCOUNT}


def test_no_answer_with_a_secret_is_kept() -> None:
    kept = {path for route in ROUTES if route.opt[IDEMPOTENT] for path in route.paths}
    assert kept == {"/v1/friends", "/v1/blocks"}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation_id)
async def test_nobody_comes_to_an_account_without_a_token(house: AuthHouse, route: HTTPRouteHandler) -> None:
    (method,) = route.http_methods
    path = next(iter(route.paths)).replace("{account:str}", "a").replace("{invite:str}", "i")
    answer = await house.call(str(method), path, {})
    expected = 422 if route.opt[POLICY] is Policy.PUBLIC else 401
    assert answer.status_code == expected


async def test_the_same_key_gives_the_first_answer_again(house: AuthHouse) -> None:
    anna, bert = await house.register("anna"), await house.register("bert")
    body = {"account": bert.account.id}
    first = await house.call("POST", "/v1/friends", body, anna.access_token, idempotency_key="k-1")
    await house.call("DELETE", f"/v1/friends/{bert.account.id}", token=anna.access_token)
    again = await house.call("POST", "/v1/friends", body, anna.access_token, idempotency_key="k-1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    other = await house.call("POST", "/v1/friends", {"account": "x"}, anna.access_token, idempotency_key="k-1")
    assert problem(other) == (409, "request.idempotency_key_reused")


async def test_a_browser_forgets_its_cookies_with_its_account(house: AuthHouse, neighbours: Neighbours) -> None:
    anna = await house.register("anna", device=BROWSER)
    closed = await house.call("DELETE", "/v1/users/me", {"password": PASSWORD}, anna.access_token)
    cookies = closed.headers.get_list("set-cookie")
    assert closed.status_code == 204
    assert len(cookies) == 2
    assert all("Max-Age=0" in each for each in cookies)


async def test_a_field_that_is_not_known_is_refused(house: AuthHouse) -> None:
    anna = await house.register("anna")
    for path in ("/v1/friends", "/v1/blocks", "/v1/invites"):
        answer = await house.call("POST", path, {"account": "a", "more": 1}, anna.access_token)
        assert problem(answer) == (422, "request.invalid")
