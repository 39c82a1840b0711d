"""Which hosts, origins and forwarded addresses are believed."""

import pytest

from secureconnect.edge.hosts import Hosts, Origins, TrustedProxies


@pytest.mark.parametrize(
    "host", ["chat.example.org", "CHAT.example.org:443", "localhost:8080", "127.0.0.1", "[::1]:8080", "other.example"]
)
def test_own_names_localhost_and_ip_literals_are_answered(host: str) -> None:
    assert Hosts("https://chat.example.org", ["other.example"]).answers(host.encode())


@pytest.mark.parametrize(
    "host", ["", "evil.example", "chat.example.org.evil.example", "a@chat.example.org", "localhost.evil", "[::1", "x/y"]
)
def test_other_names_are_not_answered(host: str) -> None:
    assert not Hosts("https://chat.example.org").answers(host.encode())
    assert not Hosts("https://chat.example.org").answers(None)


def test_our_own_page_is_that_of_public_url_or_of_the_very_host() -> None:
    origins = Origins("https://chat.example.org", ["https://app.example"])
    assert origins.own_page("https://chat.example.org")
    assert origins.own_page("http://127.0.0.1:8080", b"127.0.0.1:8080")
    assert origins.own_page("http://localhost:8080", b"LOCALHOST:8080")
    assert origins.own_page("https://chat.example.org:8443", b"chat.example.org:8443")
    assert not origins.own_page("http://chat.example.org", b"chat.example.org")
    assert not origins.own_page("http://chat.example.org:8080", b"chat.example.org:8080")
    assert not origins.own_page("https://app.example")
    assert not origins.own_page("null", b"127.0.0.1:8080")
    assert origins.shared("https://app.example")
    assert not origins.shared("https://app.example.evil")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, nonsense", "10.0.0.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
    ],
)
def test_the_client_is_the_rightmost_hop_that_is_no_trusted_proxy(
    peer: str, forwarded: str | None, client: str
) -> None:
    assert TrustedProxies(["10.0.0.0/8"]).client_ip(peer, forwarded) == client


def test_without_trusted_proxies_nobody_is_believed() -> None:
    assert TrustedProxies().client_ip("127.0.0.1", "203.0.113.9") == "127.0.0.1"
