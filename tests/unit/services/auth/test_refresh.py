"""A refresh token is followed by exactly one other, and nobody makes one up."""

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from secureconnect.services.auth.refresh import RefreshToken, first_token, read_token

SESSION = "01a2041f-2d8c-7072-b0e0-0d833160b029"
KEY, OTHER_KEY = b"k" * 32, b"o" * 32


def chain(length: int) -> list[RefreshToken]:
    tokens = [first_token(SESSION, KEY, b"s" * 32)]
    while len(tokens) < length:
        tokens.append(tokens[-1].successor(KEY))
    return tokens


def test_a_token_is_read_back_from_its_text() -> None:
    for token in chain(5):
        assert read_token(token.text) == token
        assert len(token.text) < 128


def test_each_token_has_one_successor_and_all_differ() -> None:
    tokens = chain(50)
    assert len({token.text for token in tokens}) == len({token.hash for token in tokens}) == 50
    assert [token.generation for token in tokens] == list(range(50))
    assert tokens[3].successor(KEY) == tokens[4]


def test_the_successor_needs_the_key_and_the_secret() -> None:
    token = chain(1)[0]
    assert token.successor(OTHER_KEY).hash != token.successor(KEY).hash
    other = first_token(SESSION, KEY, b"t" * 32)
    assert other.successor(KEY).hash != token.successor(KEY).hash


def test_only_tokens_that_were_given_out_bear_the_seal() -> None:
    token = chain(3)[2]
    assert token.given_out(KEY)
    assert not token.given_out(OTHER_KEY)
    for change in ({"generation": 1}, {"secret": b"x" * 32}, {"tag": b"x" * 16}, {"session": SESSION[:-1] + "8"}):
        assert not dataclasses.replace(token, **change).given_out(KEY)


@given(st.text(max_size=120))
def test_any_other_text_is_no_token(text: str) -> None:
    assert read_token(text) is None
    assert read_token("scr_" + text) is None or len(text) == 91


def test_one_token_has_one_text() -> None:
    text = chain(1)[0].text
    for other in (text + "=", text + "A", text[:-1], " " + text, text.replace("scr_", "SCR_"), text + "\n"):
        assert read_token(other) is None
