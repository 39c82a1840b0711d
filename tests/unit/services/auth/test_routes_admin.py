"""The routes of administrators are closed to all others."""

from secureconnect.edge.routes import IDEMPOTENT, POLICY, RATE, Policy
from secureconnect.services.auth.routes_admin import ROUTES


def test_every_one_of_them_asks_for_an_administrator() -> None:
    assert {route.opt[POLICY] for route in ROUTES} == {Policy.ADMIN}
    assert {route.opt[RATE] for route in ROUTES} == {"admin"}
    assert all(path.startswith("/v1/admin/") for route in ROUTES for path in route.paths)


def test_no_answer_of_theirs_is_kept() -> None:
    assert not any(route.opt[IDEMPOTENT] for route in ROUTES)


def test_they_are_these() -> None:
    assert sorted(f"{method} {path}" for route in ROUTES for method in route.http_methods for path in route.paths) == [
        "GET /v1/admin/accounts",
        "GET /v1/admin/accounts/{account:str}",
        "GET /v1/admin/audit",
        "GET /v1/admin/overview",
        "GET /v1/admin/policy",
        "PATCH /v1/admin/accounts/{account:str}",
        "PATCH /v1/admin/policy",
        "POST /v1/admin/accounts/{account:str}/close",
        "POST /v1/admin/accounts/{account:str}/end-sessions",
        "POST /v1/admin/accounts/{account:str}/reset-link",
    ]
