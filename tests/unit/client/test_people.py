"""Calls about people go out as the protocol writes them."""

import pytest
from msgspec import json

from secureconnect.contracts.auth import (
    AccountBrief,
    FriendPage,
    InviteAnswer,
    InviteView,
    OwnAccount,
    PersonAnswer,
    Preferences,
)
from tests.fixtures.client_calls import Row, check_call

pytestmark = pytest.mark.anyio

ANN = AccountBrief("1", "ann", "Ann")
ME = OwnAccount("1", "ann", "Ann", None, None, False, None, False, 7, Preferences())
INVITE = InviteAnswer("i", 1, 2, 3, [], ANN, "http://localhost/join#x")
VIEW = InviteView("invite", "s", 1, ANN, [])
EMPTY = FriendPage([], None)
CALLS: list[Row] = [
    ("GET /v1/users/me", "", lambda c: c.people.me(), ME),
    ("PATCH /v1/users/me", '{"display_name":"A"}', lambda c: c.people.change_me(display_name="A"), ME),
    ("PATCH /v1/users/me", '{"email":null}', lambda c: c.people.change_me(email=None), ME),
    (
        "PUT /v1/users/me/preferences",
        json.encode(Preferences()).decode(),
        lambda c: c.people.set_preferences(Preferences()),
        None,
    ),
    ("PUT /v1/users/me/picture", "png", lambda c: c.people.set_picture(b"png", "image/png"), None),
    ("DELETE /v1/users/me/picture", "", lambda c: c.people.remove_picture(), None),
    ("DELETE /v1/users/me", '{"password":"a","delete_messages":false}', lambda c: c.people.close_account("a"), None),
    ("GET /v1/users/2", "", lambda c: c.people.get("2"), PersonAnswer("2", "bob", "Bob")),
    ("GET /v1/users?ids=2%2C3", "", lambda c: c.people.named(["2", "3"]), EMPTY),
    ("GET /v1/friends", "", lambda c: c.people.friends().all(), EMPTY),
    ("POST /v1/friends", '{"account":"2"}', lambda c: c.people.befriend("2"), None),
    ("POST /v1/friends/2/accept", "", lambda c: c.people.accept_friend("2"), None),
    ("DELETE /v1/friends/2", "", lambda c: c.people.unfriend("2"), None),
    ("GET /v1/blocks", "", lambda c: c.people.blocks().all(), EMPTY),
    ("POST /v1/blocks", '{"account":"2"}', lambda c: c.people.block("2"), None),
    ("DELETE /v1/blocks/2", "", lambda c: c.people.unblock("2"), None),
    ("POST /v1/invites", '{"uses":2,"expires_at":null,"conversations":[]}', lambda c: c.people.invite(uses=2), INVITE),
    ("GET /v1/invites", "", lambda c: c.people.invites().all(), EMPTY),
    ("DELETE /v1/invites/i", "", lambda c: c.people.withdraw_invite("i"), None),
]
OPEN: list[Row] = [
    ("POST /v1/auth/invite", '{"secret":"s"}', lambda c: c.people.see_invite("s"), VIEW),
]


@pytest.mark.parametrize("row", CALLS, ids=[f"{row[0]} {row[1][:20]}" for row in CALLS])
async def test_a_call_goes_out_and_comes_back(row: Row) -> None:
    await check_call(row)


@pytest.mark.parametrize("row", OPEN, ids=[row[0] for row in OPEN])
async def test_a_call_that_needs_nobody_signed_in_carries_no_token(row: Row) -> None:
    await check_call(row, signed=False)
