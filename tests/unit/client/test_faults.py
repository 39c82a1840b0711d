"""Faults: what the server told, and what a proxy between told."""

import pytest
from msgspec import json

from secureconnect.client.faults import SocketEnded, ending, from_answer, from_frame
from secureconnect.contracts.errors import Code, FieldFault, Problem
from secureconnect.contracts.frames import ErrorFrame


def problem(code: str, status: int, retry_after_ms: int | None = None) -> bytes:
    return json.encode(
        Problem("about:blank", code, "Title.", status, "r1", "Detail.", [FieldFault("/a", "no")], retry_after_ms)
    )


def test_a_problem_is_told_with_all_that_it_says() -> None:
    fault = from_answer(409, {}, problem("chat.last_owner", 409, 70), 0)
    assert (fault.code, fault.status, fault.request_id) == (Code.CHAT_LAST_OWNER, 409, "r1")
    assert (fault.retry_after_ms, fault.errors) == (70, [FieldFault("/a", "no")])
    assert str(fault) == "chat.last_owner: Detail."


def test_a_code_that_this_client_does_not_know_is_kept_beside_the_nearest() -> None:
    fault = from_answer(404, {}, problem("newer.gone", 404), 0)
    assert (fault.code, fault.wire_code) == (Code.NOT_FOUND, "newer.gone")


@pytest.mark.parametrize(
    ("status", "code"),
    [(502, Code.UPSTREAM_FAILED), (503, Code.UNAVAILABLE), (418, Code.BAD_REQUEST), (599, Code.INTERNAL)],
)
def test_the_page_of_a_proxy_is_a_fault_by_its_status(status: int, code: Code) -> None:
    assert from_answer(status, {}, b"<html>", 0).code is code


@pytest.mark.parametrize(
    ("status", "code"), [(410, Code.STORAGE_UPLOAD_GONE), (423, Code.STORAGE_UPLOAD_LOCKED), (404, Code.NOT_FOUND)]
)
def test_an_answer_to_head_has_no_body_and_is_told_by_its_status(status: int, code: Code) -> None:
    assert from_answer(status, {}, b"", 0).code is code


@pytest.mark.parametrize(
    ("text", "wait_ms"),
    [
        ("3", 3000),
        ("Thu, 01 Jan 1970 00:00:10 GMT", 9000),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("soon", None),
        ("", None),
        ("99999999999999999999", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, wait_ms: int | None) -> None:
    assert from_answer(503, {"retry-after": text}, b"", 1000).retry_after_ms == wait_ms


def test_an_error_frame_is_a_fault_and_no_wait_is_no_hint() -> None:
    fault = from_frame(ErrorFrame("frame.too_fast", "Slow.", 4, None, 250))
    assert (fault.code, fault.status, fault.retry_after_ms) == (Code.FRAME_TOO_FAST, 429, 250)
    assert from_frame(ErrorFrame("chat.blocked", "No.", 4)).retry_after_ms is None


def test_the_end_of_a_socket_is_told_with_its_close_code_or_its_cause() -> None:
    ended = SocketEnded(4403, "no")
    assert ending(ended) is ended
    fault = from_frame(ErrorFrame("auth.refresh_invalid", "Over.", 1))
    assert ending(fault).__cause__ is fault
