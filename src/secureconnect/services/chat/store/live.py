"""What the sockets read: the conversations of an account, what changed since a number, and pages of a sync."""

from typing import NamedTuple

from sqlalchemy import BindParameter, Connection, and_, bindparam, case, or_, select

from secureconnect.services.chat.store.tables import change_numbers, conversations, members


class Span(NamedTuple):
    """A conversation that an account is in: how far it reaches, and from where the account may read."""

    conversation: str
    head_seq: int
    first_seq: int


class MovedHead(NamedTuple):
    """A conversation that changed, how far it reaches, and the version of its membership."""

    conversation: str
    head_seq: int
    member_version: int


class MovedMember(NamedTuple):
    """A row of a member that changed: marks, preferences, coming or leaving (then `last_seq` is set)."""

    account: str
    conversation: str
    joined_seq: int
    first_seq: int
    last_seq: int | None
    read_seq: int
    delivered_seq: int


class Moved(NamedTuple):
    """What changed after a number up to `to_no`; `more` when that is not yet all."""

    to_no: int
    heads: list[MovedHead]
    members: list[MovedMember]
    more: bool


class SyncRow(NamedTuple):
    """A conversation in the order of its changes; `left` when the account is no longer in it."""

    conversation: str
    head_seq: int
    no: int
    left: bool


class SyncRows(NamedTuple):
    """A page of a sync, and the last change number of the same moment."""

    rows: list[SyncRow]
    last_no: int


_present = members.c.last_seq.is_(None)
_of_account = members.c.account == bindparam("account")
_spans = (
    select(members.c.conversation, conversations.c.head_seq, members.c.first_seq)
    .join(conversations, conversations.c.id == members.c.conversation)
    .where(_of_account, _present)
)
_last_no = select(change_numbers.c.last_no).where(change_numbers.c.id == 1)
_limit: BindParameter[int] = bindparam("limit")
_moved_heads = (
    select(conversations.c.id, conversations.c.head_seq, conversations.c.member_version, conversations.c.change_no)
    .where(conversations.c.change_no > bindparam("after_no"), conversations.c.change_no <= bindparam("to_no"))
    .order_by(conversations.c.change_no)
    .limit(_limit)
)
_moved_members = (
    select(
        members.c.account,
        members.c.conversation,
        members.c.joined_seq,
        members.c.first_seq,
        members.c.last_seq,
        members.c.read_seq,
        members.c.delivered_seq,
        members.c.mark_no,
    )
    .where(members.c.mark_no > bindparam("after_no"), members.c.mark_no <= bindparam("to_no"))
    .order_by(members.c.mark_no)
    .limit(_limit)
)
_no = case(
    (members.c.last_seq.is_not(None), members.c.removed_no),
    (conversations.c.change_no > members.c.mark_no, conversations.c.change_no),
    else_=members.c.mark_no,
)
_every_row = (
    select(members.c.conversation, conversations.c.head_seq, _no.label("no"), members.c.last_seq)
    .join(conversations, conversations.c.id == members.c.conversation)
    .where(_of_account)
    .order_by(_no, members.c.conversation)
    .limit(_limit)
)
_after: BindParameter[int] = bindparam("after_no")
_sync_rows = _every_row.where(or_(_no > _after, and_(_no == _after, members.c.conversation > bindparam("after"))))
_sync_present = _sync_rows.where(_present)


def read_spans(connection: Connection, account: str) -> list[Span]:
    """The conversations that an account is in now."""
    return [Span(*row) for row in connection.execute(_spans, {"account": account})]


def read_last_no(connection: Connection) -> int:
    """The last change number that was given; 0 before the first."""
    return connection.execute(_last_no).scalar() or 0


def read_moved(connection: Connection, after_no: int, limit: int) -> Moved:
    """What changed above a number, at most `limit` rows of each kind."""
    last_no = read_last_no(connection)
    bounds = {"after_no": after_no, "to_no": last_no, "limit": limit}
    heads = connection.execute(_moved_heads, bounds).all()
    rows = connection.execute(_moved_members, bounds).all()
    to_no, more = last_no, False
    for found in (heads, rows):
        if len(found) == limit:
            # Rows of one number may be on both sides of the cut: they are read again.
            to_no, more = min(to_no, max(found[-1][-1] - 1, after_no + 1)), True
    return Moved(
        to_no,
        [MovedHead(*row[:3]) for row in heads if row[-1] <= to_no],
        [MovedMember(*row[:7]) for row in rows if row[-1] <= to_no],
        more,
    )


def read_sync(connection: Connection, account: str, after_no: int, after: str, present: bool, limit: int) -> SyncRows:
    """A page of the account's conversations that changed after a place, in the order of changes; the present ones
    alone when asked so."""
    last_no = read_last_no(connection)
    wanted = {"account": account, "after_no": after_no, "after": after, "limit": limit}
    rows = connection.execute(_sync_present if present else _sync_rows, wanted)
    return SyncRows([SyncRow(row[0], row[1], row[2], row[3] is not None) for row in rows], last_no)
