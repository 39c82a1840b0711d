"""Each call goes out as the protocol writes it, and its answer comes back as its type."""

from collections.abc import Awaitable, Callable

import pytest
from msgspec import Raw, Struct, json

from secureconnect.client import Client, Session
from secureconnect.contracts.auth import (
    AccountBrief,
    AdminAccount,
    FriendPage,
    InviteAnswer,
    InviteView,
    OverviewAnswer,
    OwnAccount,
    PersonAnswer,
    PolicyAnswer,
    Preferences,
    ResetLinkAnswer,
    UnifiedPushRequest,
)
from secureconnect.contracts.chat import (
    ConversationAnswer,
    ConversationPage,
    ConversationPreferences,
    Head,
    MemberAnswer,
    SyncAnswer,
)
from secureconnect.contracts.events import Event, EventPage, SentAnswer
from secureconnect.contracts.storage import FileAnswer, QuotaAnswer
from secureconnect.contracts.video import CallAnswer, IceServersAnswer
from tests.fixtures.scripted_chat import tokens
from tests.fixtures.scripted_http import Heard, Told, http_server

pytestmark = pytest.mark.anyio

ANN = AccountBrief("1", "ann", "Ann")
ME = OwnAccount("1", "ann", "Ann", None, None, False, None, False, 7, Preferences())
ROW = ConversationAnswer(
    "c", "group", "T", "plain", "owner", 3, 1, 0, 1, 0, None, ConversationPreferences(), 1, 2, "all", 4
)
ADMIN = AdminAccount("2", "bob", "Bob", None, False, False, True, False, 1, None, 0)
MEMBER = MemberAnswer("2", "bob", "Bob", "member", 5)
SENT = SentAnswer("c", 4, "e", 9)
FILE = FileAnswer("f", "n", "t", 1, 1, True, "00", "c", 1, None)
CALL = CallAnswer("k", "c", "audio", "ringing", "1", [], 1)
INVITE = InviteAnswer("i", 1, 2, 3, [], ANN, "http://localhost/join#x")
VIEW = InviteView("invite", "s", 1, ANN, [])
OVERVIEW = OverviewAnswer(1, 0, 1, "open", "0", {}, 0, [])
PAGE = EventPage([Event("c", 4, "e", "message", "1", 9, Raw(b"{}"))], 4, 4, 4, False)
PUSH = UnifiedPushRequest("https://push.example/x", "p" * 87, "a" * 22)
HI = '{"v":1,"scheme":"plain","body":{"text":"hi"}}'
EMPTY = FriendPage([], None)
Do = Callable[[Client], Awaitable[object]]

