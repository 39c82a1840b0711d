"""What stands in a conversation's log: the envelope, the kinds of events, and an event as the log keeps it."""

from enum import Enum
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from secureconnect.contracts.base import ClientId, Id

Role = Literal["owner", "admin", "member"]
MemberChange = Literal["added", "joined", "left", "removed", "role"]
Scheme = Literal["plain", "mls"]
History = Literal["all", "joined"]
ConversationKind = Literal["direct", "group"]


class Kind(Enum):
    """The kinds of events."""

    MESSAGE = "message"
    EDIT = "edit"
    DELETE = "delete"
    REACTION = "reaction"
    MEMBER = "member"
    CONVERSATION = "conversation"
    CALL = "call"


SHOWN_KINDS = frozenset({Kind.MESSAGE, Kind.MEMBER, Kind.CONVERSATION, Kind.CALL})
"""The kinds that draw a line of their own."""


class Envelope(Struct, frozen=True, forbid_unknown_fields=True):
    """A message's content, opaque to the server but for version and scheme."""

    v: Annotated[int, Meta(ge=1, le=65535)]
    scheme: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,15}$")]
    body: Raw


class ReactionCount(Struct, frozen=True):
    """How many chose an emoji, and whether the reader did."""

    emoji: str
    count: int
    mine: bool


class MessageBody(Struct, frozen=True, omit_defaults=True):
    """A message, folded when read from history: its current envelope (`null` when deleted) and the reactions of now."""

    envelope: Raw
    reply_to: str | None = None
    file_ids: list[str] = []
    mentions: list[str] = []
    edited_at: int | None = None
    deleted_at: int | None = None
    reactions: list[ReactionCount] = []


class EditBody(Struct, frozen=True, omit_defaults=True):
    """An edit; its envelope is gone once a later edit or a deletion stands; `message_seq` is where its message
    stands."""

    message: str
    envelope: Raw | UnsetType = UNSET
    message_seq: int = 0


class DeleteBody(Struct, frozen=True):
    """A deletion for all."""

    message: str
    message_seq: int = 0


class ReactionBody(Struct, frozen=True):
    """A reaction that was set or taken back."""

    message: str
    emoji: str
    on: bool
    message_seq: int = 0


class MemberBody(Struct, frozen=True, omit_defaults=True):
    """A change of the membership; `first_seq` is set for one who may read from before their own coming."""

    account: str
    change: MemberChange
    by: str
    role: Role | None = None
    first_seq: int | None = None


class ConversationBody(Struct, frozen=True, omit_defaults=True):
    """A change of the conversation itself; only what changed is there, a picture that was taken away is the empty
    text, and `kind` stands in the first event alone."""

    by: str
    title: str | None = None
    picture: str | None = None
    history: History | None = None
    scheme: Scheme | None = None
    kind: ConversationKind | None = None


class CallBody(Struct, frozen=True, omit_defaults=True):
    """What a call left in the conversation."""

    call: str
    change: Literal["started", "ended", "missed"]
    media: Literal["audio", "video"]
    duration_ms: int | None = None


class Event(Struct, frozen=True, omit_defaults=True):
    """An event as clients read it; `body` is JSON by kind, null where the reader may not see what it points to."""

    conversation: str
    seq: int
    event_id: str
    kind: str
    sender: str
    sent_at: int
    body: Raw
    device: str | None = None
    client_id: str | None = None


class EventPage(Struct, frozen=True):
    """A page of a conversation's log, ascending, with the range of seq that it covers."""

    events: list[Event]
    from_seq: int
    to_seq: int
    head_seq: int
    more: bool


class SendRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Send a message."""

    client_id: ClientId
    envelope: Envelope
    reply_to: Id | None = None
    file_ids: Annotated[list[Id], Meta(max_length=20)] = []
    mentions: Annotated[list[Id], Meta(max_length=100)] = []


class EditRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Edit a message: both envelopes before are erased where they stand."""

    client_id: ClientId
    envelope: Envelope


class DeleteRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Delete a message for all; the client_id makes repeating it safe."""

    client_id: ClientId | None = None


class SentAnswer(Struct, frozen=True):
    """Where an event stands; durable when this is answered."""

    conversation: str
    seq: int
    event_id: str
    sent_at: int
