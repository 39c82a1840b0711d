"""Contents of messages: plain text in and out."""

import pytest
from msgspec import Raw, json

from secureconnect.client import Client, Session
from secureconnect.client.messages import departed, envelope_of, text_of
from secureconnect.contracts.auth import (
    FriendPage,
)
from secureconnect.contracts.events import Envelope, Event, EventPage, MessageBody, SentAnswer
from tests.fixtures.client_calls import Row, check_call
from tests.fixtures.scripted_chat import tokens
from tests.fixtures.scripted_http import Heard, Told, http_server


def event(body: bytes, kind: str = "message") -> Event:
    return Event("c", 1, "e", kind, "who", 0, Raw(body))


def test_a_text_goes_into_an_envelope_and_comes_out_again() -> None:
    envelope = envelope_of("hi ✓", [{"id": "f", "name": "n", "type": "t", "size": 1}])
    assert (envelope.v, envelope.scheme) == (1, "plain")
    assert text_of(event(json.encode(MessageBody(Raw(json.encode(envelope)))))) == "hi ✓"


def test_an_envelope_of_the_callers_own_is_sent_as_it_is() -> None:
    own = Envelope(1, "mls", Raw(b'"AAAA"'))
    assert envelope_of(own) is own


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b'{"envelope":null,"deleted_at":5}',
        b'{"envelope":{"v":2,"scheme":"plain","body":{"text":"x"}}}',
        b'{"envelope":{"v":1,"scheme":"mls","body":{"text":"x"}}}',
        b'{"envelope":{"v":1,"scheme":"plain","body":{"text":5}}}',
        b'{"envelope":{"v":1,"scheme":"plain","body":[]}}',
        b"{}",
    ],
)
def test_what_this_client_cannot_read_as_a_text_is_none(body: bytes) -> None:
    assert text_of(event(body)) is None


@pytest.mark.parametrize(
    ("change", "who"), [("left", "a"), ("removed", "a"), ("added", None), ("role", None), ("newer", None)]
)
def test_who_departed_is_read_from_the_event(change: str, who: str | None) -> None:
    body = json.encode({"account": "a", "change": change, "by": "b"})
    assert departed(event(body, "member")) == who
    assert departed(event(body)) is None


def test_only_messages_have_a_text() -> None:
    assert text_of(event(b'{"account":"a","change":"left","by":"a"}', "member")) is None


SENT = SentAnswer("c", 4, "e", 9)
PAGE = EventPage([Event("c", 4, "e", "message", "1", 9, Raw(b"{}"))], 4, 4, 4, False)
pytestmark = pytest.mark.anyio
HI = '{"v":1,"scheme":"plain","body":{"text":"hi"}}'
EMPTY = FriendPage([], None)
CALLS: list[Row] = [
    ("GET /v1/conversations/c/messages/e/reactions", "", lambda c: c.messages.reactions("c", "e").all(), EMPTY),
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
]


@pytest.mark.parametrize("row", CALLS, ids=[f"{row[0]} {row[1][:20]}" for row in CALLS])
async def test_a_call_goes_out_and_comes_back(row: Row) -> None:
    await check_call(row)


async def test_a_history_is_read_page_by_page() -> None:
    async def script(one: Heard) -> Told:
        after = int(one.path.rsplit("=", 1)[1])
        page = EventPage(
            [Event("c", after + 1, "e", "message", "1", 9, Raw(b"{}"))], after + 1, after + 1, 3, after < 2
        )
        return Told(200, json.encode(page))

    async with http_server(script) as url, Client(url, session=Session(tokens(), 2**52)) as client:
        assert [event.seq async for event in client.messages.history("c")] == [1, 2, 3]
