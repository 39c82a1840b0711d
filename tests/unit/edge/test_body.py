"""A body becomes its contract type straight from bytes, or a fault that says where without quoting what."""

from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from secureconnect.contracts.base import Request
from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.body import decode_body

CANARY = "hunter2"


class Part(Request, frozen=True):
    """A part of a body."""

    size: Annotated[int, Meta(ge=0, le=10)]


class Whole(Request, frozen=True):
    """A body."""

    name: Annotated[str, Meta(min_length=1, max_length=5)]
    parts: list[Part] = []
    more: msgspec.Raw = msgspec.Raw(b"null")


def refusal(content: bytes) -> Fault:
    with pytest.raises(Fault) as refused:
        decode_body(Whole, content)
    return refused.value


def test_a_body_that_fits_is_its_contract_type() -> None:
    made = decode_body(Whole, b'{"name":"a","parts":[{"size":3}],"more":{"x": 1}}')
    assert (made.name, made.parts, bytes(made.more)) == ("a", [Part(3)], b'{"x": 1}')


@pytest.mark.parametrize("content", [b"", b"{", b'{"name":"a"', b"\xff", b'{"name":"\xff"}', b"nul", b'{"name":"a"} x'])
def test_what_is_no_json_is_a_bad_request(content: bytes) -> None:
    assert refusal(content).code is Code.BAD_REQUEST


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        (b"[]", ""),
        (b"5", ""),
        (b"{}", ""),
        (b'{"name":5}', "/name"),
        (b'{"name":""}', "/name"),
        (b'{"name":"hunter2"}', "/name"),
        (b'{"name":"a","parts":[{"size":1},{"size":11}]}', "/parts/1/size"),
        (b'{"name":"a","parts":[{"size":"hunter2"}]}', "/parts/0/size"),
        (b'{"name":"a","hunter2":1}', ""),
        (b"[" * 100_000, ""),
    ],
)
def test_what_does_not_fit_is_invalid_at_its_place_without_its_value(content: bytes, pointer: str) -> None:
    fault = refusal(content)
    assert fault.code is Code.INVALID
    (field,) = fault.errors
    assert field.pointer == pointer
    assert field.detail
    if pointer:
        assert CANARY not in field.detail


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_no_bytes_raise_anything_but_a_fault(content: bytes) -> None:
    made: Any = None
    code: Code | None = None
    try:
        made = decode_body(Whole, content)
    except Fault as fault:
        code = fault.code
    assert isinstance(made, Whole) or code in {Code.BAD_REQUEST, Code.INVALID}
