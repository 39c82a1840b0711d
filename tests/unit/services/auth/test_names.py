"""Display names and mail addresses: what may stand in them."""

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.auth.names import device_name, display_name, email_address, email_key, search_key


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("  Anna \t Bell ", "Anna Bell"),
        ("Anna\nBell", "Anna Bell"),
        ("Jose\u0301", "Jos\u00e9"),
        ("\U0001f469\u200d\U0001f469\u200d\U0001f467", "\U0001f469\u200d\U0001f469\u200d\U0001f467"),
        ("<b>Anna</b>", "<b>Anna</b>"),
    ],
)
def test_a_display_name_is_shown_with_single_spaces(typed: str, shown: str) -> None:
    assert display_name(typed) == shown


@pytest.mark.parametrize(
    "typed", ["", "   ", "a\u202eb", "a\u0000b", "\u200b", "\u200d", "\ud800", "\ue000", "x" * 101]
)
def test_a_display_name_holds_nothing_that_cannot_be_seen(typed: str) -> None:
    with pytest.raises(Fault) as caught:
        display_name(typed)
    assert caught.value.errors[0].pointer == "/display_name"


def test_a_device_has_a_name_whatever_was_sent() -> None:
    assert device_name("Anna's\r\nBcc: x\u202e phone") == "Anna's Bcc: x phone"
    assert device_name("\u200b ") == "device"


def test_people_are_found_without_case_and_width() -> None:
    assert search_key("\uff21NNA Stra\u00dfe") == "anna strasse"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Anna@Example.ORG", "Anna@example.org"),
        (" a+b@x.de ", "a+b@x.de"),
        ("a@localhost", "a@localhost"),
        ("a@B\u00fccher.example", "a@xn--bcher-kva.example"),
    ],
)
def test_an_address_keeps_its_local_part(typed: str, kept: str) -> None:
    assert email_address(typed) == kept
    assert email_key(kept) == kept.casefold()


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "anna",
        "\u00fc@x.de",
        "@x.de",
        "anna@",
        "a@b@c.de",
        "a b@x.de",
        "a@x..de",
        "a@-x.de",
        "a@x.de\nBcc: b@x.de",
        "a,b@x.de",
        "<a@x.de>",
        '"a b"@x.de',
        "a@[127.0.0.1]",
        "a@x.de/../y",
        "a" * 65 + "@x.de",
        "a@" + "x" * 64 + ".de",
        "a@" + "x.de." * 60 + "de",
    ],
)
def test_what_is_no_plain_address_is_refused(typed: str) -> None:
    with pytest.raises(Fault) as caught:
        email_address(typed)
    assert caught.value.code is Code.AUTH_EMAIL_INVALID
