"""Pages are Markdown whose tables hold whatever text comes."""

from secureconnect.ops.docs.page import page, table


def test_a_bar_or_line_break_does_not_break_a_table() -> None:
    assert table(("a", "b"), [("x|y", "1\n2")]) == "| a | b |\n|---|---|\n| x\\|y | 1 2 |"


def test_a_page_has_one_title_and_ends_with_one_line_break() -> None:
    assert page("Things", "\nAbout.\n", ["one", "two"]) == "# Things\n\nAbout.\n\none\n\ntwo\n"
