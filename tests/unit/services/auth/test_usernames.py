"""Usernames have one form, and nobody's can be mistaken for another's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.auth.usernames import LENGTH_MAX, enforce, find_key, refuse_reserved


def refused(text: str) -> Code:
    with pytest.raises(Fault) as caught:
        enforce(text)
    assert caught.value.errors[0].pointer == "/username"
    return caught.value.code


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Anna", "anna"),
        ("ANNA.B_c-1", "anna.b_c-1"),
        ("\uff21\uff2e\uff2e\uff21", "anna"),
        ("Jose\u0301", "jos\u00e9"),
        ("\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2", "\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2"),
        ("stra\u00dfe", "stra\u00dfe"),
        ("\u5c71\u7530tanaka", "\u5c71\u7530tanaka"),
        ("\u05e9\u05dc\u05d5\u05dd1", "\u05e9\u05dc\u05d5\u05dd1"),
        ("7", "7"),
    ],
)
def test_a_name_is_kept_in_its_one_form(typed: str, kept: str) -> None:
    assert enforce(typed).key == kept
    assert find_key(typed) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a b",
        ".anna",
        "anna-",
        "a@b",
        "a/b",
        "a\x00b",
        "anna\u200b",
        "anna\u202e",
        "\u0301anna",
        "x\u00b2",
        "\ufb01sh",
        "\u2160",
        "a\u00adb",
        "\U0001f600",
        "a" * (LENGTH_MAX + 1),
        "\u0430nna",
        "\u0440aypal",
        "\u0661\u06f2",
        "1\u0967",
        "\u05e9a",
        "\u05d0\u0661\u0031",
        "\ud800",
    ],
)
def test_what_cannot_be_told_apart_or_seen_is_no_name(text: str) -> None:
    assert refused(text) is Code.AUTH_USERNAME_INVALID
    assert find_key(text) is None


@pytest.mark.parametrize(
    ("one", "other"), [("user1", "userl"), ("modem", "modern"), ("coco", "\u0441\u043e\u0441\u043e")]
)
def test_names_that_are_read_alike_have_one_skeleton(one: str, other: str) -> None:
    assert enforce(one).skeleton == enforce(other).skeleton


@pytest.mark.parametrize(("one", "other"), [("anna", "hanna"), ("jose", "jos\u00e9"), ("dara", "clara"), ("ab", "a.b")])
def test_names_that_are_read_differently_have_two(one: str, other: str) -> None:
    assert enforce(one).skeleton != enforce(other).skeleton


def test_words_that_mean_something_else_are_nobodys_and_roles_are_for_who_sets_up() -> None:
    for word in ("everyone", "me", "n0body", "\u0430\u04cf\u04cf"):
        with pytest.raises(Fault):
            refuse_reserved(enforce(word), sets_up=True)
    for word in ("admin", "root", "SUPPORT", "r00t"):
        with pytest.raises(Fault):
            refuse_reserved(enforce(word))
        refuse_reserved(enforce(word), sets_up=True)
    refuse_reserved(enforce("administrata"))


@given(st.text(max_size=20))
def test_enforcing_twice_is_enforcing_once(text: str) -> None:
    key = find_key(text)
    if key is not None:
        assert enforce(key).key == key
        assert find_key(key.upper()) in {key, None} or len(key.upper()) != len(key) or key.upper().lower() != key
