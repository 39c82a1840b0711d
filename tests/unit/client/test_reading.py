"""Reading answers: newer fields are passed over, anything else is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw, json

from secureconnect.client.faults import AnswerUnreadable
from secureconnect.client.reading import names, read
from secureconnect.contracts.auth import OwnAccount, Preferences
from secureconnect.contracts.chat import ConversationAnswer, ConversationPreferences
from secureconnect.contracts.events import Event

OWN = OwnAccount("1", "ann", "Ann", None, None, False, None, False, 7, Preferences(language="de"))
CONVERSATION = ConversationAnswer(
    "c", "group", "T", "plain", "owner", 3, 1, 0, 1, 0,
    Event("c", 3, "e", "message", "1", 9, Raw(b'{"envelope":{"body":{"new":[1]}}}')),
    ConversationPreferences(pinned=True), 1, 2, "all", 4,
)  # fmt: skip


def test_an_answer_is_read_as_its_struct() -> None:
    assert read(json.encode(OWN), OwnAccount) == OWN


def test_fields_of_a_newer_server_are_passed_over_at_any_depth() -> None:
    grown = json.decode(json.encode(OWN))
    grown["newer"] = 1
    grown["preferences"]["newer"] = {"a": 1}
    grown["preferences"]["privacy"]["newer"] = [1]
    assert read(json.encode(grown), OwnAccount) == OWN


def test_fields_of_a_newer_server_are_passed_over_beside_raw_bodies() -> None:
    grown = json.decode(json.encode(CONVERSATION))
    grown["preferences"]["newer"] = 1
    answer = read(json.encode(grown), ConversationAnswer)
    assert answer.preferences == CONVERSATION.preferences
    assert answer.last_message is not None
    assert json.decode(answer.last_message.body) == {"envelope": {"body": {"new": [1]}}}


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'{"id":1}', b"null", b'"x"'])
def test_what_is_no_such_answer_is_named_so(content: bytes) -> None:
    with pytest.raises(AnswerUnreadable):
        read(content, OwnAccount)


@given(st.binary(max_size=60))
def test_the_names_of_any_bytes_can_be_asked_for(content: bytes) -> None:
    kind, number = names(content)
    assert isinstance(kind, str)
    assert number is None or isinstance(number, int)


def test_a_frame_that_is_not_known_keeps_its_type_and_number() -> None:
    assert names(b'{"t":"newer","id":4,"x":[]}') == ("newer", 4)
    assert names(b'{"t":1,"id":"4"}') == ("", None)
