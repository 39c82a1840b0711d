"""The frames described from their types, for the reference and the page that people read."""

from typing import Any, get_args

import msgspec
from msgspec import Struct

from secureconnect.contracts import frames


class FieldDoc(Struct, frozen=True):
    """A field of a frame: its name on the wire, its JSON type in words, and whether it must be there."""

    name: str
    type: str
    required: bool


class FrameDoc(Struct, frozen=True):
    """A frame: its `t`, its sentence, its fields."""

    t: str
    sentence: str
    fields: list[FieldDoc]


class SocketDoc(Struct, frozen=True):
    """A socket: its path and the frames each way."""

    path: str
    client: list[FrameDoc]
    server: list[FrameDoc]


BOTH = (frames.Welcome, frames.Pong, frames.ErrorFrame, frames.Ok, frames.Degraded)
CHAT = (
    frames.Ack, frames.EventFrame, frames.EventsFrame, frames.SyncFrame, frames.CursorFrame, frames.TypingFrame,
    frames.PresenceFrame, frames.AccountFrame, frames.ProfileFrame, frames.CallRing, frames.CallStopRing,
)  # fmt: skip
SIGNALING = (
    frames.CallStateFrame, frames.CallRing, frames.CallStopRing, frames.SignalOffer, frames.SignalAnswer,
    frames.SignalCandidate, frames.SignalKey,
)  # fmt: skip


def sockets() -> list[SocketDoc]:
    """Both sockets with all their frames."""
    return [
        SocketDoc("/v1/ws/chat", _all(get_args(frames.ChatClientFrame)), _all((*BOTH, *CHAT))),
        SocketDoc("/v1/ws/signaling", _all(get_args(frames.SignalingClientFrame)), _all((*BOTH, *SIGNALING))),
    ]


def _all(types: tuple[Any, ...]) -> list[FrameDoc]:
    return [_frame(each) for each in types]


def _frame(frame: type[Struct]) -> FrameDoc:
    (schema,), parts = msgspec.json.schema_components((frame,), ref_template="{name}")
    body = parts[schema["$ref"]]
    required = set(body.get("required", ()))
    fields = [
        FieldDoc(name, _words(about), name in required) for name, about in body["properties"].items() if name != "t"
    ]
    tag = str(frame.__struct_config__.tag)
    return FrameDoc(tag, (frame.__doc__ or "").strip().splitlines()[0], fields)


def _words(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"])
    if "anyOf" in schema:
        return " or ".join(_words(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f'"{each}"' for each in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_words(schema.get('items', {}))}"
    return str(schema.get("type", "any JSON"))
