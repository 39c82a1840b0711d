"""The frames that a server may send, read leniently: one JSON object a line."""

import msgspec

from secureconnect.client.reading import names
from secureconnect.contracts.frames import (
    AccountFrame,
    Ack,
    CallRing,
    CallStateFrame,
    CallStopRing,
    CursorFrame,
    Degraded,
    ErrorFrame,
    EventFrame,
    EventsFrame,
    Ok,
    Pong,
    PresenceFrame,
    ProfileFrame,
    SyncFrame,
    TypingFrame,
    Welcome,
)


class SignalReceived(msgspec.Struct, frozen=True, tag_field="t", omit_defaults=True, rename={"from_": "from"}):
    """What another device of the call sent to this one."""

    call: str
    from_: str
    payload: msgspec.Raw


class OfferReceived(SignalReceived, tag="signal.offer", frozen=True):
    """A session description offer."""


class AnswerReceived(SignalReceived, tag="signal.answer", frozen=True):
    """A session description answer."""


class CandidateReceived(SignalReceived, tag="signal.candidate", frozen=True):
    """An ICE candidate."""


class KeyReceived(SignalReceived, tag="signal.key", frozen=True):
    """Key agreement for media."""


class Unread(msgspec.Struct, frozen=True):
    """A frame that this client does not understand; `kind` is its type, `id` its number where it is an answer."""

    kind: str
    id: int | None


Frame = (
    Welcome | Pong | ErrorFrame | Ok | SyncFrame | Degraded | Ack | EventFrame | EventsFrame | CursorFrame
    | TypingFrame | PresenceFrame | AccountFrame | ProfileFrame | CallRing | CallStopRing | CallStateFrame
    | OfferReceived | AnswerReceived | CandidateReceived | KeyReceived
)  # fmt: skip
_DECODER: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)


def frames_of(message: bytes) -> "list[Frame | Unread]":
    """The frames of one text message, in order; empty lines are passed over."""
    return [_frame(line) for line in message.split(b"\n") if line and not line.isspace()]


def _frame(line: bytes) -> "Frame | Unread":
    try:
        return _DECODER.decode(line)
    except msgspec.MsgspecError:
        return Unread(*names(line))
