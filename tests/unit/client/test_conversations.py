"""Calls about conversations go out as the protocol writes them."""

import pytest

from secureconnect.contracts.auth import (
    FriendPage,
)
from secureconnect.contracts.chat import (
    ConversationAnswer,
    ConversationPage,
    ConversationPreferences,
    Head,
    MemberAnswer,
    SyncAnswer,
)
from tests.fixtures.client_calls import Row, check_call

pytestmark = pytest.mark.anyio

ROW = ConversationAnswer(
    "c", "group", "T", "plain", "owner", 3, 1, 0, 1, 0, None, ConversationPreferences(), 1, 2, "all", 4
)
MEMBER = MemberAnswer("2", "bob", "Bob", "member", 5)
EMPTY = FriendPage([], None)
CALLS: list[Row] = [
    (
        "POST /v1/conversations",
        '{"kind":"direct","member_ids":["2"],"title":null,"scheme":"plain"}',
        lambda c: c.conversations.direct("2"),
        ROW,
    ),
    (
        "POST /v1/conversations",
        '{"kind":"group","member_ids":[],"title":"T","scheme":"plain"}',
        lambda c: c.conversations.group("T"),
        ROW,
    ),
    ("GET /v1/conversations", "", lambda c: c.conversations.list().all(), ConversationPage([ROW], None)),
    ("GET /v1/conversations/c", "", lambda c: c.conversations.get("c"), ROW),
    ("PATCH /v1/conversations/c", '{"title":"N"}', lambda c: c.conversations.change("c", title="N"), ROW),
    (
        "PUT /v1/conversations/c/preferences",
        '{"pinned":true}',
        lambda c: c.conversations.prefer("c", ConversationPreferences(pinned=True)),
        None,
    ),
    ("GET /v1/conversations/c/members", "", lambda c: c.conversations.members("c").all(), EMPTY),
    (
        "POST /v1/conversations/c/members",
        '{"account":"2","role":"member"}',
        lambda c: c.conversations.add("c", "2"),
        MEMBER,
    ),
    (
        "PATCH /v1/conversations/c/members/2",
        '{"role":"owner"}',
        lambda c: c.conversations.set_role("c", "2", "owner"),
        MEMBER,
    ),
    ("DELETE /v1/conversations/c/members/2", "", lambda c: c.conversations.remove("c", "2"), None),
    (
        "PUT /v1/conversations/c/cursor",
        '{"read_seq":4,"delivered_seq":null}',
        lambda c: c.conversations.mark("c", read_seq=4),
        None,
    ),
    ("GET /v1/conversations/c/marks", "", lambda c: c.conversations.marks("c").all(), EMPTY),
    ("GET /v1/conversations/c/mentions", "", lambda c: c.conversations.mentions("c").all(), EMPTY),
    ("GET /v1/sync?token=t", "", lambda c: c.conversations.sync("t"), SyncAnswer("u", "i", [Head("c", 1)], [], False)),
]


@pytest.mark.parametrize("row", CALLS, ids=[f"{row[0]} {row[1][:20]}" for row in CALLS])
async def test_a_call_goes_out_and_comes_back(row: Row) -> None:
    await check_call(row)
