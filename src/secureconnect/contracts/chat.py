"""Words of the chat service: conversations, members, marks, sync."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from secureconnect.contracts.base import Answer, Id, LeanAnswer, Millis, Request, Seq, Title
from secureconnect.contracts.events import Event, History, Role, Scheme


class ConversationRequest(Request, frozen=True):
    """Make a conversation; a direct one names one other member and is answered again when it exists."""

    kind: Literal["direct", "group"]
    member_ids: Annotated[list[Id], Meta(max_length=1000)]
    title: Title | None = None
    scheme: Literal["plain"] = "plain"


class ConversationPatch(Request, frozen=True):
    """Change a group's title, picture (a file uploaded for it, null takes it away) or history rule."""

    title: Title | UnsetType = UNSET
    picture: Id | None | UnsetType = UNSET
    history: History | UnsetType = UNSET


class ConversationPreferences(Request, omit_defaults=True, frozen=True):
    """What one member chose for a conversation; PUT replaces all of it."""

    muted_until: Millis | None = None
    notify: Literal["all", "mentions", "none"] = "all"
    pinned: bool = False
    archived: bool = False
    marked_unread: bool = False


class PeerAnswer(LeanAnswer, frozen=True):
    """The other one of a direct conversation."""

    account: str
    username: str
    display_name: str
    picture: str | None = None
    closed: bool = False
    blocked: bool = False


class LiveCallAnswer(Answer, frozen=True):
    """A call that lives in a conversation."""

    call: str
    media: str
    started_at: int


class ConversationAnswer(LeanAnswer, frozen=True):
    """A conversation as one of its members, or a former one, sees it; last_seq is set for the former alone."""

    id: str
    kind: Literal["direct", "group"]
    title: str | None
    scheme: Scheme
    role: Role | None
    head_seq: int
    first_seq: int
    read_seq: int
    unread: int
    unread_mentions: int
    last_message: Event | None
    preferences: ConversationPreferences
    created_at: int
    activity_at: int
    history: History
    members: int
    picture: str | None = None
    last_seq: int | None = None
    peer: PeerAnswer | None = None
    live_call: LiveCallAnswer | None = None


class ConversationPage(Answer, frozen=True):
    """One page of conversations, newest activity first."""

    items: list[ConversationAnswer]
    next_cursor: str | None


class MemberRequest(Request, frozen=True):
    """Add someone."""

    account: Id
    role: Literal["admin", "member"] = "member"


class MemberPatch(Request, frozen=True):
    """Change someone's role; making an owner hands the ownership on."""

    role: Role


class MemberAnswer(LeanAnswer, frozen=True):
    """A member."""

    account: str
    username: str
    display_name: str
    role: Role
    joined_seq: int
    picture: str | None = None
    closed: bool = False


class MemberPage(Answer, frozen=True):
    """One page of members."""

    items: list[MemberAnswer]
    next_cursor: str | None


class CursorRequest(Request, frozen=True):
    """Set one's marks; they never go back."""

    read_seq: Seq | None = None
    delivered_seq: Seq | None = None


class MarkAnswer(Answer, frozen=True):
    """How far one member has received and read, where privacy lets it be seen."""

    account: str
    read_seq: int
    delivered_seq: int


class MarkPage(Answer, frozen=True):
    """The marks of a conversation's members."""

    items: list[MarkAnswer]
    next_cursor: str | None


class ReactorAnswer(Answer, frozen=True):
    """Who reacted with what."""

    account: str
    emoji: str


class ReactorPage(Answer, frozen=True):
    """One page of reactions to a message."""

    items: list[ReactorAnswer]
    next_cursor: str | None


class MentionPage(Answer, frozen=True):
    """Events that mention the reader, newest first."""

    items: list[Event]
    next_cursor: str | None


class Head(Answer, frozen=True):
    """How far a conversation's log reaches."""

    conversation: str
    seq: int


class SyncAnswer(Answer, frozen=True):
    """What changed since the token: heads (also for one's own marks elsewhere) and conversations that were left."""

    token: str
    incarnation: str
    heads: list[Head]
    removed: list[str]
    more: bool
