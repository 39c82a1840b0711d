"""Writes read and delivered marks, many at a time, and reads the marks of a conversation's members."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, case, func, select, tuple_, update

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.chat.store.statements import next_change
from secureconnect.services.chat.store.tables import conversations, members, messages


class MarkAsk(NamedTuple):
    """The marks that an account sets in a conversation, 0 for one that stays."""

    account: str
    conversation: str
    read_seq: int
    delivered_seq: int


class Marks(NamedTuple):
    """An account's marks in a conversation as they stand; `moved` tells whether they did."""

    account: str
    conversation: str
    read_seq: int
    delivered_seq: int
    moved: bool = True


class _Standing(NamedTuple):
    account: str
    conversation: str
    read_seq: int
    delivered_seq: int
    head_seq: int
    own_seq: int


_present = members.c.last_seq.is_(None)
_own_seq = (
    select(func.coalesce(func.max(messages.c.seq), 0))
    .where(messages.c.conversation == members.c.conversation, messages.c.sender == members.c.account)
    .correlate(members)
    .scalar_subquery()
)
_columns = (
    members.c.account,
    members.c.conversation,
    members.c.read_seq,
    members.c.delivered_seq,
    conversations.c.head_seq,
    _own_seq.label("own_seq"),
)
_with_heads = select(*_columns).join(conversations, conversations.c.id == members.c.conversation).where(_present)
_standing = _with_heads.where(tuple_(members.c.account, members.c.conversation).in_(bindparam("keys", expanding=True)))
_limit: BindParameter[int] = bindparam("limit")
_page = (
    _with_heads.where(
        members.c.conversation == bindparam("of_conversation"), members.c.account > bindparam("after_account")
    )
    .order_by(members.c.account)
    .limit(_limit)
)
_new_read_seq: BindParameter[int] = bindparam("new_read_seq")
_new_delivered_seq: BindParameter[int] = bindparam("new_delivered_seq")
_higher = {
    "read_seq": case((members.c.read_seq < _new_read_seq, _new_read_seq), else_=members.c.read_seq),
    "delivered_seq": case(
        (members.c.delivered_seq < _new_delivered_seq, _new_delivered_seq), else_=members.c.delivered_seq
    ),
}
_move = (
    update(members)
    .where(members.c.account == bindparam("of_account"), members.c.conversation == bindparam("of_conversation"))
    .values(mark_no=bindparam("change"), **_higher)
)


def write_marks(connection: Connection, asks: Sequence[MarkAsk]) -> Sequence[Marks | Exception]:
    """Move marks upwards, never back, all of a batch under one change number.

    What is read is delivered too, and one's own messages are read. A Fault for those who are no members
    (CHAT_NOT_A_MEMBER) and for marks above the head (CHAT_CURSOR_AHEAD).
    """
    keys = list(dict.fromkeys((ask.account, ask.conversation) for ask in asks))
    rows = {(row[0], row[1]): _Standing(*row) for row in connection.execute(_standing, {"keys": keys})}
    now = {key: (max(row.read_seq, row.own_seq), row.delivered_seq) for key, row in rows.items()}
    results: list[Marks | Exception] = []
    moved: dict[tuple[str, str], tuple[int, int]] = {}
    for ask in asks:
        key = (ask.account, ask.conversation)
        row = rows.get(key)
        if row is None:
            results.append(Fault(Code.CHAT_NOT_A_MEMBER))
        elif max(ask.read_seq, ask.delivered_seq) > row.head_seq:
            results.append(Fault(Code.CHAT_CURSOR_AHEAD))
        else:
            before = now[key]
            read_seq = max(before[0], ask.read_seq)
            now[key] = (read_seq, max(before[1], ask.delivered_seq, read_seq if ask.read_seq else 0))
            if now[key] != before:
                moved[key] = now[key]
            results.append(Marks(*key, *now[key], now[key] != before))
    if moved:
        change = next_change(connection)
        connection.execute(
            _move,
            [
                {
                    "of_account": account,
                    "of_conversation": conversation,
                    "new_read_seq": read_seq,
                    "new_delivered_seq": delivered_seq,
                    "change": change,
                }
                for (account, conversation), (read_seq, delivered_seq) in moved.items()
            ],
        )
    return results


def read_marks(connection: Connection, conversation: str, after_account: str, limit: int) -> list[Marks]:
    """The marks of present members in the order of their ids, from behind `after_account`."""
    wanted = {"of_conversation": conversation, "after_account": after_account, "limit": limit}
    rows = (_Standing(*row) for row in connection.execute(_page, wanted))
    return [
        Marks(row.account, row.conversation, max(row.read_seq, row.own_seq), max(row.delivered_seq, row.own_seq))
        for row in rows
    ]
