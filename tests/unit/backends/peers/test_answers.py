"""What the inner listener does with a call that it should not answer."""

import pytest

from secureconnect.backends.peers.answers import answer
from secureconnect.backends.peers.port import answered
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import CHAT_MEMBERSHIP, MembershipAsk, MembershipReply

pytestmark = pytest.mark.anyio


async def member(ask: MembershipAsk) -> MembershipReply:
    """Everybody is a member."""
    return MembershipReply("member", members=[ask.account])


CALLS = {"membership": answered(CHAT_MEMBERSHIP, member)}
BODY = b'{"conversation":"c","account":"a"}'

REFUSED = [
    ("video", "membershi", BODY, Code.NOT_FOUND),
    ("video", "", BODY, Code.NOT_FOUND),
    ("video", "../membership", BODY, Code.NOT_FOUND),
    ("auth", "membership", BODY, Code.FORBIDDEN),
    ("auth", "membership", b"nonsense", Code.FORBIDDEN),
    ("", "membership", BODY, Code.FORBIDDEN),
    ("video", "membership", b"", Code.BAD_REQUEST),
    ("video", "membership", b"[]", Code.BAD_REQUEST),
    ("video", "membership", b'{"conversation":"c"}', Code.BAD_REQUEST),
    ("video", "membership", b'{"conversation":"c","account":"\xff"}', Code.BAD_REQUEST),
]


@pytest.mark.parametrize(("caller", "name", "body", "code"), REFUSED)
async def test_a_call_that_is_not_answered_is_refused_by_name(caller: str, name: str, body: bytes, code: Code) -> None:
    with pytest.raises(Fault) as caught:
        await answer(CALLS, caller, name, body)
    assert caught.value.code is code


async def test_an_answer_is_json() -> None:
    found = await answer(CALLS, "storage", "membership", BODY)
    assert found == b'{"role":"member","kind":"group","blocked":false,"members":["a"]}'
