"""The closed set of errors is well formed, and a fault tells what it is."""

import re

import msgspec
import pytest

from secureconnect.contracts.errors import BY_WIRE, Code, Fault, FieldFault, Problem, invalid


def test_no_two_codes_have_one_name_on_the_wire() -> None:
    assert len(BY_WIRE) == len(Code)


@pytest.mark.parametrize("code", Code)
def test_a_code_has_a_dotted_name_an_error_status_and_a_sentence(code: Code) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z0-9_]+", code.wire)
    assert 400 <= code.status < 600
    assert re.fullmatch(r"[A-Z].*[^.]\.", code.title)
    assert BY_WIRE[code.wire] is code


def test_a_fault_tells_its_code_and_its_own_detail_or_else_the_title() -> None:
    assert str(Fault(Code.CONFLICT, "it moved")) == "request.conflict: it moved"
    assert str(Fault(Code.CONFLICT)) == f"request.conflict: {Code.CONFLICT.title}"


def test_two_faults_share_no_list_and_no_headers() -> None:
    first, second = Fault(Code.INVALID), Fault(Code.INVALID)
    first.errors.append(FieldFault("/a", "too long"))
    first.headers["Retry-After"] = "1"
    assert (second.errors, second.headers) == ([], {})


def test_the_fault_of_one_field_points_at_it() -> None:
    fault = invalid("/member_ids/2", "There is no such account.", Code.NOT_FOUND)
    assert fault.code is Code.NOT_FOUND
    assert fault.errors == [FieldFault("/member_ids/2", "There is no such account.")]


def test_a_problem_leaves_out_what_it_does_not_say() -> None:
    problem = Problem("about:blank", "request.bad", "The request could not be read.", 400, "r1")
    assert set(msgspec.json.decode(msgspec.json.encode(problem))) == {"type", "code", "title", "status", "request_id"}
