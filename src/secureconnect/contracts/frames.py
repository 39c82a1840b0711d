"""The frames of both sockets (subprotocol secureconnect.v1): one JSON object a line, `t` is the type."""

from typing import Annotated

from msgspec import Meta, Raw, Struct

from secureconnect.contracts.base import ClientId, Id, Seq
from secureconnect.contracts.chat import Head
from secureconnect.contracts.events import Envelope, Event
from secureconnect.contracts.video import CallStateWord, EndReason, Media, ParticipantAnswer, RoomAccess

SUBPROTOCOL = "secureconnect.v1"
FRAME_LINES_MAX = 64
FrameId = Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)]


class ClientFrame(Struct, frozen=True, tag_field="t", forbid_unknown_fields=True):
    """What a client sends; `id` asks for an answer that carries it."""


class ServerFrame(Struct, frozen=True, tag_field="t", omit_defaults=True):
    """What a server sends."""


class Hello(ClientFrame, tag="hello", frozen=True):
    """Authenticates the socket; the first frame, within five seconds."""

    token: Annotated[str, Meta(max_length=8192)]
    sync: Annotated[str, Meta(max_length=256)] | None = None
    id: FrameId | None = None


class Token(ClientFrame, tag="token", frozen=True):
    """A fresh access token of the same account, device and session."""

    token: Annotated[str, Meta(max_length=8192)]
    id: FrameId | None = None


class Ping(ClientFrame, tag="ping", frozen=True):
    """Asks for a pong."""

    id: FrameId | None = None


class MessageSend(ClientFrame, tag="message.send", frozen=True):
    """Send a message; answered by an ack."""

    conversation: Id
    client_id: ClientId
    envelope: Envelope
    id: FrameId | None = None
    reply_to: Id | None = None
    file_ids: Annotated[list[Id], Meta(max_length=20)] = []
    mentions: Annotated[list[Id], Meta(max_length=100)] = []


class EventsRead(ClientFrame, tag="events.read", frozen=True):
    """Read a page of a conversation."""

    conversation: Id
    id: FrameId | None = None
    after: Seq | None = None
    before: Seq | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    shown: bool = False


class CursorSet(ClientFrame, tag="cursor.set", frozen=True):
    """Set one's marks."""

    conversation: Id
    id: FrameId | None = None
    read_seq: Seq | None = None
    delivered_seq: Seq | None = None


class Typing(ClientFrame, tag="typing", frozen=True):
    """Tell that one types, or no longer."""

    conversation: Id
    on: bool
    id: FrameId | None = None


class PresenceWatch(ClientFrame, tag="presence.watch", frozen=True):
    """Watch these accounts' presence, and no others."""

    accounts: Annotated[list[Id], Meta(max_length=200)]
    id: FrameId | None = None


ChatClientFrame = Hello | Token | Ping | MessageSend | EventsRead | CursorSet | Typing | PresenceWatch


class CallInvite(ClientFrame, tag="call.invite", frozen=True):
    """Ring a conversation, or get the call that lives there."""

    conversation: Id
    media: Media
    id: FrameId | None = None


class CallJoin(ClientFrame, tag="call.join", frozen=True):
    """Join a live call."""

    call: Id
    id: FrameId | None = None


class CallAccept(ClientFrame, tag="call.accept", frozen=True):
    """Accept a ringing call on this device."""

    call: Id
    id: FrameId | None = None


class CallDecline(ClientFrame, tag="call.decline", frozen=True):
    """Decline a ringing call for this account."""

    call: Id
    id: FrameId | None = None


class CallHangup(ClientFrame, tag="call.hangup", frozen=True):
    """Leave a call, or cancel it while it rings."""

    call: Id
    id: FrameId | None = None


class SignalFrame(Struct, frozen=True, tag_field="t", forbid_unknown_fields=True):
    """What passes from device to device in a call, opaque to the server."""

    call: Id
    to: Id
    payload: Raw
    id: FrameId | None = None


class SignalOffer(SignalFrame, tag="signal.offer", frozen=True):
    """A session description offer."""


class SignalAnswer(SignalFrame, tag="signal.answer", frozen=True):
    """A session description answer."""


class SignalCandidate(SignalFrame, tag="signal.candidate", frozen=True):
    """An ICE candidate."""


class SignalKey(SignalFrame, tag="signal.key", frozen=True):
    """Key agreement for media."""


