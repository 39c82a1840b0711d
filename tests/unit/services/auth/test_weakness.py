"""Passwords that are tried first are refused, and long ones of one's own are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secureconnect.services.auth.weakness import is_known, prepare, weakness

CONTEXT = ("anna", "Anna Bell", "chat.example.org", "secureconnect")


def refused(password: str) -> bool:
    return weakness(prepare(password), 8, 256, CONTEXT) is not None


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "Password1!",
        "P@ssw0rd2024",
        "Summer2024!",
        "iloveyou2",
        "dragon12345",
        "12345678",
        "87654321",
        "qwertyuiop",
        "1qaz2wsx",
        "asdfghjkl;",
        "abcdefgh1",
        "aaaaaaaa",
        "abcabcabc",
        "19901231",
        "31.12.1990",
        "hunter2hunter2",
        "passwordpassword",
        "anna-1234",
        "AnnaAnna1",
        "anna.password",
        "SecureConnect1",
        "chat.example.org1",
        "short1",
        "",
        "x" * 257,
        "\u00e4" * 8 + "x" * 250,
        "with\x00control character",
    ],
)
def test_an_easy_password_is_refused(password: str) -> None:
    assert refused(password)


@pytest.mark.parametrize(
    "password",
    [
        "a long and quiet evening",
        "correct horse battery staple",
        "kX7#mQ9!vL2p",
        "tr0ub4dor&3",
        "wjzqkvxh",
        "\u0441\u043f\u043e\u043a\u043e\u0439\u043d\u044b\u0439 \u0432\u0435\u0447\u0435\u0440",
        "\U0001f600\U0001f601\U0001f602\U0001f923\U0001f603\U0001f604\U0001f605\U0001f606",
        "x1y2z3" + "q" * 200,
    ],
)
def test_a_good_password_is_taken_whatever_it_is_made_of(password: str) -> None:
    assert not refused(password)


def test_thousands_of_known_passwords_are_refused() -> None:
    """Figure: the list with its ten commonest endings, those of eight characters and more."""
    words = ["password", "sunshine", "princess", "football", "michael", "jordan", "liverpool", "qwerty", "letmein"]
    endings = ["", "1", "12", "123", "1234", "!", "2024", "1!", "01", "99"]
    assert all(is_known(word + ending) for word in words for ending in endings)


def test_spaces_and_composed_letters_are_one_password_however_typed() -> None:
    assert prepare("cre\u0300me\u00a0bru\u0302le\u0301e") == "cr\u00e8me br\u00fbl\u00e9e"


@given(st.text(max_size=40))
def test_preparing_twice_is_preparing_once_and_judging_never_fails(password: str) -> None:
    prepared = prepare(password)
    assert prepare(prepared) == prepared
    if prepared.isprintable():
        weakness(prepared, 8, 256, CONTEXT)
