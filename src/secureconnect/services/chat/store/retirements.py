"""Keeps which accounts are to be retired, and reads what they are in and wrote."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, delete, exists, insert, select, update

from secureconnect.services.chat.store.tables import deletions, members, messages, retirements


class Retirement(NamedTuple):
    """An account whose affairs are to be settled."""

    account: str
    closed: bool
    delete_messages: bool


_of_account = retirements.c.account == bindparam("of_account")
_known = select(retirements.c.closed, retirements.c.delete_messages).where(_of_account)
_all = select(retirements.c.account, retirements.c.closed, retirements.c.delete_messages).order_by(
    retirements.c.asked_at
)
_limit: BindParameter[int] = bindparam("limit")
_conversations = (
    select(members.c.conversation)
    .where(members.c.account == bindparam("account"), members.c.conversation > bindparam("after"))
    .order_by(members.c.conversation)
    .limit(_limit)
)
_present = _conversations.where(members.c.last_seq.is_(None))
_written = (
    select(messages.c.seq)
    .where(
        messages.c.conversation == bindparam("conversation"),
        messages.c.sender == bindparam("account"),
        messages.c.seq > bindparam("after_seq"),
        ~exists().where(deletions.c.conversation == messages.c.conversation, deletions.c.seq == messages.c.seq),
    )
    .order_by(messages.c.seq)
    .limit(_limit)
)


def ask(connection: Connection, account: str, closed: bool, delete_messages: bool, now_ms: int) -> None:
    """Note that an account is to be retired; what was asked before stays asked."""
    known = connection.execute(_known, {"of_account": account}).first()
    if known is None:
        row = {"account": account, "closed": closed, "delete_messages": delete_messages, "asked_at": now_ms}
        connection.execute(insert(retirements), row)
        return
    more = {"closed": closed or known.closed, "delete_messages": delete_messages or known.delete_messages}
    connection.execute(update(retirements).where(_of_account).values(more), {"of_account": account})


def settle(connection: Connection, done: Retirement) -> None:
    """Forget a retirement that is done, unless more was asked meanwhile."""
    known = connection.execute(_known, {"of_account": done.account}).first()
    if known is not None and tuple(known) == (done.closed, done.delete_messages):
        connection.execute(delete(retirements).where(_of_account), {"of_account": done.account})


def open_retirements(connection: Connection) -> list[Retirement]:
    """All that are not settled, the oldest first."""
    return [Retirement(*row) for row in connection.execute(_all)]


def conversations_of(connection: Connection, account: str, after: str, limit: int, present: bool) -> Sequence[str]:
    """The next conversations that an account is in, or ever was in, by their ids."""
    wanted = {"account": account, "after": after, "limit": limit}
    return list(connection.execute(_present if present else _conversations, wanted).scalars())


def written_by(connection: Connection, conversation: str, account: str, after_seq: int, limit: int) -> Sequence[int]:
    """The seqs of the next messages of an account in a conversation that are not deleted."""
    wanted = {"conversation": conversation, "account": account, "after_seq": after_seq, "limit": limit}
    return list(connection.execute(_written, wanted).scalars())
