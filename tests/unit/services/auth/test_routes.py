"""The calls of auth keep to their contract: fields, statuses, policies."""

import pytest

from secureconnect.edge.routes import POLICY, RATE, Policy
from secureconnect.services.auth.routes import ROUTES
from tests.fixtures.auth import DEVICE, PASSWORD, AuthHouse, problem

pytestmark = pytest.mark.anyio
ACCOUNT_CALLS = [
    ("POST", "/v1/auth/logout", None),
    ("GET", "/v1/auth/sessions", None),
    ("DELETE", "/v1/auth/sessions/x", None),
    ("POST", "/v1/auth/confirm", {"password": "x"}),
    ("POST", "/v1/auth/password", {"password": "x", "new_password": "y"}),
    ("PUT", "/v1/devices/current/push", {"provider": "fcm", "token": "t" * 40}),
    ("DELETE", "/v1/devices/current/push", None),
]


def test_what_needs_no_sign_in_is_a_short_list() -> None:
    public = {path for route in ROUTES for path in route.paths if route.opt[POLICY] is Policy.PUBLIC}
    assert public == {
        "/v1/auth/register",
        "/v1/auth/login",
        "/v1/auth/refresh",
        "/v1/auth/password/reset-request",
        "/v1/auth/password/reset",
        "/v1/auth/email/verify",
        "/.well-known/jwks.json",
    }
    guessing = {"register", "login", "refresh", "reset", "confirm"}
    rates = {path: route.opt[RATE] for route in ROUTES for path in route.paths if "/auth/" in path}
    assert {path for path, rate in rates.items() if rate in guessing} >= public - {"/.well-known/jwks.json"}


async def test_what_needs_a_sign_in_is_refused_without_one(house: AuthHouse) -> None:
    for method, path, body in ACCOUNT_CALLS:
        assert problem(await house.call(method, path, body)) == (401, "request.unauthenticated"), path
        assert problem(await house.call(method, path, body, "forged.token.here"))[0] == 401, path


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/auth/register", {"username": "anna", "password": PASSWORD, "device": DEVICE, "admin": True}),
        ("/v1/auth/register", {"username": "anna", "password": PASSWORD}),
        ("/v1/auth/login", {"username": "anna", "password": 7, "device": DEVICE}),
        ("/v1/auth/login", {"username": "anna", "password": PASSWORD, "device": {"name": "x", "kind": "WEB"}}),
        ("/v1/auth/login", {"username": "x" * 129, "password": PASSWORD, "device": DEVICE}),
        ("/v1/auth/login", {"username": "anna", "password": "x" * 1025, "device": DEVICE}),
        ("/v1/auth/refresh", {"refresh_token": "x" * 257}),
        ("/v1/auth/password/reset", {"secret": "", "new_password": PASSWORD}),
        ("/v1/auth/email/verify", {}),
    ],
)
async def test_a_body_that_does_not_fit_is_refused(house: AuthHouse, path: str, body: object) -> None:
    assert problem(await house.call("POST", path, body)) == (422, "request.invalid")


async def test_answers_with_tokens_are_kept_by_nobody(house: AuthHouse) -> None:
    await house.register("anna")
    answer = await house.login("anna")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"]
    assert PASSWORD not in answer.text


async def test_another_method_or_path_is_not_there(house: AuthHouse) -> None:
    assert (await house.call("GET", "/v1/auth/login")).status_code == 405
    assert (await house.call("POST", "/v1/auth/nothing", {})).status_code == 404
