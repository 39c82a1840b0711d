"""A cursor comes back as it was given; a tampered one is refused."""

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.chat.cursors import cursor_of, key_of


def test_a_cursor_holds_its_key() -> None:
    assert key_of(cursor_of(7, "ann"), tuple[int, str]) == (7, "ann")


@pytest.mark.parametrize("cursor", ["", "x", "!!!", cursor_of("ann", 7), cursor_of(7), "A" * 5000, "é"])
def test_a_tampered_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Fault) as raised:
        key_of(cursor, tuple[int, str])
    assert raised.value.code is Code.INVALID
