"""Reads conversations as one account sees them, newest activity first."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, Row, and_, bindparam, case, func, or_, select

from secureconnect.services.chat.store.tables import conversations, members, messages
from secureconnect.services.chat.store.unread import UnreadRow, count_unread


class Seen(NamedTuple):
    """A conversation with the member's own row; `unread` is None for a former member."""

    row: Row[Any]
    last_message_seq: int
    unread: UnreadRow | None


activity_at = case((members.c.last_seq.is_(None), conversations.c.activity_at), else_=members.c.left_at)
_limit: BindParameter[int] = bindparam("limit")
_at: BindParameter[int] = bindparam("at")
_rows = (
    select(
        conversations.c.id,
        conversations.c.kind,
        conversations.c.scheme,
        conversations.c.history,
        conversations.c.created_at,
        conversations.c.member_count,
        conversations.c.head_seq,
        conversations.c.last_message_seq,
        case((members.c.last_seq.is_(None), conversations.c.title), else_=members.c.left_title).label("title"),
        case((members.c.last_seq.is_(None), conversations.c.picture)).label("picture"),
        activity_at.label("activity_at"),
        members.c.role,
        members.c.first_seq,
        members.c.last_seq,
        members.c.read_seq,
        members.c.muted_until,
        members.c.notify,
        members.c.pinned,
        members.c.archived,
        members.c.marked_unread,
    )
    .join(conversations, conversations.c.id == members.c.conversation)
    .where(members.c.account == bindparam("account"))
)
_page = _rows.order_by(activity_at.desc(), members.c.conversation.desc()).limit(_limit)
_page_after = _page.where(
    or_(activity_at < _at, and_(activity_at == _at, members.c.conversation < bindparam("conversation")))
)
_one = _rows.where(members.c.conversation == bindparam("conversation"))
_last_message = select(func.max(messages.c.seq)).where(
    messages.c.conversation == bindparam("conversation"), messages.c.seq <= bindparam("until")
)
_present_count = select(func.count()).where(members.c.account == bindparam("account"), members.c.last_seq.is_(None))


def read_page(
    connection: Connection, account: str, blocked: Sequence[str], after: tuple[int, str] | None, limit: int
) -> list[Seen]:
    """The account's conversations, newest activity first, behind the place (activity, conversation) `after`."""
    wanted: dict[str, object] = {"account": account, "limit": limit}
    if after is None:
        rows = connection.execute(_page, wanted).all()
    else:
        rows = connection.execute(_page_after, {**wanted, "at": after[0], "conversation": after[1]}).all()
    return _seen(connection, account, blocked, rows)


def read_one(connection: Connection, account: str, blocked: Sequence[str], conversation: str) -> Seen | None:
    """One conversation as the account sees it, None when it never was a member."""
    rows = connection.execute(_one, {"account": account, "conversation": conversation}).all()
    return next(iter(_seen(connection, account, blocked, rows)), None)


def any_full(connection: Connection, accounts: Sequence[str], conversations_max: int) -> bool:
    """Whether one of the accounts is in that many conversations."""
    counts = (connection.execute(_present_count, {"account": account}).scalar() or 0 for account in accounts)
    return any(count >= conversations_max for count in counts)


def _seen(connection: Connection, account: str, blocked: Sequence[str], rows: Sequence[Row[Any]]) -> list[Seen]:
    present = [row.id for row in rows if row.last_seq is None]
    unread = count_unread(connection, account, present, blocked) if present else {}
    return [Seen(row, _last_message_seq(connection, row), unread.get(row.id)) for row in rows]


def _last_message_seq(connection: Connection, row: Row[Any]) -> int:
    """The seq of the last message that the member may read, 0 when there is none."""
    seq = row.last_message_seq
    if row.last_seq is not None and seq > row.last_seq:
        seq = connection.execute(_last_message, {"conversation": row.id, "until": row.last_seq}).scalar() or 0
    return seq if seq >= row.first_seq else 0
