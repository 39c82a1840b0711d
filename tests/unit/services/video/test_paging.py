"""Cursors of calls: good for the list that they came from, refused when anything was changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.video.paging import call_of, cursor_of


def refused(cursor: str, asked: str) -> bool:
    with pytest.raises(Fault) as fault:
        call_of(cursor, asked)
    return fault.value.code is Code.INVALID


def test_a_cursor_leads_back_to_its_call() -> None:
    assert call_of(cursor_of("0199-call", "ann\n"), "ann\n") == "0199-call"


def test_a_cursor_of_another_list_is_refused() -> None:
    assert refused(cursor_of("0199-call", "ann\n"), "ben\n")
    assert refused(cursor_of("0199-call", "ann\n"), "ann\nactive")


@given(st.text(max_size=60))
def test_nothing_made_up_is_a_cursor(text: str) -> None:
    assert refused(text, "ann\n")


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_a_changed_cursor_is_refused(place: int, letter: str) -> None:
    good = cursor_of("01999999-0000-7000-8000-000000000000", "ann\n")
    at = place % len(good)
    changed = good[:at] + letter + good[at + 1 :]
    assert changed == good or refused(changed, "ann\n")
