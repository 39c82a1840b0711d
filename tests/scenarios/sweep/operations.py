"""The table of operations: for each operation of the API document how it is asked, with whose things."""

import base64
from collections.abc import Mapping

from tests.fixtures.persons import PASSWORD
from tests.fixtures.pictures import png
from tests.scenarios.sweep.rows import Row
from tests.scenarios.sweep.world import AUTH, P256DH, Things

TUS = {"tus-resumable": "1.0.0"}
DEVICE = {"name": "a device", "kind": "python"}
PART = {**TUS, "content-type": "application/offset+octet-stream", "upload-offset": "10"}
EMOJI = {"emoji": "👍"}
WRONG = "no such secret"
CALL_MOVES = frozenset({200, 409})


def envelope(text: str = "swept") -> dict[str, object]:
    """A plain message."""
    return {"v": 1, "scheme": "plain", "body": {"text": text}}


def metadata(values: Mapping[str, str]) -> str:
    """Upload-Metadata."""
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())


def _message(things: Things) -> object:
    return {
        "client_id": f"swept-{things['conversation']}",
        "envelope": envelope(),
        "reply_to": things["event_id"],
        "file_ids": [things["waiting"]],
        "mentions": [things["member"]],
    }


def _creation(things: Things) -> dict[str, str]:
    named = metadata({"filename": "swept", "conversation": things["conversation"]})
    return {**TUS, "upload-length": "10", "upload-metadata": named}


SERVER = {
    "GET /": Row(),
    "GET /.well-known/jwks.json": Row(),
    "GET /.well-known/secureconnect": Row(),
    "GET /.well-known/secureconnect/address": Row(),
    "GET /assets/{name}": Row(fixed={"name": "page.css"}),
    "GET /docs": Row(),
    "GET /docs/errors": Row(),
    "GET /join": Row(),
    "GET /openapi.json": Row(),
    "GET /reset": Row(),
    "GET /verify": Row(),
}

ADMIN = {
    "GET /v1/admin/accounts": Row(query=lambda things: {"query": things["username"]}),
    "GET /v1/admin/accounts/{account}": Row(),
    "PATCH /v1/admin/accounts/{account}": Row(json=lambda _: {"disabled": True, "admin": True}, late=True),
    "POST /v1/admin/accounts/{account}/close": Row(json=lambda _: {"delete_messages": True}, late=True),
    "POST /v1/admin/accounts/{account}/end-sessions": Row(),
    "POST /v1/admin/accounts/{account}/reset-link": Row(),
    "GET /v1/admin/audit": Row(),
    "GET /v1/admin/overview": Row(),
    "GET /v1/admin/policy": Row(),
    "PATCH /v1/admin/policy": Row(json=lambda _: {"registration": "open"}),
}

SIGNING_IN = {
    "POST /v1/auth/register": Row(
        json=lambda _: {"username": "a\x00name", "password": PASSWORD, "device": DEVICE}, control={422}
    ),
    "POST /v1/auth/login": Row(
        json=lambda things: {"username": things["username"], "password": WRONG, "device": DEVICE}, control={401}
    ),
    "POST /v1/auth/refresh": Row(json=lambda _: {"refresh_token": WRONG}, control={401}),
    "POST /v1/auth/logout": Row(spare=True),
    "GET /v1/auth/sessions": Row(),
    "DELETE /v1/auth/sessions/{session}": Row(late=True),
    "POST /v1/auth/confirm": Row(json=lambda _: {"password": WRONG}, control={401}),
    "POST /v1/auth/password": Row(json=lambda _: {"password": WRONG, "new_password": PASSWORD}, control={401}),
    "POST /v1/auth/password/reset-request": Row(json=lambda things: {"username": things["username"]}),
    "POST /v1/auth/password/reset": Row(json=lambda _: {"secret": WRONG, "new_password": PASSWORD}, control={403}),
    "POST /v1/auth/email/verify": Row(json=lambda _: {"secret": WRONG}, control={403}),
    "POST /v1/auth/invite": Row(json=lambda _: {"secret": WRONG}, control={403}),
    "PUT /v1/devices/current/push": Row(
        json=lambda _: {
            "provider": "unifiedpush",
            "endpoint": "https://push.example.org/swept",
            "p256dh": P256DH,
            "auth": AUTH,
        }
    ),
    "DELETE /v1/devices/current/push": Row(late=True),
}

