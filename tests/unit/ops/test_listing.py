"""Listings are lines for programs, JSON when asked for, and never more than text."""

import msgspec
import pytest
from msgspec import Struct

from secureconnect.ops.listing import Column, fitting, moment, plain, print_list


class Row(Struct):
    """Something with a name."""

    name: str


COLUMNS: list[Column[Row]] = [("name", lambda row: row.name), ("length", lambda row: str(len(row.name)))]


def test_rows_are_tab_separated_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_list([Row("ann"), Row("b\tb\x1b[2J")], COLUMNS, json=False, none="none")
    assert capsys.readouterr().out == "ann\t3\nb\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}[2J\t7\n"


def test_json_is_whole_and_an_empty_list_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    print_list([Row("ann")], COLUMNS, json=True, none="none")
    assert msgspec.json.decode(capsys.readouterr().out) == [{"name": "ann"}]
    print_list([], COLUMNS, json=True, none="none")
    assert capsys.readouterr().out == "[]\n"


def test_no_rows_are_told_beside_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    print_list([], COLUMNS, json=False, none="There is nobody.")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "There is nobody.\n")


def test_times_are_told_in_utc() -> None:
    assert moment(1_763_800_000_000) == "2025-11-22 08:26"
    assert moment(None) == "never"
    assert plain("a\nb\u202e") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"


def test_a_narrow_terminal_shows_the_first_columns_whole() -> None:
    rows = [["name", "role", "state"], ["ann", "admin", "open"], ["\u4e2d\u6587\u5b57", "user", "disabled"]]
    assert fitting(rows, 80) == 3
    assert fitting(rows, 6 + 2 + 5 + 2 + 8) == 3
    assert fitting(rows, 6 + 2 + 5 + 2 + 7) == 2
    assert fitting(rows, 3) == 1
