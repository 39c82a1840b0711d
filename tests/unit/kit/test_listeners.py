"""A taken port names the process that has it."""

import os
import socket

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
