"""The addresses of this machine, read from the kernel's tables."""

import ipaddress
import re
from pathlib import Path

LOCAL_V4 = re.compile(r"\|-- (\d+\.\d+\.\d+\.\d+)\n\s+/32 host LOCAL")


def own_addresses(proc: Path = Path("/proc")) -> list[str]:
    """Every address of this machine but loopback and link-local ones, IPv4 first; empty where the kernel does not
    tell."""
    found = [*_v4(_text(proc / "net" / "fib_trie")), *_v6(_text(proc / "net" / "if_inet6"))]
    return [text for text in dict.fromkeys(found) if not _private_to_machine(text)]


def is_loopback(host: str) -> bool:
    """Whether a host, by name or address, is this machine seen from itself alone."""
    bare = host.strip("[]").lower()
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def _private_to_machine(text: str) -> bool:
    address = ipaddress.ip_address(text)
    return address.is_loopback or address.is_link_local


def _v4(table: str) -> list[str]:
    return LOCAL_V4.findall(table)


def _v6(table: str) -> list[str]:
    return [str(ipaddress.IPv6Address(int(row.split()[0], 16))) for row in table.splitlines() if row.strip()]


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
