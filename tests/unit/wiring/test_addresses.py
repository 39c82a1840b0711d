"""Services are found where the settings say, or on this machine."""

from pathlib import Path

import pytest

from secureconnect.settings import load
from secureconnect.wiring.addresses import inner_hosts, inner_urls, public_urls, reachable


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("[::1]", "[::1]"), ("chat", "chat")],
)
def test_a_host_stands_in_a_url_as_it_can_be_reached(host: str, url: str) -> None:
    assert reachable(host) == url


def test_addresses_that_are_set_come_before_those_of_this_machine(tmp_path: Path) -> None:
    pairs = {"data_dir": str(tmp_path), "chat.inner_urls": "http://10.0.0.5:18082", "auth.host": "::1"}
    settings = load(None, {}, pairs, tmp_path / "none").settings
    assert inner_urls(settings, "chat") == ["http://10.0.0.5:18082"]
    assert public_urls(settings, "chat") == ["http://127.0.0.1:8082"]
    assert public_urls(settings, "auth") == ["http://[::1]:8081"]


def test_inner_listeners_answer_to_the_names_by_which_services_are_told_to_ask(tmp_path: Path) -> None:
    pairs = {
        "data_dir": str(tmp_path),
        "public_url": "https://chat.example.org",
        "hosts": "node.example.org",
        "chat.inner_urls": "http://chat.internal:18082",
        "video.inner_host": "video",
    }
    hosts = inner_hosts(load(None, {}, pairs, tmp_path / "none").settings)
    for host in (b"chat.internal:18082", b"video:18083", b"node.example.org", b"chat.example.org", b"10.0.0.3:1"):
        assert hosts.answers(host), host
    for host in (b"evil.example.org", b"internal", b"", None):
        assert not hosts.answers(host), host
