"""What one service may ask of another: each call with its types and those who may make it."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from msgspec import Raw, Struct

from secureconnect.contracts.auth import AccountBrief, Privacy
from secureconnect.contracts.events import CallBody
from secureconnect.contracts.storage import FileAnswer

Ask = TypeVar("Ask", bound=Struct)
Reply = TypeVar("Reply", bound=Struct)


@dataclass(frozen=True)
class PeerCall(Generic[Ask, Reply]):
    """One call between services: who answers it, its name on the inner listener, its types, and who may make it."""

    service: str
    name: str
    ask: type[Ask]
    reply: type[Reply]
    callers: frozenset[str] = field(default_factory=frozenset[str])


class Done(Struct, frozen=True):
    """It was done."""


class Nothing(Struct, frozen=True):
    """Nothing needs to be said."""


class Document(Struct, frozen=True):
    """A service's API document as JSON."""

    openapi: Raw


class HealthReply(Struct, frozen=True):
    """Whether a service is ready, with a word for each thing that it needs: `ok`, or what is wrong."""

    ready: bool
    checks: dict[str, str]


class AccountAsk(Struct, frozen=True):
    """Names accounts, at most 1,000."""

    accounts: list[str]


class PeerAccount(Struct, frozen=True):
    """What the other services need to know of an account."""

    id: str
    username: str
    display_name: str
    picture: str | None
    closed: bool
    disabled: bool
    admin: bool
    privacy: Privacy


class PeerAccounts(Struct, frozen=True):
    """The accounts that exist, in no order; unknown ids are left out."""

    accounts: list[PeerAccount]


class RelationsAsk(Struct, frozen=True):
    """Asks how one account stands to others."""

    account: str
    others: list[str]


class Relation(Struct, frozen=True):
    """How an account stands to another: who blocked whom, and whether they are friends."""

    account: str
    blocks: bool
    blocked_by: bool
    friends: bool


class Relations(Struct, frozen=True):
    """One row for each one asked for."""

    relations: list[Relation]


class BlocksReply(Struct, frozen=True):
    """Whom an account blocks, and who blocks it."""

    blocks: list[str]
    blocked_by: list[str]


class ChangesAsk(Struct, frozen=True):
    """Asks for the changes above `after`; with none yet the answer waits up to `wait_ms` for one.

    `after` = None asks for those of the last ten minutes (revocations must never be missed at a start).
    """

    after: int | None
    wait_ms: int = 0
    limit: int = 1000


class Change(Struct, frozen=True):
    """Something of an account changed, in the order of `no`.

    kind: session_ended (session is set), account_disabled, account_enabled, account_closed, role, profile, preferences,
    friends, blocks (other is the one who was blocked or unblocked), sessions, keys.
    """

    no: int
    at_ms: int
    kind: str
    account: str
    session: str | None = None
    other: str | None = None


class Changes(Struct, frozen=True):
    """Changes in order, and the number to go on from."""

    changes: list[Change]
    last: int


class KeysReply(Struct, frozen=True):
    """The public keys of access tokens as a JWK set (RFC 7517), and the deployment's incarnation."""

    jwks: Raw
    incarnation: str = ""


class MembershipAsk(Struct, frozen=True):
    """Asks whether an account is a present member, and who else is."""

    conversation: str
    account: str
    with_members: bool = False


class MembershipReply(Struct, frozen=True):
    """How an account stands in a conversation; role is None when it is no present member."""

    role: str | None
    kind: str = "group"
    blocked: bool = False
    members: list[str] = []


class FileReadableAsk(Struct, frozen=True):
    """Asks whether an account may read a message, or see a group picture, that carries the file."""

    account: str
    file: str


class FileReadableReply(Struct, frozen=True):
    """Whether it may."""

    readable: bool


class FilesUsableAsk(Struct, frozen=True):
    """Asks for finished files that this account uploaded for, or copied to, this conversation."""

    account: str
    conversation: str
    files: list[str]


class FilesUsableReply(Struct, frozen=True):
    """Those of the files asked for that may be attached."""

    files: list[FileAnswer]


class CallEventAsk(Struct, frozen=True):
    """Stands a call event in the conversation's log; the same call and change again changes nothing."""

    conversation: str
    account: str
    device: str
    body: CallBody


class FramesAsk(Struct, frozen=True):
    """Sends a frame to all connected chat devices of these accounts, at most once, nothing is kept."""

    accounts: list[str]
    frame: Raw


class LiveCall(Struct, frozen=True):
    """A call that lives in a conversation."""

    conversation: str
    call: str
    media: str
    started_at: int


class ConversationsAsk(Struct, frozen=True):
    """Names conversations, at most 1,000."""

    conversations: list[str]


class ConversationIds(Struct, frozen=True):
    """The conversations of which an account is a present member."""

    conversations: list[str]


class LiveCalls(Struct, frozen=True):
    """The calls that live there."""

    calls: list[LiveCall]


class JoinAsk(Struct, frozen=True):
    """Makes an account a member of the conversations that an invite leads to, as added by the inviter where they
    still may."""

    account: str
    by: str
    conversations: list[str]


