"""Hosts, URLs, networks and mail addresses are taken when they are right, and only then."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secureconnect.settings.declare import FORMS, Form
from secureconnect.settings.faults import WrongValue
from secureconnect.settings.forms import check_form, holds_password

RIGHT: dict[Form, list[str]] = {
    "host": ["127.0.0.1", "0.0.0.0", "::1", "localhost", "node-1.example.org", "my_host"],
    "folder": ["./data", "/var/lib/secureconnect", "data"],
    "public_url": [
        "https://chat.example.org",
        "http://localhost:8080",
        "https://[::1]:8443",
        "https://xn--bcher-kva.example",
    ],
    "service_url": ["http://10.0.0.5:8082", "http://chat:8082", "https://chat.internal"],
    "origin": ["https://app.example.org", "http://localhost:5173"],
    "host_name": ["chat.example.org", "10.0.0.1"],
    "cidr": ["10.0.0.0/8", "fd00::/8", "192.0.2.1", "192.0.2.1/32"],
    "sql_url": ["postgresql://app@db:5432/chat", "cockroachdb://db/chat?sslmode=verify-full"],
    "log_url": ["cassandra://a/keys", "cassandra://a,b:9042,10.0.0.1/keys"],
    "redis_url": ["redis://cache:6379/0", "rediss://cache"],
    "s3_url": ["http://minio:9000", "https://s3.example.org"],
    "livekit_url": ["wss://livekit.example.org", "http://livekit:7880"],
    "turn_url": ["turn:turn.example.org:3478?transport=udp", "turns:turn.example.org", "stun:10.0.0.1", "turn:[::1]:1"],
    "smtp_url": ["smtp://mail:587", "smtps://user@mail.example.org:465", "smtp://me%40example.org@mail"],
    "sender": ["chat@example.org", "Chat <chat@example.org>"],
    "word": ["us-east-1", "my.bucket", "a"],
}

WRONG: dict[Form, list[str]] = {
    "host": ["http://a", "a b", "a:80", "-a", "a..b", "[::1]", "256.1.1.1", "a/b", "*"],
    "folder": ["~/data", "~root"],
    "public_url": [
        "chat.example.org", "ftp://a", "https://", "https://a/b", "https://a?b", "https://a#b", "https://u:p@a",
        "https://a:0", "https://a:99999", "https://a:", "https://a b", "https://[::1", "https://a\\b",
    ],
    "service_url": ["10.0.0.5:8082", "http://chat:8082/v1", "http://u@chat"],
    "origin": ["*", "null", "app.example.org", "https://*.example.org", "https://a/b"],
    "host_name": ["https://a", "a:80", "*.example.org"],
    "cidr": ["10.0.0.1/8", "10.0.0.0/33", "private", "10.0.0", "*"],
    "sql_url": ["mysql://a/b", "postgresql:/a", "postgresql:///b", "db"],
    "log_url": ["cassandra://a", "cassandra:///keys", "cassandra://a,,b/keys", "cassandra://a/b/c", "a/keys"],
    "redis_url": ["cache:6379", "http://cache", "unix:///x"],
    "s3_url": ["minio:9000", "s3://bucket", "http://minio/bucket"],
    "livekit_url": ["livekit", "ftp://a", "wss://"],
    "turn_url": ["turn.example.org", "turn://a", "turn:a:0", "turn:a?transport=tls", "stun:a?transport=udp"],
    "smtp_url": ["mail:25", "http://mail", "smtp://mail/x", "smtp://mail?x"],
    "sender": ["chat", "chat@", "@a", "<a@b", "a@b>", "a@b, c@d", "a b@c"],
    "word": ["a b", "", "-a", "a/b", "ä", "a" * 129],
}  # fmt: skip


@pytest.mark.parametrize(("form", "text"), [(form, text) for form, texts in RIGHT.items() for text in texts])
def test_a_right_text_is_taken_as_it_is(form: Form, text: str) -> None:
    assert check_form(form, text) == text


@pytest.mark.parametrize(("form", "text"), [(form, text) for form, texts in WRONG.items() for text in texts])
def test_a_wrong_text_is_refused(form: Form, text: str) -> None:
    with pytest.raises(WrongValue):
        check_form(form, text)


def test_every_form_is_tried_both_ways() -> None:
    assert set(RIGHT) == set(WRONG) == set(FORMS)


def test_the_last_slash_of_a_site_is_dropped_so_that_links_have_one() -> None:
    assert check_form("public_url", "https://chat.example.org/") == "https://chat.example.org"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://app:pw@db/chat",
        "redis://:pw@cache",
        "redis://user:@cache",
        "smtp://a@b:pw@mail",
        "postgresql://app@db/chat?password=pw",
        "postgresql://app@db/chat?x=1&PassWord=",
    ],
)
def test_a_password_in_a_url_is_seen(url: str) -> None:
    assert holds_password(url)


@pytest.mark.parametrize(
    "url", ["postgresql://app@db:5432/chat?sslmode=require", "cassandra://a:1,b:2/k", "smtp://m:587"]
)
def test_a_port_is_no_password(url: str) -> None:
    assert not holds_password(url)


@given(st.sampled_from(sorted(FORMS)), st.text())
def test_whatever_text_comes_it_is_taken_or_refused_and_never_breaks(form: Form, text: str) -> None:
    assert holds_password(text) in {True, False}
    try:
        taken = check_form(form, text)
    except WrongValue:
        return
    assert taken in {text, text.removesuffix("/")}
