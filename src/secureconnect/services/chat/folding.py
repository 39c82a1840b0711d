"""Events as one reader sees them: messages with present envelope and reactions, nothing from before their span."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from msgspec import Raw

from secureconnect.backends.log.port import Log, Stored
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.events import (
    DeleteBody,
    EditBody,
    Event,
    Kind,
    MessageBody,
    ReactionBody,
    ReactionCount,
)
from secureconnect.services.chat.bodies import NO_BODY, SentBody, body_of, encode, wire_body
from secureconnect.services.chat.store.history import FoldRows, Range, read_folds

TRIES_MAX = 3
FOREVER = 2**62
MESSAGE = Kind.MESSAGE.value
POINTING = frozenset({Kind.EDIT.value, Kind.DELETE.value, Kind.REACTION.value})
Place = tuple[str, int]
"""A conversation and a seq in it."""


class Span(NamedTuple):
    """From where to where somebody may read a conversation; `last_seq` is None while they are in it."""

    first_seq: int
    last_seq: int | None

    @property
    def until(self) -> int:
        """The last seq that may be read, far above every head for a present member."""
        return FOREVER if self.last_seq is None else self.last_seq

    def holds(self, seq: int) -> bool:
        """Whether an event may be read."""
        return self.first_seq <= seq <= self.until


class Piece(NamedTuple):
    """Events of one conversation, ascending, with the span of their reader."""

    events: Sequence[Stored]
    span: Span


class Folding:
    """Folds pieces of logs."""

    def __init__(self, sql: Sql, log: Log) -> None:
        self._sql = sql
        self._log = log

    async def fold(self, piece: Piece, reader: str) -> list[Event]:
        """The events of one piece as the reader sees them."""
        return (await self.fold_all([piece], reader))[0]

    async def fold_all(self, pieces: Sequence[Piece], reader: str) -> list[list[Event]]:
        """The events of each piece as the reader sees them."""
        ranges = [_range(piece) for piece in pieces]
        asked = [found for found in ranges if found is not None]
        rows = iter(await self._sql.read(read_folds, reader, asked) if asked else [])
        folds = [FoldRows([], []) if found is None else next(rows) for found in ranges]
        envelopes = await self._envelopes(pieces, folds)
        return [
            [_event(event, piece.span, fold, envelopes) for event in piece.events]
            for piece, fold in zip(pieces, map(_Fold, folds), strict=True)
        ]

    async def _envelopes(self, pieces: Sequence[Piece], folds: Sequence[FoldRows]) -> dict[Place, Raw]:
        """The present envelopes of the edited messages, by their place."""
        at_hand = {event.event_id: event for piece in pieces for event in piece.events}
        wanted: dict[Place, str] = {}
        for piece, fold in zip(pieces, folds, strict=True):
            for row in fold.edits:
                if piece.span.holds(row.edit_seq):
                    wanted[piece.events[0].conversation, row.message_seq] = row.edit_event
        found = await asyncio.gather(
            *(self._edit_envelope(place, edit, at_hand.get(edit)) for place, edit in wanted.items())
        )
        return {place: envelope for place, envelope in zip(wanted, found, strict=True) if envelope is not None}

    async def _edit_envelope(self, place: Place, edit: str, event: Stored | None) -> Raw | None:
        """The envelope of a message's latest edit; it may be superseded while it is read."""
        conversation, seq = place
        for _ in range(TRIES_MAX):
            if event is None:
                event = await self._log.find(conversation, edit)
            if event is not None and event.envelope is not None:
                return event.envelope
            (fold,) = await self._sql.read(read_folds, "", [Range(conversation, seq, seq, 0)])
            if not fold.edits or fold.edits[0].edit_event == edit:
                return None
            edit, event = fold.edits[0].edit_event, None
        return None


class _Fold:
    """The reactions of a piece by the message's seq."""

    def __init__(self, rows: FoldRows) -> None:
        self.reactions: dict[int, list[ReactionCount]] = {}
        for row in rows.reactions:
            self.reactions.setdefault(row.message_seq, []).append(ReactionCount(row.emoji, row.chosen, row.mine))


def _range(piece: Piece) -> Range | None:
    """The range of the messages in a piece, None when there is none."""
    seqs = [event.seq for event in piece.events if event.kind == MESSAGE]
    return Range(piece.events[0].conversation, seqs[0], seqs[-1], piece.span.until) if seqs else None


def _event(event: Stored, span: Span, fold: _Fold, envelopes: dict[Place, Raw]) -> Event:
    return Event(
        event.conversation,
        event.seq,
        event.event_id,
        event.kind,
        event.sender,
        event.sent_at,
        _body(event, span, fold, envelopes),
        event.device,
        event.client_id,
    )


def _body(event: Stored, span: Span, fold: _Fold, envelopes: dict[Place, Raw]) -> Raw:
    try:
        if event.kind == MESSAGE:
            return _message_body(event, fold, envelopes)
        if event.kind in POINTING and points_below(event, span.first_seq):
            return NO_BODY
    except msgspec.MsgspecError:
        return NO_BODY
    return wire_body(event)


def _message_body(event: Stored, fold: _Fold, envelopes: dict[Place, Raw]) -> Raw:
    if event.deleted_at is not None:
        return Raw(encode(MessageBody(NO_BODY, deleted_at=event.deleted_at)))
    sent = body_of(event)
    if not isinstance(sent, SentBody):
        return NO_BODY
    envelope = event.envelope
    if envelope is None or event.edited_at is not None:
        envelope = envelopes.get((event.conversation, event.seq))
    body = MessageBody(
        NO_BODY if envelope is None else envelope,
        sent.reply_to,
        sent.file_ids,
        sent.mentions,
        event.edited_at,
        None,
        fold.reactions.get(event.seq, []),
    )
    return Raw(encode(body))


def points_below(event: Stored, first_seq: int) -> bool:
    """Whether an edit, deletion or reaction points to a message below `first_seq`."""
    body = body_of(event)
    return isinstance(body, EditBody | DeleteBody | ReactionBody) and body.message_seq < first_seq