class InvitableAsk(Struct, frozen=True):
    """Asks which of these conversations the account may invite to, with their titles."""

    account: str
    conversations: list[str]


class ConversationTitle(Struct, frozen=True):
    """A conversation's id and title."""

    id: str
    title: str


class InvitableReply(Struct, frozen=True):
    """Those it may invite to."""

    conversations: list[ConversationTitle]


class RetireAsk(Struct, frozen=True):
    """An account was disabled or closed: hand over what it alone owned; when closed leave all, and delete what it
    wrote if asked."""

    account: str
    closed: bool
    delete_messages: bool = False


class MembershipEnded(Struct, frozen=True):
    """An account is no longer a member of a conversation: its devices leave the calls there."""

    conversation: str
    account: str


class PictureAsk(Struct, frozen=True):
    """Keeps an already re-encoded picture as a public profile picture of the account; replaces the earlier one."""

    account: str
    content: bytes
    type: str


class PictureReply(Struct, frozen=True):
    """The picture's file id."""

    file: str


class AccountOnly(Struct, frozen=True):
    """Names one account."""

    account: str


class UsageReply(Struct, frozen=True):
    """How many bytes are stored."""

    used_bytes: int
    files: int


class ContactsReply(Struct, frozen=True):
    """Those who share a conversation with the account."""

    accounts: list[str]


class InviterReply(Struct, frozen=True):
    """Names an inviter."""

    inviter: AccountBrief | None


class PolicyReply(Struct, frozen=True):
    """Who may register, and whether the first administrator has still to sign up."""

    registration: str
    first_admin_pending: bool


ANY_SERVICE = frozenset({"gateway", "auth", "chat", "video", "storage"})

OPENAPI = {
    name: PeerCall(name, "openapi", Nothing, Document, frozenset({"gateway", "operator"}))
    for name in sorted(ANY_SERVICE)
}

HEALTH = {
    name: PeerCall(name, "health", Nothing, HealthReply, frozenset({"auth", "operator"}))
    for name in sorted(ANY_SERVICE)
}

AUTH_KEYS = PeerCall("auth", "keys", Nothing, KeysReply, ANY_SERVICE)
AUTH_KEYS_REREAD = PeerCall("auth", "keys-reread", Nothing, KeysReply, frozenset({"operator"}))
AUTH_CHANGES = PeerCall("auth", "changes", ChangesAsk, Changes, ANY_SERVICE)
AUTH_ACCOUNTS = PeerCall("auth", "accounts", AccountAsk, PeerAccounts, ANY_SERVICE | {"operator"})
AUTH_RELATIONS = PeerCall("auth", "relations", RelationsAsk, Relations, frozenset({"chat", "video"}))
AUTH_BLOCKS = PeerCall("auth", "blocks", AccountOnly, BlocksReply, frozenset({"chat", "video"}))
AUTH_POLICY = PeerCall("auth", "policy", Nothing, PolicyReply, frozenset({"gateway", "operator"}))

CHAT_MEMBERSHIP = PeerCall("chat", "membership", MembershipAsk, MembershipReply, frozenset({"video", "storage"}))
CHAT_CONVERSATIONS = PeerCall("chat", "conversations", AccountOnly, ConversationIds, frozenset({"video"}))
CHAT_FILE_READABLE = PeerCall("chat", "file-readable", FileReadableAsk, FileReadableReply, frozenset({"storage"}))
CHAT_CALL_EVENT = PeerCall("chat", "call-event", CallEventAsk, Done, frozenset({"video"}))
CHAT_FRAMES = PeerCall("chat", "frames", FramesAsk, Done, frozenset({"video", "auth"}))
CHAT_JOIN = PeerCall("chat", "join", JoinAsk, Done, frozenset({"auth"}))
CHAT_INVITABLE = PeerCall("chat", "invitable", InvitableAsk, InvitableReply, frozenset({"auth"}))
CHAT_RETIRE = PeerCall("chat", "retire", RetireAsk, Done, frozenset({"auth"}))

VIDEO_LIVE_CALLS = PeerCall("video", "live-calls", ConversationsAsk, LiveCalls, frozenset({"chat"}))
VIDEO_MEMBERSHIP_ENDED = PeerCall("video", "membership-ended", MembershipEnded, Done, frozenset({"chat"}))

STORAGE_FILES_USABLE = PeerCall("storage", "files-usable", FilesUsableAsk, FilesUsableReply, frozenset({"chat"}))
STORAGE_PICTURE = PeerCall("storage", "picture", PictureAsk, PictureReply, frozenset({"auth"}))
STORAGE_PICTURE_END = PeerCall("storage", "picture-end", AccountOnly, Done, frozenset({"auth"}))
STORAGE_FORGET = PeerCall("storage", "forget", AccountOnly, Done, frozenset({"auth"}))
STORAGE_USAGE = PeerCall("storage", "usage", Nothing, UsageReply, frozenset({"auth", "operator"}))
