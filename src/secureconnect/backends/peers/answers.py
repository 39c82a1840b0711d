"""What the inner listener does with a call of another service; the HTTP around it stands in edge."""

from collections.abc import Mapping

import msgspec

from secureconnect.backends.peers.port import AnsweredCall
from secureconnect.contracts.errors import Code, Fault


async def answer(calls: Mapping[str, AnsweredCall], caller: str, name: str, body: bytes) -> bytes:
    """The JSON answer to the call `name` of `caller` with the JSON `body`.

    Raises Fault(NOT_FOUND) for a call that is not answered here, Fault(FORBIDDEN) for a caller that may not make it,
    Fault(BAD_REQUEST) for a body that is not its question, and whatever the handler raises.
    """
    found = calls.get(name)
    if found is None:
        raise Fault(Code.NOT_FOUND)
    if caller not in found.call.callers:
        raise Fault(Code.FORBIDDEN, f"{caller} may not ask {found.call.service} for {name}")
    try:
        ask = msgspec.json.decode(body, type=found.call.ask)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Fault(Code.BAD_REQUEST, "the body is not the question of this call") from error
    return msgspec.json.encode(await found.handler(ask))
