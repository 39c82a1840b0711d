"""Bodies are kept apart from envelopes and put together for readers."""

import json

import pytest
from msgspec import Raw

from secureconnect.backends.log.port import Stored
from secureconnect.contracts.events import CallBody, ConversationBody, EditBody, MemberBody
from secureconnect.services.chat.bodies import Body, SentBody, body_of, changes_membership, encode, wire_body


def stored(kind: str, body: Body, envelope: bytes | None = None) -> Stored:
    kept = None if envelope is None else Raw(envelope)
    return Stored("c", 1, "e", kind, "ann", None, None, 0, Raw(encode(body)), kept)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (stored("message", SentBody(), b'{"v":1}'), {"envelope": {"v": 1}}),
        (stored("message", SentBody()), {"envelope": None}),
        (stored("message", SentBody("r", ["f"]), b"{}"), {"envelope": {}, "reply_to": "r", "file_ids": ["f"]}),
        (stored("edit", EditBody("m", message_seq=3), b"{}"), {"envelope": {}, "message": "m", "message_seq": 3}),
        (stored("edit", EditBody("m", message_seq=3)), {"message": "m", "message_seq": 3}),
        (stored("member", MemberBody("a", "left", "a")), {"account": "a", "change": "left", "by": "a"}),
    ],
)
def test_a_fresh_event_is_read_with_its_envelope_in_place(event: Stored, told: object) -> None:
    assert json.loads(bytes(wire_body(event))) == told


def test_a_body_is_read_as_it_was_written() -> None:
    body = SentBody("r", ["f"], ["m"])
    assert body_of(stored("message", body, b"{}")) == body
    call = CallBody("c", "ended", "audio", 5)
    assert body_of(stored("call", call)) == call


def test_members_and_the_rule_of_history_change_the_membership() -> None:
    assert changes_membership(MemberBody("a", "left", "a"))
    assert changes_membership(ConversationBody("a", history="all"))
    assert not changes_membership(ConversationBody("a", "title"))
    assert not changes_membership(SentBody())
