"""Calls of calls go out as the protocol writes them."""

import pytest

from secureconnect.contracts.auth import (
    FriendPage,
)
from secureconnect.contracts.video import CallAnswer, IceServersAnswer
from tests.fixtures.client_calls import Row, check_call

pytestmark = pytest.mark.anyio

CALL = CallAnswer("k", "c", "audio", "ringing", "1", [], 1)
EMPTY = FriendPage([], None)
CALLS: list[Row] = [
    ("POST /v1/calls", '{"conversation":"c","media":"video"}', lambda c: c.calls.start("c", "video"), CALL),
    ("GET /v1/calls?state=active", "", lambda c: c.calls.list("active").all(), EMPTY),
    ("GET /v1/calls/k", "", lambda c: c.calls.get("k"), CALL),
    ("POST /v1/calls/k/accept", "", lambda c: c.calls.accept("k"), CALL),
    ("POST /v1/calls/k/join", "", lambda c: c.calls.join("k"), CALL),
    ("POST /v1/calls/k/decline", "", lambda c: c.calls.decline("k"), CALL),
    ("POST /v1/calls/k/hangup", "", lambda c: c.calls.hangup("k"), CALL),
    ("GET /v1/calls/ice-servers", "", lambda c: c.calls.ice_servers(), IceServersAnswer([], 600)),
]


@pytest.mark.parametrize("row", CALLS, ids=[f"{row[0]} {row[1][:20]}" for row in CALLS])
async def test_a_call_goes_out_and_comes_back(row: Row) -> None:
    await check_call(row)
