"""Words of the video service: calls, participants, ICE servers."""

from typing import Literal

from secureconnect.contracts.base import Answer, Id, LeanAnswer, Request

Media = Literal["audio", "video"]
CallStateWord = Literal["ringing", "active", "ended"]
ParticipantStateWord = Literal["ringing", "joined", "lost", "declined", "left"]
EndReason = Literal["hangup", "declined", "cancelled", "busy", "missed", "lost"]


class CallRequest(Request, frozen=True):
    """Start a call in a conversation, or get the one that lives there."""

    conversation: Id
    media: Media


class ParticipantAnswer(Answer, frozen=True):
    """A device in a call; a ringing account has no device yet."""

    account: str
    device: str | None
    state: ParticipantStateWord


class RoomAccess(LeanAnswer, frozen=True):
    """How a device reaches the room of a call on a media server; a mesh has none."""

    kind: str
    url: str | None = None
    token: str | None = None


class CallAnswer(LeanAnswer, rename={"from_": "from"}, frozen=True):
    """A call as its conversation's members see it."""

    id: str
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


class CallPage(Answer, frozen=True):
    """One page of calls."""

    items: list[CallAnswer]
    next_cursor: str | None


class IceServer(LeanAnswer, frozen=True):
    """One STUN or TURN server as RTCIceServer has it (WebRTC 1.0 section 4.2.4)."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None


class IceServersAnswer(Answer, frozen=True):
    """Servers for the next connection; the credentials hold for `expires_in` seconds."""

    ice_servers: list[IceServer]
    expires_in: int
