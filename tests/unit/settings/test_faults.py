"""Faults are told all at once, in one line each."""

from hypothesis import given
from hypothesis import strategies as st

from secureconnect.settings.faults import FaultLine, SettingsFault, printable


def test_a_line_names_setting_source_wrong_and_fix() -> None:
    assert str(FaultLine("chat.port", "command line", "is empty", "leave it out")) == (
        "chat.port (command line) is empty: leave it out."
    )
    assert str(FaultLine("x", "y", "is no setting", "did you mean z?")).endswith("did you mean z?")


def test_a_fault_prints_every_line_in_the_order_of_names() -> None:
    lines = [FaultLine(name, "here", "is empty", "leave it out") for name in ("b", "a")]
    assert str(SettingsFault(lines)).splitlines() == [
        "a (here) is empty: leave it out.",
        "b (here) is empty: leave it out.",
    ]


@given(st.text())
def test_a_name_that_somebody_typed_never_breaks_a_line_or_a_terminal(name: str) -> None:
    shown = printable(name)
    assert shown
    assert shown.isprintable()
    assert len(shown) <= 1200
