"""Reads a log's rows: single events, heads and pages, none at a cost that grows with the history."""

from collections.abc import Sequence
from typing import Any

from msgspec import Raw
from sqlalchemy import BindParameter, Connection, Row, bindparam, select

from secureconnect.backends.log.port import LogHead, Page, Stored
from secureconnect.backends.log.tables import CLIENT_DEVICE, events, heads

SEARCHED_MAX = 2_000
"""How many seqs one page with kinds looks through."""

EVENT = (
    events.c.conversation,
    events.c.seq,
    events.c.event_id,
    events.c.kind,
    events.c.sender,
    events.c.device,
    events.c.client_id,
    events.c.sent_at,
    events.c.body,
    events.c.envelope,
    events.c.target,
    events.c.edited_at,
    events.c.deleted_at,
)
_of_conversation = events.c.conversation == bindparam("conversation")
_in_range = select(*EVENT).where(_of_conversation, events.c.seq >= bindparam("low"), events.c.seq <= bindparam("high"))
_of_kinds = events.c.kind.in_(bindparam("kinds", expanding=True))
_limit: BindParameter[int] = bindparam("limit")
_upwards = _in_range.order_by(events.c.seq).limit(_limit)
_downwards = _in_range.order_by(events.c.seq.desc()).limit(_limit)
_upwards_of_kinds = _in_range.where(_of_kinds).order_by(events.c.seq).limit(_limit)
_downwards_of_kinds = _in_range.where(_of_kinds).order_by(events.c.seq.desc()).limit(_limit)
_by_event = select(*EVENT).where(_of_conversation, events.c.event_id == bindparam("event_id"))
_by_client = select(*EVENT, events.c.fingerprint).where(
    _of_conversation, bindparam("device") == CLIENT_DEVICE, events.c.client_id == bindparam("client_id")
)
_run_of = (
    select(*EVENT, events.c.fingerprint)
    .where(_of_conversation, events.c.seq >= bindparam("low"), events.c.seq <= bindparam("high"))
    .order_by(events.c.seq)
)
_head = select(heads.c.seq, heads.c.member_version).where(heads.c.conversation == bindparam("conversation"))


def stored(row: Row[Any] | Sequence[Any]) -> Stored:
    """An event from the first thirteen columns of a row."""
    envelope = row[9]
    return Stored(
        row[0],
        row[1],
        row[2],
        row[3],
        row[4],
        row[5],
        row[6],
        row[7],
        Raw(row[8]),
        None if envelope is None else Raw(envelope),
        row[10],
        row[11],
        row[12],
    )


def find_event(connection: Connection, conversation: str, event_id: str) -> Stored | None:
    """The event of that id, None when there is none."""
    row = connection.execute(_by_event, {"conversation": conversation, "event_id": event_id}).first()
    return None if row is None else stored(row)


def find_sent(
    connection: Connection, conversation: str, device: str | None, client_id: str
) -> tuple[Stored, bytes] | None:
    """What a device sent under a client_id, with its fingerprint."""
    wanted = {"conversation": conversation, "device": device or "", "client_id": client_id}
    row = connection.execute(_by_client, wanted).first()
    return None if row is None else (stored(row), row[13])


def find_run(connection: Connection, conversation: str, low: int, high: int) -> list[tuple[Stored, bytes]]:
    """The events of a range of seqs with their fingerprints."""
    wanted = {"conversation": conversation, "low": low, "high": high}
    return [(stored(row), row[13]) for row in connection.execute(_run_of, wanted)]


def find_head(connection: Connection, conversation: str) -> LogHead | None:
    """How far a log reaches, None when there is none."""
    row = connection.execute(_head, {"conversation": conversation}).first()
    return None if row is None else LogHead(row[0], row[1])


def page_after(connection: Connection, conversation: str, after: int, limit: int, kinds: frozenset[str] | None) -> Page:
    """Events above `after`; see the port."""
    limit = max(1, limit)
    head = find_head(connection, conversation)
    head_seq = head.seq if head else 0
    low = max(after, 0) + 1
    high = head_seq if kinds is None else min(head_seq, low + SEARCHED_MAX - 1)
    found = _range(connection, _upwards, _upwards_of_kinds, conversation, low, high, limit, kinds)
    to_seq = found[-1].seq if len(found) == limit else high
    return Page(found, low, max(to_seq, low - 1), head_seq, to_seq < head_seq)


def page_before(
    connection: Connection, conversation: str, before: int, limit: int, kinds: frozenset[str] | None
) -> Page:
    """Events below `before`; see the port."""
    limit = max(1, limit)
    head = find_head(connection, conversation)
    head_seq = head.seq if head else 0
    high = min(before - 1, head_seq)
    low = 1 if kinds is None else max(1, high - SEARCHED_MAX + 1)
    found = _range(connection, _downwards, _downwards_of_kinds, conversation, low, high, limit, kinds)[::-1]
    from_seq = found[0].seq if len(found) == limit else low
    return Page(found, from_seq, high, head_seq, from_seq > 1 and high > 0)


def _range(
    connection: Connection,
    plain: Any,
    of_kinds: Any,
    conversation: str,
    low: int,
    high: int,
    limit: int,
    kinds: frozenset[str] | None,
) -> list[Stored]:
    if low > high:
        return []
    wanted: dict[str, object] = {"conversation": conversation, "low": low, "high": high, "limit": limit}
    if kinds is None:
        return [stored(row) for row in connection.execute(plain, wanted)]
    wanted["kinds"] = sorted(kinds)
    return [stored(row) for row in connection.execute(of_kinds, wanted)]
