"""Calls of administrators go out as the protocol writes them."""

import pytest

from secureconnect.contracts.auth import (
    AdminAccount,
    FriendPage,
    OverviewAnswer,
    PolicyAnswer,
    ResetLinkAnswer,
)
from tests.fixtures.client_calls import Row, check_call

pytestmark = pytest.mark.anyio

ADMIN = AdminAccount("2", "bob", "Bob", None, False, False, True, False, 1, None, 0)
OVERVIEW = OverviewAnswer(1, 0, 1, "open", "0", {}, 0, [])
EMPTY = FriendPage([], None)
CALLS: list[Row] = [
    ("GET /v1/admin/accounts?query=b", "", lambda c: c.admin.accounts("b").all(), EMPTY),
    ("GET /v1/admin/accounts/2", "", lambda c: c.admin.account("2"), ADMIN),
    ("PATCH /v1/admin/accounts/2", '{"disabled":true}', lambda c: c.admin.change("2", disabled=True), ADMIN),
    ("POST /v1/admin/accounts/2/end-sessions", "", lambda c: c.admin.end_sessions("2"), None),
    ("POST /v1/admin/accounts/2/reset-link", "", lambda c: c.admin.reset_link("2"), ResetLinkAnswer("l", 1)),
    ("GET /v1/admin/audit", "", lambda c: c.admin.audit().all(), EMPTY),
    ("GET /v1/admin/overview", "", lambda c: c.admin.overview(), OVERVIEW),
    ("GET /v1/admin/policy", "", lambda c: c.admin.policy(), PolicyAnswer("open")),
    (
        "PATCH /v1/admin/policy",
        '{"registration":"closed"}',
        lambda c: c.admin.set_policy("closed"),
        PolicyAnswer("closed"),
    ),
]


@pytest.mark.parametrize("row", CALLS, ids=[f"{row[0]} {row[1][:20]}" for row in CALLS])
async def test_a_call_goes_out_and_comes_back(row: Row) -> None:
    await check_call(row)
