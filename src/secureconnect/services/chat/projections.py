"""What follows from the log, written in the append's own transaction: heads, members, messages, reactions, mentions.

It may be run again over events that were applied: a conversation's events count only when they follow its head.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from secureconnect.backends.log.port import Appended, Stored
from secureconnect.contracts.events import CallBody, ConversationBody
from secureconnect.services.chat.bodies import Body, SentBody, body_of, changes_membership, fresh_body
from secureconnect.services.chat.store import applied
from secureconnect.services.chat.store.statements import HeadRow, MessageRow, insert_messages, move_heads, next_change

Applied = tuple[Stored, Body]


@dataclass(slots=True)
class Move:
    """What one batch brings to one conversation."""

    first_seq: int
    head_seq: int = 0
    last_message_seq: int = 0
    activity_at: int = 0
    member_changes: int = 0
    messages: list[Stored] = field(default_factory=list[Stored])

    def row(self, conversation: str, change_no: int) -> HeadRow:
        """The row of the statement that moves the head."""
        return (
            conversation,
            self.first_seq,
            self.head_seq,
            len(self.messages),
            self.last_message_seq,
            self.activity_at,
            self.member_changes,
            change_no,
        )


def project(connection: Connection, batch: Sequence[Appended]) -> None:
    """Apply new events in commit order, on the log's transaction."""
    apply(connection, [(appended.event, fresh_body(appended)) for appended in batch])


def replay(connection: Connection, events: Iterable[Stored]) -> None:
    """Apply events as they are read from the log, ascending in each conversation."""
    apply(connection, [(event, body_of(event)) for event in events])


def apply(connection: Connection, events: Sequence[Applied]) -> None:
    """Write what follows from these events."""
    moves: dict[str, Move] = {}
    rest: list[Applied] = []
    for event, body in events:
        _note(moves, event, body)
        if isinstance(body, SentBody):
            if body.mentions or body.file_ids:
                rest.append((event, body))
        elif not isinstance(body, CallBody):
            rest.append((event, body))
            if event.seq == 1 and isinstance(body, ConversationBody):
                applied.open_conversation(connection, event, body)
    change_no = next_change(connection, len(moves))
    first_no = change_no - len(moves) + 1
    moved = move_heads(
        connection, [move.row(conversation, first_no + at) for at, (conversation, move) in enumerate(moves.items())]
    )
    insert_messages(connection, list(_message_rows(moves, moved)))
    for event, body in rest:
        if event.conversation in moved:
            applied.apply_rare(connection, event, body, change_no)


def _note(moves: dict[str, Move], event: Stored, body: Body) -> None:
    move = moves.get(event.conversation)
    if move is None:
        move = moves[event.conversation] = Move(event.seq)
    move.head_seq = event.seq
    if isinstance(body, SentBody):
        move.messages.append(event)
        move.last_message_seq = event.seq
        move.activity_at = event.sent_at
    elif isinstance(body, CallBody):
        move.activity_at = event.sent_at
    elif changes_membership(body):
        move.member_changes += 1


def _message_rows(moves: dict[str, Move], moved: dict[str, int]) -> Iterable[MessageRow]:
    for conversation, move in moves.items():
        if conversation not in moved:
            continue
        first_no = moved[conversation] - len(move.messages) + 1
        for at, event in enumerate(move.messages):
            yield conversation, event.seq, event.sender, first_no + at
