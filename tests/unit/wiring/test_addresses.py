"""Services are found where the settings say, or on this machine."""

from pathlib import Path

import pytest

from secureconnect.settings import load
from secureconnect.wiring.addresses import inner_urls, public_urls, reachable


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
