"""The event log of conversations: dense sequence numbers by compare-and-set, idempotent, durable when it answers."""

from asyncio import Future
from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Raw, Struct
from sqlalchemy import Connection


class Draft(Struct, frozen=True):
    """An event that is to stand: `body` is JSON without the envelope, `envelope` JSON or None.

    `member_version` is the membership version it was checked against, None for what needs no membership (it is then not
    compared). `target` is the event_id that an edit, deletion or reaction points to. `event_id`, `sent_at` are given by
    the caller. `origin` is carried through to the listener, never stored. `fingerprint` tells the same content sent
    again from other content under the same (device, client_id). `changes_members` raises the membership version by one;
    `opens` makes the conversation's log where there is none (then and only then); `project` is handed to the
    projection.
    """

    conversation: str
    event_id: str
    kind: str
    sender: str
    sent_at: int
    body: bytes
    device: str | None = None
    client_id: str | None = None
    envelope: bytes | None = None
    target: str | None = None
    member_version: int | None = None
    changes_members: bool = False
    opens: bool = False
    fingerprint: bytes = b""
    origin: object | None = None
    project: object | None = None


class Stored(Struct, frozen=True):
    """An event as it stands. `envelope` is None when there is none or it was erased (then edited_at/deleted_at
    tell)."""

    conversation: str
    seq: int
    event_id: str
    kind: str
    sender: str
    device: str | None
    client_id: str | None
    sent_at: int
    body: Raw
    envelope: Raw | None = None
    target: str | None = None
    edited_at: int | None = None
    deleted_at: int | None = None


class Appended(Struct, frozen=True):
    """What became of a draft: the event as it stands; `first` is False when it stood already (same device, client_id
    and content)."""

    event: Stored
    first: bool
    draft: Draft


class Page(Struct, frozen=True):
    """Events ascending, the range of seq that was covered (from_seq > to_seq when empty), and whether there is more
    that way."""

    events: list[Stored]
    from_seq: int
    to_seq: int
    head_seq: int
    more: bool


class LogHead(Struct, frozen=True):
    """How far a conversation's log reaches, and its membership version (the number of changes of the membership so
    far)."""

    seq: int
    member_version: int


class MembershipChanged(Exception):
    """The membership changed between the check and the append; check again, then append again."""


class ClientIdReused(Exception):
    """The same device used this client_id in this conversation for other content."""


class ConversationMissing(Exception):
    """There is no such conversation in the log."""


class ConversationExists(Exception):
    """A draft opens a conversation that has a log already."""


class TargetMissing(Exception):
    """An edit or a deletion points to an event that is not in that conversation."""


class TargetDeleted(Exception):
    """An edit or a deletion points to an event that was deleted before."""


Listener = Callable[[Sequence[Appended]], None]
Projection = Callable[[Connection, Sequence[Appended]], None]
"""What keeps members, heads and marks right: run over new events, in commit order, in the append's transaction where
one
transaction allows it, else caught up from the log; running it again over the same events must change nothing."""


class Log(Protocol):
    """The log of every conversation."""

    def append(self, draft: Draft) -> Future[Appended]:
        """Stand an event at the next seq of its conversation; done when it is durable.

        Appends of one caller to one conversation keep their order. The same (conversation, device, client_id) again
        gives the first result (`first` False), whatever changed since; with another fingerprint it raises
        ClientIdReused, unless the first one was erased: nothing is kept by which erased text could be guessed.
        An `edit` or `delete` erases, in the same step, the envelopes of its target and of the target's earlier edits,
        and marks them. Nothing is raised at once, all comes by the future: MembershipChanged, ConversationMissing,
        ConversationExists, TargetMissing, TargetDeleted, Fault(UNAVAILABLE), Fault(DISK_FULL). Cancelling the future
        does not take the event back.
        """
        ...

    def append_all(self, drafts: Sequence[Draft]) -> Future[list[Appended]]:
        """Stand several events of one conversation at consecutive seqs, all or none; the first alone may open it.

        They stood already when the first did (by its device and client_id) and all have the same fingerprints as then.
        """
        ...

    def listen(self, listener: Listener) -> None:
        """Call `listener` on the loop once per committed batch, with its new events in commit order, after their
        futures are done and the callbacks of these ran: an acknowledgement goes before the event."""
        ...

    async def page_after(self, conversation: str, after: int, limit: int, kinds: frozenset[str] | None = None) -> Page:
        """Up to `limit` events above `after`, ascending; with `kinds` only those, the range telling what was
        searched."""
        ...

    async def page_before(
        self, conversation: str, before: int, limit: int, kinds: frozenset[str] | None = None
    ) -> Page:
        """The `limit` newest events below `before`, ascending; with `kinds` only those."""
        ...

    async def find(self, conversation: str, event_id: str) -> Stored | None:
        """The event with that id in that conversation, None when there is none."""
        ...

    async def head(self, conversation: str) -> LogHead | None:
        """Where a conversation's log stands, None when there is no such conversation."""
        ...
