"""The table of frames: for each frame that a client may send what it says, with whose things."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from secureconnect.contracts.described import sockets
from tests.scenarios.sweep.lines import CHAT, SIGNALING
from tests.scenarios.sweep.operations import envelope
from tests.scenarios.sweep.world import Things

Json = dict[str, Any]


@dataclass(frozen=True)
class FrameRow:
    """A frame's fields from somebody's things; `opens` are things that anybody who is signed in may name, `former`
    frames answer somebody who was removed."""

    fields: Callable[[Things], Json]
    opens: Collection[str] = ()
    former: bool = False


def _signal(things: Things) -> Json:
    return {"call": things["call"], "to": things["device"], "payload": {"sdp": "swept"}}


def _call(things: Things) -> Json:
    return {"call": things["call"]}


def _message(things: Things) -> Json:
    return {
        "conversation": things["conversation"],
        "client_id": f"frame-{things['conversation']}",
        "envelope": envelope(),
        "reply_to": things["event_id"],
        "file_ids": [things["waiting"]],
        "mentions": [things["member"]],
    }


LIFE = {
    "hello": FrameRow(lambda _: {"token": "no token", "sync": None}),
    "token": FrameRow(lambda _: {"token": "no token"}),
    "ping": FrameRow(lambda _: {}),
}
"""The frames of the socket itself: they name nothing of anybody."""

FRAMES: dict[str, dict[str, FrameRow]] = {
    CHAT: {
        **LIFE,
        "message.send": FrameRow(_message),
        "events.read": FrameRow(
            lambda things: {"conversation": things["conversation"], "after": 0, "limit": 100}, former=True
        ),
        "cursor.set": FrameRow(lambda things: {"conversation": things["conversation"], "read_seq": 3}),
        "typing": FrameRow(lambda things: {"conversation": things["conversation"], "on": True}),
        "presence.watch": FrameRow(lambda things: {"accounts": [things["account"]]}, opens={"account"}),
    },
    SIGNALING: {
        **LIFE,
        "call.invite": FrameRow(lambda things: {"conversation": things["conversation"], "media": "audio"}),
        "signal.offer": FrameRow(_signal),
        "signal.answer": FrameRow(_signal),
        "signal.candidate": FrameRow(_signal),
        "signal.key": FrameRow(_signal),
        "call.join": FrameRow(_call),
        "call.accept": FrameRow(_call),
        "call.decline": FrameRow(_call),
        "call.hangup": FrameRow(_call),
    },
}


def described() -> dict[str, set[str]]:
    """Every frame that a client may send, by socket, as the product describes them."""
    return {socket.path: {frame.t for frame in socket.client} for socket in sockets()}
