"""Faults become problems; what msgspec finds wrong becomes a pointer without the value."""

from typing import Literal

import msgspec
import pytest

from secureconnect.contracts.auth import LoginRequest
from secureconnect.contracts.errors import Code, Fault, FieldFault
from secureconnect.edge.problems import field_fault, pointer_of, problem_headers, problem_of, unquoted


def test_a_problem_carries_code_status_title_and_request_id() -> None:
    problem = problem_of(Fault(Code.CHAT_NOT_A_MEMBER), "r-1")
    assert (problem.code, problem.status, problem.request_id) == ("chat.not_a_member", 404, "r-1")
    assert problem.type.endswith("#chat.not_a_member")
    assert b"detail" not in msgspec.json.encode(problem)


def test_retry_after_is_whole_seconds_rounded_up() -> None:
    headers = dict(problem_headers(Fault(Code.TOO_MANY_REQUESTS, retry_after_ms=1001)))
    assert headers[b"retry-after"] == b"2"


@pytest.mark.parametrize(("path", "pointer"), [("$", ""), ("$.a.b", "/a/b"), ("$.a[0].b", "/a/0/b"), ("$[2]", "/2")])
def test_paths_become_json_pointers(path: str, pointer: str) -> None:
    assert pointer_of(path) == pointer


def test_the_value_is_never_quoted() -> None:
    body = b'{"username":"anna","password":"hunter2-secret","device":{"name":"x","kind":"NOT-A-KIND"}}'
    with pytest.raises(msgspec.ValidationError) as wrong:
        msgspec.json.decode(body, type=LoginRequest)
    found = field_fault(wrong.value)
    assert found.pointer == "/device/kind"
    assert "NOT-A-KIND" not in found.detail


class Choice(msgspec.Struct):
    """Takes some values only."""

    kind: Literal["direct", "group"]


@pytest.mark.parametrize("value", ["secret", "secret' - at `$.kind` more", "line\nsecret"])
def test_a_value_that_is_not_one_of_the_allowed_is_not_quoted(value: str) -> None:
    with pytest.raises(msgspec.ValidationError) as wrong:
        msgspec.json.decode(msgspec.json.encode({"kind": value}), type=Choice)
    assert field_fault(wrong.value) == FieldFault("/kind", "Invalid enum value")
    assert unquoted(wrong.value) == "Invalid enum value - at `$.kind`"
