"""Envelopes as they are kept: one line of JSON that every reader can decode, within the limit, of the right scheme."""

import msgspec

from secureconnect.contracts.errors import Code, Fault, invalid
from secureconnect.contracts.events import Envelope, Scheme

_encode = msgspec.json.Encoder().encode


def kept_envelope(envelope: Envelope, scheme: Scheme, bytes_max: int) -> bytes:
    """The envelope as JSON without line breaks (frames are lines).

    Raises Fault: CHAT_SCHEME_INVALID, CHAT_MESSAGE_TOO_LARGE (counted in bytes as kept), INVALID for a body that is
    not UTF-8.
    """
    if envelope.scheme != scheme:
        raise Fault(Code.CHAT_SCHEME_INVALID)
    body = bytes(envelope.body)
    try:
        body.decode()
    except UnicodeDecodeError:
        raise invalid("/envelope/body", "not UTF-8") from None
    kept = _encode(envelope)
    if b"\n" in body or b"\r" in body:
        kept = msgspec.json.format(kept, indent=-1)
    if len(kept) > bytes_max:
        raise Fault(Code.CHAT_MESSAGE_TOO_LARGE, f"at most {bytes_max} bytes")
    return kept
