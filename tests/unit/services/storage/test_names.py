"""Names and media types of files."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secureconnect.services.storage.names import OCTETS, disposition, normal_name, normal_type

EVIL = [
    ("../../etc/passwd", ".._.._etc_passwd"),
    ("..\\..\\boot.ini", ".._.._boot.ini"),
    ("/etc/shadow", "_etc_shadow"),
    ("..", "file"),
    (".", "file"),
    ("", "file"),
    (" \t\r\n", "file"),
    ("a\x00b.txt", "ab.txt"),
    ('x"\r\nSet-Cookie: a=b', 'x"Set-Cookie: a=b'),
    ("invoice\u202efdp.exe", "invoicefdp.exe"),
    ("\u2066a\u2069.png", "a.png"),
    ("e\u0301.txt", "\u00e9.txt"),
    ("n" * 4096, "n" * 255),
    ("line\u2028break\u2029.txt", "linebreak.txt"),
]


@pytest.mark.parametrize(("given_name", "kept"), EVIL)
def test_a_name_keeps_nothing_that_can_lead_astray(given_name: str, kept: str) -> None:
    assert normal_name(given_name) == kept


@given(st.text())
def test_a_kept_name_is_harmless_and_stays_as_it_is(text: str) -> None:
    name = normal_name(text)
    assert 0 < len(name) <= 255
    assert not set(name) & set("/\\\r\n\x00\u202e\u2066")
    assert name not in (".", "..")
    assert unicodedata.is_normalized("NFC", name) or len(text) > 200
    assert normal_name(name) == name


@given(st.text())
def test_a_disposition_is_one_line_of_ascii(text: str) -> None:
    header = disposition(text)
    assert header.isascii()
    assert header.isprintable()
    assert header.startswith('attachment; filename="')
    assert header.split('"')[1] == header.removeprefix('attachment; filename="').partition('"')[0]


def test_a_disposition_has_the_whole_name_by_rfc_8187() -> None:
    assert disposition("report.pdf") == 'attachment; filename="report.pdf"'
    assert (
        disposition("Grüße €.txt")
        == "attachment; filename=\"Gr__e _.txt\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%E2%82%AC.txt"
    )
    assert disposition('a"; filename="b.exe') == (
        "attachment; filename=\"a__ filename=_b.exe\"; filename*=UTF-8''a%22%3B%20filename%3D%22b.exe"
    )


@pytest.mark.parametrize(
    ("given_type", "kept"),
    [
        ("image/PNG", "image/png"),
        ("text/plain; charset=utf-8", "text/plain"),
        ("application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
        ("", OCTETS),
        ("png", OCTETS),
        ("image/", OCTETS),
        ("image/png\r\nx: y", OCTETS),
        ("image/<script>", OCTETS),
        ("a/" + "b" * 300, OCTETS),
    ],
)
def test_what_is_no_media_type_is_octets(given_type: str, kept: str) -> None:
    assert normal_type(given_type) == kept
