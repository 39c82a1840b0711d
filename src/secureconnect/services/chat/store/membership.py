"""Reads a conversation with its present members."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select

from secureconnect.services.chat.store.tables import conversations, members, messages


class MembershipRows(NamedTuple):
    """A conversation's row, its present members' rows, and for a direct one who has written in it."""

    conversation: Row[Any]
    members: Sequence[Row[Any]]
    spoke: Sequence[str]


_conversation = select(conversations).where(conversations.c.id == bindparam("of_conversation"))
_present = (
    select(members.c.account, members.c.role, members.c.joined_seq, members.c.first_seq)
    .where(members.c.conversation == bindparam("of_conversation"), members.c.last_seq.is_(None))
    .order_by(members.c.joined_seq)
)
_spoke = (
    select(messages.c.seq)
    .where(messages.c.conversation == bindparam("of_conversation"), messages.c.sender == bindparam("of_sender"))
    .limit(1)
)
_present_of = select(members.c.conversation).where(
    members.c.account == bindparam("of_account"), members.c.last_seq.is_(None)
)


def conversations_of(connection: Connection, account: str) -> list[str]:
    """The conversations of which an account is a present member."""
    return list(connection.execute(_present_of, {"of_account": account}).scalars())


def load_membership(connection: Connection, conversation: str) -> MembershipRows | None:
    """The conversation and its members, None when there is no such conversation."""
    row = connection.execute(_conversation, {"of_conversation": conversation}).first()
    if row is None:
        return None
    present = connection.execute(_present, {"of_conversation": conversation}).all()
    spoke: list[str] = []
    if row.kind == "direct":
        for member in present:
            wanted = {"of_conversation": conversation, "of_sender": member.account}
            if connection.execute(_spoke, wanted).first() is not None:
                spoke.append(member.account)
    return MembershipRows(row, present, spoke)