PEOPLE = {
    "GET /v1/users/me": Row(),
    "PATCH /v1/users/me": Row(json=lambda _: {"display_name": "Swept"}),
    "DELETE /v1/users/me": Row(json=lambda _: {"password": WRONG, "delete_messages": True}, control={401}),
    "PUT /v1/users/me/picture": Row(headers=lambda _: {"content-type": "image/png"}, content=png(8, 8)),
    "DELETE /v1/users/me/picture": Row(late=True),
    "PUT /v1/users/me/preferences": Row(json=lambda _: {"language": "de"}),
    "GET /v1/users/{account}": Row(opens={"account"}),
    "GET /v1/users": Row(query=lambda things: {"ids": things["account"]}, opens={"account"}),
    "GET /v1/friends": Row(),
    "POST /v1/friends": Row(json=lambda things: {"account": things["asker"]}, opens={"asker"}),
    "POST /v1/friends/{account}/accept": Row(named={"account": "asker"}),
    "DELETE /v1/friends/{account}": Row(named={"account": "friend"}, late=True),
    "GET /v1/blocks": Row(),
    "POST /v1/blocks": Row(json=lambda things: {"account": things["asker"]}, opens={"asker"}, late=True),
    "DELETE /v1/blocks/{account}": Row(named={"account": "blocked"}, late=True),
    "POST /v1/invites": Row(json=lambda things: {"uses": 2, "conversations": [things["conversation"]]}),
    "GET /v1/invites": Row(),
    "DELETE /v1/invites/{invite}": Row(late=True),
}

CONVERSATION = "/v1/conversations/{conversation}"
MESSAGE = f"{CONVERSATION}/messages/{{event_id}}"
CHAT = {
    "GET /v1/conversations": Row(),
    "POST /v1/conversations": Row(
        json=lambda things: {"kind": "group", "title": "Swept", "member_ids": [things["member"]]}, opens={"member"}
    ),
    f"GET {CONVERSATION}": Row(former=True),
    f"PATCH {CONVERSATION}": Row(
        json=lambda things: {"title": "Swept", "picture": things["waiting"], "history": "all"},
    ),
    f"PUT {CONVERSATION}/preferences": Row(json=lambda _: {"archived": True}),
    f"PUT {CONVERSATION}/cursor": Row(json=lambda _: {"read_seq": 2, "delivered_seq": 2}),
    f"GET {CONVERSATION}/events": Row(former=True),
    f"GET {CONVERSATION}/marks": Row(),
    f"GET {CONVERSATION}/mentions": Row(),
    f"GET {CONVERSATION}/members": Row(),
    f"POST {CONVERSATION}/members": Row(json=lambda things: {"account": things["asker"]}, opens={"asker"}),
    f"PATCH {CONVERSATION}/members/{{account}}": Row(named={"account": "member"}, json=lambda _: {"role": "admin"}),
    f"DELETE {CONVERSATION}/members/{{account}}": Row(named={"account": "member"}, late=True),
    f"POST {CONVERSATION}/messages": Row(json=_message),
    f"PATCH {MESSAGE}": Row(json=lambda _: {"client_id": "swept-edit", "envelope": envelope("edited")}),
    f"GET {MESSAGE}/reactions": Row(former=True),
    f"PUT {MESSAGE}/reactions/{{emoji}}": Row(fixed=EMOJI),
    f"DELETE {MESSAGE}/reactions/{{emoji}}": Row(fixed=EMOJI, late=True),
    f"DELETE {MESSAGE}": Row(late=True),
    "GET /v1/sync": Row(),
}

CALLS = {
    "POST /v1/calls": Row(json=lambda things: {"conversation": things["conversation"], "media": "video"}),
    "GET /v1/calls": Row(),
    "GET /v1/calls/ice-servers": Row(),
    "GET /v1/calls/{call}": Row(),
    "POST /v1/calls/{call}/accept": Row(control=CALL_MOVES),
    "POST /v1/calls/{call}/join": Row(control=CALL_MOVES),
    "POST /v1/calls/{call}/decline": Row(control=CALL_MOVES),
    "POST /v1/calls/{call}/hangup": Row(control=CALL_MOVES, late=True),
}

UPLOAD = "/v1/files/{file}/upload"
OPEN = {"file": "upload"}
FILES = {
    "OPTIONS /v1/files": Row(),
    f"OPTIONS {UPLOAD}": Row(named=OPEN),
    "GET /v1/files/quota": Row(),
    "POST /v1/files": Row(headers=_creation),
    f"HEAD {UPLOAD}": Row(named=OPEN, headers=lambda _: TUS),
    f"PATCH {UPLOAD}": Row(named=OPEN, headers=lambda _: {**PART, "upload-offset": "0"}, content=b"01234"),
    f"POST {UPLOAD}": Row(
        named=OPEN,
        headers=lambda _: {**PART, "upload-offset": "5", "x-http-method-override": "PATCH"},
        content=b"5678",
    ),
    f"DELETE {UPLOAD}": Row(named=OPEN, headers=lambda _: TUS, late=True),
    "GET /v1/files/{file}": Row(),
    "GET /v1/files/{file}/content": Row(),
    "HEAD /v1/files/{file}/content": Row(),
    "POST /v1/files/{file}/copy": Row(json=lambda things: {"conversation": things["conversation"]}),
    "DELETE /v1/files/{file}": Row(late=True),
}

ROWS: dict[str, Row] = {**SERVER, **ADMIN, **SIGNING_IN, **PEOPLE, **CHAT, **CALLS, **FILES}
