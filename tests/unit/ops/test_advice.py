"""Every error says what is safe after it and what to do next."""

import pytest

from secureconnect.contracts.errors import Code, Fault, FieldFault
from secureconnect.ops.advice import advise, told_fault


@pytest.mark.parametrize("code", list(Code), ids=lambda code: code.wire)
def test_each_code_has_its_advice_in_sentences(code: Code) -> None:
    advice = advise(code)
    for sentence in advice:
        assert sentence[0].isupper()
        assert sentence.endswith(".")


def test_a_fault_is_told_with_what_is_safe_and_its_code() -> None:
    assert told_fault(Fault(Code.AUTH_LAST_ADMIN)) == (
        "The last administrator cannot be removed. Nothing was changed. (auth.last_admin)"
    )
    fields = Fault(Code.INVALID, errors=[FieldFault("/username", "It is empty.")])
    assert told_fault(fields).startswith("username: It is empty. Nothing was changed.")
    busy = told_fault(Fault(Code.AUTH_BUSY, retry_after_ms=1500))
    assert "to run it again is safe. It may be tried again in 2 s." in busy