CALLS: list[tuple[str, str, Do, Struct | None]] = [
    ("POST /v1/auth/logout", "", lambda c: c.auth.logout(), None),
    ("GET /v1/auth/sessions", "", lambda c: c.auth.sessions().all(), EMPTY),
    ("DELETE /v1/auth/sessions/s", "", lambda c: c.auth.end_session("s"), None),
    ("POST /v1/auth/password", '{"password":"a","new_password":"b"}', lambda c: c.auth.change_password("a", "b"), None),
    ("POST /v1/auth/confirm", '{"password":"a"}', lambda c: c.auth.confirm_password("a"), None),
    (
        "POST /v1/auth/password/reset-request",
        '{"username":"ann","email":null}',
        lambda c: c.auth.ask_reset(username="ann"),
        None,
    ),
    ("POST /v1/auth/password/reset", '{"secret":"s","new_password":"b"}', lambda c: c.auth.reset("s", "b"), None),
    ("POST /v1/auth/email/verify", '{"secret":"s"}', lambda c: c.auth.verify_email("s"), None),
    ("DELETE /v1/devices/current/push", "", lambda c: c.auth.push_off(), None),
    ("PUT /v1/devices/current/push", json.encode(PUSH).decode(), lambda c: c.auth.push_to(PUSH), None),
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
    ("POST /v1/invites/view", '{"secret":"s"}', lambda c: c.people.see_invite("s"), VIEW),
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
    ("GET /v1/conversations/c/messages/e/reactions", "", lambda c: c.messages.reactions("c", "e").all(), EMPTY),
    ("GET /v1/sync?token=t", "", lambda c: c.conversations.sync("t"), SyncAnswer("u", "i", [Head("c", 1)], [], False)),
    (
        "POST /v1/conversations/c/messages",
        f'{{"client_id":"m","envelope":{HI},"reply_to":"e","file_ids":[],"mentions":[]}}',
        lambda c: c.messages.send("c", "hi", client_id="m", reply_to="e"),
        SENT,
    ),
    (
        "PATCH /v1/conversations/c/messages/e",
        '{"client_id":"m","envelope":{"v":1,"scheme":"plain","body":{"text":"ho"}}}',
        lambda c: c.messages.edit("c", "e", "ho", client_id="m"),
        SENT,
    ),
    (
        "DELETE /v1/conversations/c/messages/e",
        '{"client_id":"m"}',
        lambda c: c.messages.delete("c", "e", client_id="m"),
        None,
    ),
    (
        "PUT /v1/conversations/c/messages/e/reactions/%F0%9F%91%8D",
        "",
        lambda c: c.messages.react("c", "e", "👍"),
        None,
    ),
    (
        "DELETE /v1/conversations/c/messages/e/reactions/%23%EF%B8%8F%E2%83%A3",
        "",
        lambda c: c.messages.react("c", "e", "#️⃣", on=False),
        None,
    ),
    (
        "GET /v1/conversations/c/events?after=3&limit=5&shown=true",
        "",
        lambda c: c.messages.page("c", after=3, limit=5, shown=True),
        PAGE,
    ),
    ("POST /v1/calls", '{"conversation":"c","media":"video"}', lambda c: c.calls.start("c", "video"), CALL),
    ("GET /v1/calls?state=active", "", lambda c: c.calls.list("active").all(), EMPTY),
    ("GET /v1/calls/k", "", lambda c: c.calls.get("k"), CALL),
    ("POST /v1/calls/k/accept", "", lambda c: c.calls.accept("k"), CALL),
    ("POST /v1/calls/k/join", "", lambda c: c.calls.join("k"), CALL),
    ("POST /v1/calls/k/decline", "", lambda c: c.calls.decline("k"), CALL),
    ("POST /v1/calls/k/hangup", "", lambda c: c.calls.hangup("k"), CALL),
    ("GET /v1/calls/ice-servers", "", lambda c: c.calls.ice_servers(), IceServersAnswer([], 600)),
    ("GET /v1/files/f", "", lambda c: c.files.get("f"), FILE),
    ("DELETE /v1/files/f", "", lambda c: c.files.delete("f"), None),
    ("POST /v1/files/f/copy", '{"conversation":"c"}', lambda c: c.files.copy("f", "c"), FILE),
    ("GET /v1/files/quota", "", lambda c: c.files.quota(), QuotaAnswer(1, 0, 9)),
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
OPEN = {
    "POST /v1/auth/password/reset-request",
    "POST /v1/auth/password/reset",
    "POST /v1/auth/email/verify",
    "POST /v1/invites/view",
}


@pytest.mark.parametrize(
    ("line", "body", "do", "answer"), CALLS, ids=[f"{line} {body[:20]}" for line, body, *_ in CALLS]
)
async def test_a_call_goes_out_and_comes_back(line: str, body: str, do: Do, answer: Struct | None) -> None:
    heard: list[Heard] = []

    async def script(one: Heard) -> Told:
        await one.read_body()
        heard.append(one)
        return Told(204) if answer is None else Told(200, json.encode(answer))

    async with http_server(script) as url, Client(url, session=Session(tokens(), 2**52)) as client:
        got = await do(client)
    (one,) = heard
    assert (f"{one.method} {one.path}", one.body.decode()) == (line, body)
    assert ("authorization" in one.headers) == (line not in OPEN)
    expected = getattr(answer, "items", answer)
    if isinstance(got, EventPage):
        assert (got.to_seq, bytes(got.events[0].body)) == (4, b"{}")
    else:
        assert got == expected


async def test_a_history_is_read_page_by_page() -> None:
    async def script(one: Heard) -> Told:
        after = int(one.path.rsplit("=", 1)[1])
        page = EventPage(
            [Event("c", after + 1, "e", "message", "1", 9, Raw(b"{}"))], after + 1, after + 1, 3, after < 2
        )
        return Told(200, json.encode(page))

    async with http_server(script) as url, Client(url, session=Session(tokens(), 2**52)) as client:
        assert [event.seq async for event in client.messages.history("c")] == [1, 2, 3]


async def test_a_server_tells_about_itself_and_how_it_is() -> None:
    async def script(one: Heard) -> Told:
        if one.path == "/.well-known/secureconnect":
            return Told(200, b'{"versions":["v1"]}')
        return Told(200 if one.path == "/health" else 503, b"{}")

    async with http_server(script) as url, Client(url) as client:
        assert await client.server.about() == {"versions": ["v1"]}
        assert (await client.server.healthy(), await client.server.ready()) == (True, False)
