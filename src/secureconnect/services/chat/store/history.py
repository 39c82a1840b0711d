"""Reads what pages of the log are folded with, and the spans that former members may read."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, select

from secureconnect.services.chat.store.reactions import ReactionRow, count_reactions
from secureconnect.services.chat.store.tables import edits, members, mentions


class Range(NamedTuple):
    """A range of seqs of a conversation as it stood at `until`."""

    conversation: str
    low: int
    high: int
    until: int


class EditRow(NamedTuple):
    """Where the latest edit of a message stands."""

    message_seq: int
    edit_seq: int
    edit_event: str


class FoldRows(NamedTuple):
    """The latest edits and the reactions of the messages of a range."""

    edits: Sequence[EditRow]
    reactions: Sequence[ReactionRow]


class SpanRow(NamedTuple):
    """From where to where an account may read; without `last_seq` it is there."""

    first_seq: int
    last_seq: int | None


_edits = select(edits.c.message_seq, edits.c.edit_seq, edits.c.edit_event).where(
    edits.c.conversation == bindparam("conversation"),
    edits.c.message_seq >= bindparam("low"),
    edits.c.message_seq <= bindparam("high"),
)
_span = select(members.c.first_seq, members.c.last_seq).where(
    members.c.conversation == bindparam("conversation"), members.c.account == bindparam("account")
)
_limit: BindParameter[int] = bindparam("limit")
_mentioning = (
    select(mentions.c.seq)
    .distinct()
    .where(
        mentions.c.conversation == bindparam("conversation"),
        mentions.c.account.in_([bindparam("account"), "all"]),
        mentions.c.sender != bindparam("account"),
        mentions.c.seq >= bindparam("low"),
        mentions.c.seq < bindparam("before"),
    )
    .order_by(mentions.c.seq.desc())
    .limit(_limit)
)


def read_folds(connection: Connection, reader: str, ranges: Sequence[Range]) -> list[FoldRows]:
    """What to fold each range with."""
    found: list[FoldRows] = []
    for conversation, low, high, until in ranges:
        wanted = {"conversation": conversation, "low": low, "high": high}
        edited = [EditRow(*row) for row in connection.execute(_edits, wanted)]
        found.append(FoldRows(edited, count_reactions(connection, conversation, low, high, until, reader)))
    return found


def read_span(connection: Connection, conversation: str, account: str) -> SpanRow | None:
    """The span that a member or former member may read, None for all others."""
    row = connection.execute(_span, {"conversation": conversation, "account": account}).first()
    return None if row is None else SpanRow(*row)


def read_mentioning(
    connection: Connection, conversation: str, account: str, low: int, before: int, limit: int
) -> Sequence[int]:
    """The seqs of the newest messages that mention an account, from `low` to below `before`, newest first."""
    wanted = {"conversation": conversation, "account": account, "low": low, "before": before, "limit": limit}
    return list(connection.execute(_mentioning, wanted).scalars())
