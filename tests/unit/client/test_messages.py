"""Contents of messages: plain text in and out."""

import pytest
from msgspec import Raw, json

from secureconnect.client.messages import departed, envelope_of, text_of
from secureconnect.contracts.events import Envelope, Event, MessageBody


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
