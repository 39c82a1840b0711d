"""Signing in and out goes out as the protocol writes it."""

import pytest
from msgspec import json

from secureconnect.contracts.auth import (
    FriendPage,
    UnifiedPushRequest,
)
from tests.fixtures.client_calls import Row, check_call

pytestmark = pytest.mark.anyio

PUSH = UnifiedPushRequest("https://push.example/x", "p" * 87, "a" * 22)
EMPTY = FriendPage([], None)
CALLS: list[Row] = [
    ("POST /v1/auth/logout", "", lambda c: c.auth.logout(), None),
    ("GET /v1/auth/sessions", "", lambda c: c.auth.sessions().all(), EMPTY),
    ("DELETE /v1/auth/sessions/s", "", lambda c: c.auth.end_session("s"), None),
    ("POST /v1/auth/password", '{"password":"a","new_password":"b"}', lambda c: c.auth.change_password("a", "b"), None),
    ("POST /v1/auth/confirm", '{"password":"a"}', lambda c: c.auth.confirm_password("a"), None),
    ("DELETE /v1/devices/current/push", "", lambda c: c.auth.push_off(), None),
    ("PUT /v1/devices/current/push", json.encode(PUSH).decode(), lambda c: c.auth.push_to(PUSH), None),
]
OPEN: list[Row] = [
    (
        "POST /v1/auth/password/reset-request",
        '{"username":"ann","email":null}',
        lambda c: c.auth.ask_reset(username="ann"),
        None,
    ),
    ("POST /v1/auth/password/reset", '{"secret":"s","new_password":"b"}', lambda c: c.auth.reset("s", "b"), None),
    ("POST /v1/auth/email/verify", '{"secret":"s"}', lambda c: c.auth.verify_email("s"), None),
]


@pytest.mark.parametrize("row", CALLS, ids=[f"{row[0]} {row[1][:20]}" for row in CALLS])
async def test_a_call_goes_out_and_comes_back(row: Row) -> None:
    await check_call(row)


@pytest.mark.parametrize("row", OPEN, ids=[row[0] for row in OPEN])
async def test_a_call_that_needs_nobody_signed_in_carries_no_token(row: Row) -> None:
    await check_call(row, signed=False)
