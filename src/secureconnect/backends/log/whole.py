"""Reads a log on a SQL database from end to end, for whoever compares it with what was made of it."""

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from secureconnect.backends.log.port import Stored
from secureconnect.backends.log.rows import EVENT, stored
from secureconnect.backends.log.tables import events, heads

FETCHED = 500


def all_events(connection: Connection) -> Iterator[Stored]:
    """Every event, each conversation's together and ascending."""
    result = connection.execute(select(*EVENT).order_by(events.c.conversation, events.c.seq))
    for rows in result.partitions(FETCHED):
        yield from map(stored, rows)


def event_count(connection: Connection) -> int:
    """How many events the heads say there are."""
    return int(connection.execute(select(func.coalesce(func.sum(heads.c.seq), 0))).scalar_one())


def uneven(connection: Connection) -> list[str]:
    """The conversations whose events are not exactly those from 1 to their head: a log must be dense."""
    counted = (
        select(events.c.conversation, func.count().label("count"), func.max(events.c.seq).label("last")).group_by(
            events.c.conversation
        )
    ).subquery()
    joined = heads.outerjoin(counted, heads.c.conversation == counted.c.conversation)
    wrong = (func.coalesce(counted.c.count, 0) != heads.c.seq) | (func.coalesce(counted.c.last, 0) != heads.c.seq)
    found = list(connection.execute(select(heads.c.conversation).select_from(joined).where(wrong)).scalars())
    headless = select(counted.c.conversation).where(counted.c.conversation.not_in(select(heads.c.conversation)))
    return sorted([*found, *connection.execute(headless).scalars()])
