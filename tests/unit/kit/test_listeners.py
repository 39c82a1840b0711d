"""A taken port names the process that has it."""

import os
import socket
from pathlib import Path

import pytest

from secureconnect.kit.listeners import PortTaken, holder_of, listen


def test_a_taken_port_names_its_holder() -> None:
    with listen("127.0.0.1", 0) as held:
        port = held.getsockname()[1]
        with pytest.raises(PortTaken) as refused:
            listen("127.0.0.1", port)
        assert refused.value.port == port
        assert f"process {os.getpid()}" in str(refused.value)


def test_a_free_port_has_no_holder() -> None:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    assert holder_of(port) is None


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with pytest.raises(OSError, match="assign"):
        listen("203.0.113.9", 0)


def test_an_ipv6_address_may_stand_in_its_brackets() -> None:
    with listen("[::1]", 0) as held:
        assert (held.family, held.getsockname()[0]) == (socket.AF_INET6, "::1")


def test_a_holder_is_found_by_the_sockets_that_it_holds(tmp_path: Path) -> None:
    """Port 8082 is listened on by inode 77, port 8083 only talked on."""
    (tmp_path / "net").mkdir()
    rows = ["0: 0100007F:1F92 0:0 0A 0:0 0:0 0 0 0 77", "1: 0100007F:1F93 0:0 01 0:0 0:0 0 0 0 78"]
    (tmp_path / "net" / "tcp").write_text("\n".join(["head", *rows]))
    (tmp_path / "12" / "fd").mkdir(parents=True)
    (tmp_path / "self").mkdir()
    assert holder_of(8082, tmp_path) is None, "nobody whom we may look at holds it"
    (tmp_path / "12" / "fd" / "5").symlink_to("socket:[77]")
    assert holder_of(8082, tmp_path) == "a process (process 12)"
    (tmp_path / "12" / "comm").write_text("python3\n")
    assert holder_of(8082, tmp_path) == "python3 (process 12)"
    (tmp_path / "12" / "fd" / "6").symlink_to("socket:[78]")
    assert holder_of(8083, tmp_path) is None, "a connection is no listener"
