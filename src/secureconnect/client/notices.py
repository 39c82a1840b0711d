"""What a socket tells beside events: typed notices, most of them the server's own frames."""

from msgspec import Struct

from secureconnect.client.faults import ServerFault
from secureconnect.client.frames import AnswerReceived, CandidateReceived, KeyReceived, OfferReceived
from secureconnect.contracts.events import SentAnswer
from secureconnect.contracts.frames import (
    AccountFrame,
    CallRing,
    CallStateFrame,
    CallStopRing,
    CursorFrame,
    Degraded,
    ErrorFrame,
    PresenceFrame,
    ProfileFrame,
    TypingFrame,
    Welcome,
)


class Disconnected(Struct, frozen=True):
    """The connection was lost; the client tries again after `wait_s` seconds."""

    why: str
    wait_s: float


class IncarnationChanged(Struct, frozen=True):
    """The server was restored to an earlier point: cursors were dropped, caches of the application are to be too.

    Events begin as on a first connection; what was acknowledged may be lost on the server and can be sent again.
    """

    old: str
    new: str


class ConversationLeft(Struct, frozen=True):
    """The account is no longer in a conversation; the last events it may read still come."""

    conversation: str


class Acknowledged(Struct, frozen=True):
    """A message for whose answer nobody waits any more is durable."""

    client_id: str
    answer: SentAnswer


class Refused(Struct, frozen=True):
    """A message for whose answer nobody waits any more was refused, or its time was over (`fault` is None)."""

    conversation: str
    client_id: str
    fault: ServerFault | None


ChatNotice = (
    Welcome | Disconnected | IncarnationChanged | ConversationLeft | Acknowledged | Refused | ErrorFrame | Degraded
    | CursorFrame | TypingFrame | PresenceFrame | AccountFrame | ProfileFrame | CallRing | CallStopRing | CallStateFrame
)  # fmt: skip
SignalingNotice = (
    Welcome | Disconnected | ErrorFrame | Degraded | AccountFrame | CallRing | CallStopRing | CallStateFrame
    | OfferReceived | AnswerReceived | CandidateReceived | KeyReceived
)  # fmt: skip
