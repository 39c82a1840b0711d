"""A file of accounts is read row by row, and each fault is told with its line."""

import pytest

from secureconnect.contracts.operator import NewUser
from secureconnect.ops.importing import parse


def parsed(*lines: str) -> tuple[list[NewUser], list[str]]:
    wishes, faults = parse(iter([line + "\n" for line in lines]))
    return [wish.user for wish in wishes], [f"{fault.line} {fault.told}" for fault in faults]


def test_all_columns_are_read_and_only_the_name_is_needed() -> None:
    users, faults = parsed("username,display_name,email,admin", "dora,Dora D,d@example.org,yes", '"erik",,,')
    assert faults == []
    assert users == [NewUser("dora", "Dora D", "d@example.org", True), NewUser("erik")]
    assert parsed("username", "dora") == ([NewUser("dora")], [])
    assert parsed("admin, username", "NO, dora ") == ([NewUser("dora")], [])


def test_every_fault_is_told_and_the_right_rows_are_kept() -> None:
    users, faults = parsed("username,admin", "ann,", ",", "ann,no", "Ann,", "ben,perhaps", "a,b,c", "cat")
    assert users == [NewUser("ann")]
    assert faults == [
        "3 has no username",
        "4 names ann again, as line 2 does",
        "5 names Ann again, as line 2 does",
        "6 says 'perhaps' for admin; write yes or no",
        "7 has more fields than the header",
        "8 has fewer fields than the header",
    ]


@pytest.mark.parametrize(
    ("header", "word"),
    [
        ("name,email", "'name'"),
        ("username,username", "twice"),
        ("email,admin", "username at least"),
        ("", "username at least"),
        ("user\x1bname", "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_header_that_is_not_ours_is_told(header: str, word: str) -> None:
    users, faults = parsed(header, "ann,x")
    assert users == []
    assert any(word in fault for fault in faults)


def test_what_is_no_csv_is_told() -> None:
    users, faults = parsed("username,admin", '"ann"x,')
    assert users == []
    assert "is no CSV" in faults[0]


def test_a_field_that_is_too_long_is_told() -> None:
    assert "more than 1024 characters" in parsed("username", "a" * 1025)[1][0]
