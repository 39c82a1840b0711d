"""Reads the reactions of now: counted by message, or one by one."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from secureconnect.services.chat.store.tables import reactions


class ReactionRow(NamedTuple):
    """How many chose an emoji for a message, and whether the reader did."""

    message_seq: int
    emoji: str
    chosen: int
    mine: bool


class ReactorRow(NamedTuple):
    """Who chose which emoji, at which seq."""

    account: str
    emoji: str
    seq: int


_of_message = (reactions.c.conversation == bindparam("conversation")) & (
    reactions.c.message_seq == bindparam("message_seq")
)
_counted = (
    select(
        reactions.c.message_seq,
        reactions.c.emoji,
        func.count(),
        func.count().filter(reactions.c.account == bindparam("reader")),
    )
    .where(
        reactions.c.conversation == bindparam("conversation"),
        reactions.c.message_seq >= bindparam("low"),
        reactions.c.message_seq <= bindparam("high"),
        reactions.c.seq <= bindparam("until"),
    )
    .group_by(reactions.c.message_seq, reactions.c.emoji)
    .order_by(reactions.c.message_seq, func.min(reactions.c.seq))
)
_limit: BindParameter[int] = bindparam("limit")
_own = select(reactions.c.emoji).where(_of_message, reactions.c.account == bindparam("account"))
_reactors = (
    select(reactions.c.account, reactions.c.emoji, reactions.c.seq)
    .where(_of_message, reactions.c.seq > bindparam("after"))
    .order_by(reactions.c.seq)
    .limit(_limit)
)


def count_reactions(
    connection: Connection, conversation: str, low: int, high: int, until: int, reader: str
) -> list[ReactionRow]:
    """The reactions to the messages of a range of seqs that stood at `until`; the emoji chosen first comes first."""
    wanted = {"conversation": conversation, "low": low, "high": high, "until": until, "reader": reader}
    return [ReactionRow(row[0], row[1], row[2], row[3] > 0) for row in connection.execute(_counted, wanted)]


def own_reactions(connection: Connection, conversation: str, message_seq: int, account: str) -> frozenset[str]:
    """The emojis that an account chose for a message."""
    wanted = {"conversation": conversation, "message_seq": message_seq, "account": account}
    return frozenset(connection.execute(_own, wanted).scalars())


def list_reactors(
    connection: Connection, conversation: str, message_seq: int, after: int, limit: int
) -> Sequence[ReactorRow]:
    """Who reacted to a message, in order, above a seq."""
    wanted = {"conversation": conversation, "message_seq": message_seq, "after": after, "limit": limit}
    return [ReactorRow(*row) for row in connection.execute(_reactors, wanted)]
