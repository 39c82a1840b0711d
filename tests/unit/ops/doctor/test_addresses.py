"""The addresses of this machine are read from the kernel's own tables; loopback is known in all its forms."""

from pathlib import Path

import pytest

from secureconnect.ops.doctor.addresses import is_loopback, own_addresses

TRIE = """Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
           |-- 127.0.0.1
              /32 host LOCAL
     +-- 192.0.2.0/24 2 0 2
        |-- 192.0.2.15
           /32 host LOCAL
        |-- 192.0.2.255
           /32 link BROADCAST
Local:
        |-- 192.0.2.15
           /32 host LOCAL
"""
INET6 = """00000000000000000000000000000001 01 80 10 80       lo
20010db8000000000000000000000005 02 40 00 00     eth0
fe80000000000000020000fffe000001 02 40 20 80     eth0
"""


def test_every_address_but_loopback_and_link_local_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "fib_trie").write_text(TRIE)
    (tmp_path / "net" / "if_inet6").write_text(INET6)
    assert own_addresses(tmp_path) == ["192.0.2.15", "2001:db8::5"]


def test_a_kernel_that_tells_nothing_gives_none(tmp_path: Path) -> None:
    assert own_addresses(tmp_path) == []


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("chat.localhost", True),
        ("127.0.0.1", True),
        ("[::1]", True),
        ("192.0.2.1", False),
        ("chat.example.org", False),
        ("localhost.example.org", False),
    ],
)
def test_loopback_is_known_by_name_and_address(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
