"""Decides what becomes of drafts that stand in one transaction, and gathers the rows that make it so."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Raw
from sqlalchemy import Connection

from secureconnect.backends.log import rows, statements
from secureconnect.backends.log.heads import Head
from secureconnect.backends.log.port import (
    Appended,
    ClientIdReused,
    ConversationExists,
    ConversationMissing,
    Draft,
    MembershipChanged,
    Stored,
    TargetDeleted,
    TargetMissing,
)
from secureconnect.backends.log.statements import EventRow, HeadMoved, HeadRow

ERASING = {"edit": "edited_at", "delete": "deleted_at"}
"""The kinds that erase their target's envelope, and the column that marks it."""

REFUSALS = (
    ClientIdReused,
    ConversationExists,
    ConversationMissing,
    MembershipChanged,
    TargetDeleted,
    TargetMissing,
)

ClientKey = tuple[str, str | None, str]


class Erasure(NamedTuple):
    """An envelope to erase, with those of its edits below `seq`."""

    mark: str
    at: int
    conversation: str
    target: str
    target_seq: int
    seq: int


class Batch:
    """The drafts of one transaction so far: where heads stand, what is new, what is erased."""

    def __init__(self, connection: Connection, heads: dict[str, Head]) -> None:
        self._connection = connection
        self._before = heads
        self.moved: dict[str, Head] = {}
        self.new: list[Appended] = []
        self.sent: dict[ClientKey, tuple[Stored, bytes]] = {}
        self._rows: list[EventRow] = []
        self._erasures: list[Erasure] = []
        self._seqs: dict[tuple[str, str], int] = {}
        self._deleted: set[tuple[str, str]] = set()

    def decide(self, drafts: Sequence[Draft], doubtful: bool) -> list[Appended]:
        """Give drafts of one conversation their seqs, all or none, or find them standing already.

        `doubtful` says that they may stand already, so that it is looked up before; otherwise that is left to the
        index, which then breaks the batch. Raises the refusals of the port, with nothing of these drafts taken in, and
        HeadMoved.
        """
        first = drafts[0]
        if doubtful or (first.conversation, first.device, first.client_id) in self.sent:
            standing = self._standing(drafts)
            if standing is not None:
                return standing
        try:
            head, targets = self._admit(drafts)
        except REFUSALS:
            self._trust_head(first.conversation)
            # What stood already is answered as then, though the conversation has moved on.
            standing = None if doubtful else self._standing(drafts)
            if standing is None:
                raise
            return standing
        return self._take(drafts, head, targets)

    def write(self) -> None:
        """Write events, heads and erasures; raises HeadMoved when another writer was there."""
        if not self._rows:
            return
        statements.insert_events(self._connection, self._rows)
        opened: list[tuple[str, int, int]] = []
        moved: list[HeadRow] = []
        for name, (seq, member_version) in self.moved.items():
            before = self._before.get(name)
            if before is None:
                opened.append((name, seq, member_version))
            else:
                moved.append((name, seq, member_version, before.seq))
        statements.insert_heads(self._connection, opened)
        statements.move_heads(self._connection, moved)
        for erasure in self._erasures:
            statements.erase(self._connection, *erasure)

    def _admit(self, drafts: Sequence[Draft]) -> tuple[Head, list[int | None]]:
        """The head to go on from and the seq of each erasing draft's target."""
        first = drafts[0]
        head = self.moved.get(first.conversation) or self._before.get(first.conversation)
        if first.opens:
            if head is not None:
                raise ConversationExists(first.conversation)
            head = Head(0, 0)
        elif head is None:
            raise ConversationMissing(first.conversation)
        member_version = head.member_version
        for draft in drafts:
            if draft.member_version is not None and draft.member_version != member_version:
                raise MembershipChanged(draft.conversation)
            member_version += draft.changes_members
        return head, [self._target_seq(draft) if draft.kind in ERASING else None for draft in drafts]

    def _trust_head(self, conversation: str) -> None:
        """Raise HeadMoved when a refusal was decided from a head that was kept of a commit that did not stand."""
        found = rows.find_head(self._connection, conversation)
        if (None if found is None else Head(found.seq, found.member_version)) != self._before.get(conversation):
            raise HeadMoved

    def _target_seq(self, draft: Draft) -> int:
        """Where the event stands that an edit or deletion erases; raises TargetMissing, TargetDeleted."""
        target = draft.target or ""
        key = (draft.conversation, target)
        if key in self._deleted:
            raise TargetDeleted(target)
        seq = self._seqs.get(key)
        if seq is not None:
            return seq
        found = rows.find_event(self._connection, draft.conversation, target)
        if found is None:
            raise TargetMissing(target)
        if found.deleted_at is not None:
            raise TargetDeleted(target)
        return found.seq

    def _take(self, drafts: Sequence[Draft], head: Head, targets: Sequence[int | None]) -> list[Appended]:
        seq, member_version = head
        appended: list[Appended] = []
        for draft, target_seq in zip(drafts, targets, strict=True):
            seq += 1
            member_version += draft.changes_members
            appended.append(Appended(self._add(draft, seq), True, draft))
            self._seqs[draft.conversation, draft.event_id] = seq
            if target_seq is not None:
                self._erase(draft, target_seq, seq)
        self.moved[drafts[0].conversation] = Head(seq, member_version)
        self.new.extend(appended)
        return appended

    def _add(self, draft: Draft, seq: int) -> Stored:
        event = Stored(
            draft.conversation,
            seq,
            draft.event_id,
            draft.kind,
            draft.sender,
            draft.device,
            draft.client_id,
            draft.sent_at,
            Raw(draft.body),
            None if draft.envelope is None else Raw(draft.envelope),
            draft.target,
        )
        self._rows.append(
            (
                draft.conversation,
                seq,
                draft.event_id,
                draft.kind,
                draft.sender,
                draft.device,
                draft.client_id,
                draft.sent_at,
                draft.body,
                draft.envelope,
                draft.target,
                draft.fingerprint,
            )
        )
        if draft.client_id is not None:
            self.sent[draft.conversation, draft.device, draft.client_id] = (event, draft.fingerprint)
        return event

    def _erase(self, draft: Draft, target_seq: int, seq: int) -> None:
        target = draft.target or ""
        self._erasures.append(Erasure(ERASING[draft.kind], draft.sent_at, draft.conversation, target, target_seq, seq))
        if draft.kind == "delete":
            self._deleted.add((draft.conversation, target))

    def _standing(self, drafts: Sequence[Draft]) -> list[Appended] | None:
        """The drafts as they stand already, None when the first does not; raises ClientIdReused for other content."""
        first = drafts[0]
        if first.client_id is None:
            return None
        found = self._sent(first, first.client_id)
        if found is None:
            return None
        low = found[0].seq
        run = [found] if len(drafts) == 1 else self._run(first.conversation, low, low + len(drafts) - 1)
        if len(run) != len(drafts) or not all(same(kept, draft) for (_, kept), draft in zip(run, drafts, strict=True)):
            raise ClientIdReused(first.client_id)
        return [Appended(event, False, draft) for (event, _), draft in zip(run, drafts, strict=True)]

    def _sent(self, draft: Draft, client_id: str) -> tuple[Stored, bytes] | None:
        key = (draft.conversation, draft.device, client_id)
        return self.sent.get(key) or rows.find_sent(self._connection, *key)

    def _run(self, conversation: str, low: int, high: int) -> list[tuple[Stored, bytes]]:
        fresh = [
            (each.event, each.draft.fingerprint)
            for each in self.new
            if each.event.conversation == conversation and low <= each.event.seq <= high
        ]
        return fresh or rows.find_run(self._connection, conversation, low, high)


def same(kept: bytes, draft: Draft) -> bool:
    """Whether a draft has the content of the event with that fingerprint; an erased one has none to compare."""
    return kept in {b"", draft.fingerprint}