Signal = SignalOffer | SignalAnswer | SignalCandidate | SignalKey
SignalingClientFrame = (
    Hello | Token | Ping | CallInvite | CallJoin | CallAccept | CallDecline | CallHangup
    | SignalOffer | SignalAnswer | SignalCandidate | SignalKey
)  # fmt: skip


class SocketLimits(Struct, frozen=True):
    """What a socket takes."""

    frame_bytes_max: int
    lines_max: int
    message_bytes_max: int


class Welcome(ServerFrame, tag="welcome", frozen=True):
    """The socket is authenticated; live events flow from here on."""

    connection: str
    incarnation: str
    heartbeat_s: int
    sync: str | None
    limits: SocketLimits
    heads: list[Head] = []
    removed: list[str] = []
    degraded: list[str] = []
    more: bool = False


class Pong(ServerFrame, tag="pong", frozen=True):
    """The answer to a ping."""

    id: int | None = None


class ErrorFrame(ServerFrame, tag="error", frozen=True):
    """A frame was refused; the socket stays."""

    code: str
    title: str
    id: int | None = None
    detail: str | None = None
    retry_after_ms: int = 0


class Ok(ServerFrame, tag="ok", frozen=True):
    """A frame with an id and no other answer was done."""

    id: int


class SyncFrame(ServerFrame, tag="sync", frozen=True):
    """A newer sync token; everything before it was sent."""

    token: str


class Degraded(ServerFrame, tag="degraded", frozen=True):
    """What works less well at present; empty when all is well again."""

    what: list[str]


class Ack(ServerFrame, tag="ack", frozen=True):
    """A message is durable."""

    conversation: str
    seq: int
    event_id: str
    sent_at: int
    id: int | None = None


class EventFrame(Event, frozen=True, omit_defaults=True, tag_field="t", tag="event"):
    """A live event."""


class EventsFrame(Struct, frozen=True, tag_field="t", tag="events", omit_defaults=True):
    """The page that was asked for."""

    conversation: str
    events: list[Event]
    from_seq: int
    to_seq: int
    head_seq: int
    more: bool
    id: int | None = None


class CursorFrame(ServerFrame, tag="cursor", frozen=True):
    """Someone's marks moved."""

    conversation: str
    account: str
    read_seq: int
    delivered_seq: int


class TypingFrame(ServerFrame, tag="typing", frozen=True):
    """Someone types, or no longer."""

    conversation: str
    account: str
    on: bool


class PresenceFrame(ServerFrame, tag="presence", frozen=True):
    """Someone watched is there, or was last seen."""

    account: str
    online: bool
    last_seen_at: int | None = None


class AccountFrame(ServerFrame, tag="account", frozen=True):
    """Something of one's own account changed on another device: read these anew."""

    what: list[str]


class ProfileFrame(ServerFrame, tag="profile", frozen=True):
    """Somebody whom one sees changed their profile."""

    account: str


class CallRing(Struct, frozen=True, tag_field="t", tag="call.ring", rename={"from_": "from"}):
    """Somebody calls."""

    call: str
    conversation: str
    from_: str
    media: Media


class CallStopRing(Struct, frozen=True, tag_field="t", tag="call.stop_ring"):
    """Stop ringing."""

    call: str
    reason: str


class CallStateFrame(
    Struct, frozen=True, tag_field="t", tag="call.state", omit_defaults=True, rename={"from_": "from"}
):
    """The call as it is now: as an answer (`id` is the frame's number) and at every change; `call` is the call's id."""

    call: str
    conversation: str
    media: Media
    state: CallStateWord
    from_: str
    participants: list[ParticipantAnswer]
    started_at: int
    answered_at: int | None = None
    ended_at: int | None = None
    reason: EndReason | None = None
    room: RoomAccess | None = None
    id: int | None = None


class SignalRelayed(Struct, frozen=True, rename={"from_": "from"}):
    """A signal as it arrives at the other device: `t` is the sent frame's, `from` the device it came from."""

    t: str
    call: str
    from_: str
    payload: Raw


CLOSE_BAD_FRAME = 4400
CLOSE_UNAUTHENTICATED = 4401
CLOSE_FORBIDDEN = 4403
CLOSE_TOO_SLOW = 4408
CLOSE_TOO_MANY = 4409
CLOSE_FRAME_TOO_LARGE = 4413
CLOSE_TOO_FAST = 4429
CLOSE_RESTART = 1012
CLOSE_SILENT = 1001
