"""Counts what is unread, at a cost that does not grow with what was said before."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from secureconnect.services.chat.store.marks import read_mark
from secureconnect.services.chat.store.tables import conversations, deletions, members, mentions, messages


class UnreadRow(NamedTuple):
    """How far a member has read, how many messages of others came since, and how many of them mention the member."""

    conversation: str
    read_seq: int
    unread: int
    mentions: int


_marks = (
    select(members.c.conversation, members.c.account, read_mark.label("read_seq"))
    .where(
        members.c.account == bindparam("account"),
        members.c.conversation.in_(bindparam("conversations", expanding=True)),
        members.c.last_seq.is_(None),
    )
    .subquery("marks")
)
_in_conversation = messages.c.conversation == _marks.c.conversation
_above = messages.c.seq > _marks.c.read_seq
_blocked: BindParameter[str] = bindparam("blocked", expanding=True)
_read_no = (
    select(messages.c.no)
    .where(_in_conversation, messages.c.seq <= _marks.c.read_seq)
    .order_by(messages.c.seq.desc())
    .limit(1)
    .scalar_subquery()
)
_gone_above = (deletions.c.conversation == _marks.c.conversation) & (deletions.c.seq > _marks.c.read_seq)
_deleted_above = select(func.count()).where(_gone_above).scalar_subquery()
_unblocked_deleted_above = (
    select(func.count()).where(_gone_above, deletions.c.sender.not_in(_blocked)).scalar_subquery()
)
_blocked_above = select(func.count()).where(_in_conversation, _above, messages.c.sender.in_(_blocked)).scalar_subquery()
_mentioning = select(func.count(mentions.c.seq.distinct())).where(
    mentions.c.conversation == _marks.c.conversation,
    mentions.c.account.in_([bindparam("account"), "all"]),
    mentions.c.seq > _marks.c.read_seq,
    mentions.c.sender != bindparam("account"),
)
_since = conversations.c.message_count - func.coalesce(_read_no, 0)

_from = _marks.join(conversations, conversations.c.id == _marks.c.conversation)
_all_counted = select(
    _marks.c.conversation, _marks.c.read_seq, _since - _deleted_above, _mentioning.scalar_subquery()
).select_from(_from)
_unblocked_counted = select(
    _marks.c.conversation,
    _marks.c.read_seq,
    _since - _blocked_above - _unblocked_deleted_above,
    _mentioning.where(mentions.c.sender.not_in(_blocked)).scalar_subquery(),
).select_from(_from)


def count_unread(
    connection: Connection, account: str, in_conversations: Sequence[str], blocked: Sequence[str]
) -> dict[str, UnreadRow]:
    """What is unread for a present member, by conversation: messages of others that are not deleted, above what was
    read, without those of the accounts in `blocked`."""
    wanted: dict[str, object] = {"account": account, "conversations": list(in_conversations)}
    if blocked:
        found = connection.execute(_unblocked_counted, {**wanted, "blocked": list(blocked)})
    else:
        found = connection.execute(_all_counted, wanted)
    return {row[0]: UnreadRow(*row) for row in found}
