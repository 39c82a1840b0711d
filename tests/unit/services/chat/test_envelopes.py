"""An envelope is kept as one line of JSON that every reader can decode."""

import json

import pytest
from msgspec import Raw

from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.events import Envelope
from secureconnect.services.chat.envelopes import kept_envelope


def kept(body: bytes, bytes_max: int = 1000) -> bytes:
    return kept_envelope(Envelope(1, "plain", Raw(body)), "plain", bytes_max)


def test_line_breaks_between_values_are_taken_out_and_those_in_texts_stay() -> None:
    told = kept(b'{\r\n "text": "a\\nb",\n "n": 1.50 }')
    assert b"\n" not in told
    assert json.loads(told) == {"v": 1, "scheme": "plain", "body": {"text": "a\nb", "n": 1.5}}
    assert b"1.50" in told


def test_the_limit_counts_bytes() -> None:
    size = len(kept('"ü"'.encode()))
    assert len(kept('"ü"'.encode(), size)) == size
    with pytest.raises(Fault) as raised:
        kept('"üü"'.encode(), size)
    assert raised.value.code is Code.CHAT_MESSAGE_TOO_LARGE


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(Fault) as raised:
        kept(b'"\xc3"')
    assert raised.value.code is Code.INVALID
