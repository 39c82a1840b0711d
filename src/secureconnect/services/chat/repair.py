"""Compares what was projected from the log with what the log says, and makes it so where it is not."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby, islice
from typing import Any

from msgspec import Struct
from sqlalchemy import Column, Connection, Table, and_, create_engine, delete, insert, select, update

from secureconnect.backends.log.port import Stored
from secureconnect.services.chat.projections import replay
from secureconnect.services.chat.store.statements import next_change
from secureconnect.services.chat.store.tables import (
    METADATA,
    conversations,
    deletions,
    edits,
    members,
    mentions,
    message_files,
    messages,
    reactions,
)

REPLAY_ROWS = 500
Row = dict[str, Any]
Rows = dict[tuple[Any, ...], Row]


class Projected(Struct, frozen=True):
    """A table that follows from the log: its conversation's column, and the columns that the log says."""

    table: Table
    of: Column[str]
    columns: tuple[str, ...]


class Difference(Struct, frozen=True):
    """A row that is missing, is too much, or holds something else than the log says."""

    conversation: str
    table: str
    what: str


_CHOSEN = frozenset({"muted_until", "notify", "pinned", "archived", "marked_unread", "read_seq", "delivered_seq"})
_NUMBERS = frozenset({"change_no", "mark_no", "removed_no"})


def _projected(table: Table, of: Column[str]) -> Projected:
    columns = tuple(column.name for column in table.columns if column.name not in _CHOSEN | _NUMBERS)
    return Projected(table, of, columns)


CONVERSATIONS = _projected(conversations, conversations.c.id)
MEMBERS = _projected(members, members.c.conversation)
WHOLE = [
    _projected(table, table.c.conversation)
    for table in (messages, deletions, edits, reactions, mentions, message_files)
]
PROJECTED = [CONVERSATIONS, MEMBERS, *WHOLE]


def compare(connection: Connection, events: Iterable[Stored]) -> list[Difference]:
    """What differs; `events` are all events of the log, each conversation's together and ascending."""
    return [difference for _, differences in _compared(connection, events) for difference in differences]


def rebuild(connection: Connection, events: Iterable[Stored]) -> list[Difference]:
    """Make what differs as the log says, and return what differed; marks and preferences stay as they are."""
    repaired: list[Difference] = []
    with _scratch() as scratch:
        for conversation, differences in _compared_in(scratch, connection, events):
            if differences:
                _rewrite(connection, conversation, _all_rows(scratch, conversation))
                repaired.extend(differences)
    return repaired


@contextmanager
def _scratch() -> Generator[Connection]:
    """An empty database in memory with the same tables."""
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            METADATA.create_all(connection)
            yield connection
    finally:
        engine.dispose()


def _compared(connection: Connection, events: Iterable[Stored]) -> Iterator[tuple[str, list[Difference]]]:
    with _scratch() as scratch:
        yield from _compared_in(scratch, connection, events)


def _compared_in(
    scratch: Connection, connection: Connection, events: Iterable[Stored]
) -> Iterator[tuple[str, list[Difference]]]:
    """Each conversation's differences, with what the log says of it in `scratch` until the next is asked for."""
    unseen = {projected.table.name: _named(connection, projected) for projected in PROJECTED}
    for conversation, its_events in groupby(events, key=lambda event: event.conversation):
        for named in unseen.values():
            named.discard(conversation)
        pending = iter(its_events)
        while batch := list(islice(pending, REPLAY_ROWS)):
            replay(scratch, batch)
        yield conversation, _differences(scratch, connection, conversation)
        for projected in PROJECTED:
            scratch.execute(delete(projected.table))
    for conversation in sorted(set[str]().union(*unseen.values())):
        tables = [table for table, named in unseen.items() if conversation in named]
        yield conversation, [Difference(conversation, table, "is not in the log") for table in tables]


def _named(connection: Connection, projected: Projected) -> set[str]:
    """The conversations that a table has rows of."""
    return set(connection.execute(select(projected.of).distinct()).scalars())


def _differences(scratch: Connection, connection: Connection, conversation: str) -> list[Difference]:
    found: list[Difference] = []
    for projected in PROJECTED:
        said = _rows(scratch, projected, conversation)
        stands = _rows(connection, projected, conversation)
        name = projected.table.name
        for key in said.keys() | stands.keys():
            what = _difference(said.get(key), stands.get(key))
            if what is not None:
                found.append(Difference(conversation, name, f"{'/'.join(map(str, key))} {what}"))
    return sorted(found, key=lambda difference: (difference.table, difference.what))


def _difference(said: Row | None, stands: Row | None) -> str | None:
    if said is None:
        return "is too much"
    if stands is None:
        return "is missing"
    other = [name for name, value in said.items() if stands[name] != value]
    return f"differs in {', '.join(other)}" if other else None


def _rows(connection: Connection, projected: Projected, conversation: str) -> Rows:
    columns = [projected.table.c[name] for name in projected.columns]
    keys = [column.name for column in projected.table.primary_key]
    found = connection.execute(select(*columns).where(projected.of == conversation)).mappings()
    return {tuple(row[key] for key in keys): dict(row) for row in found}


def _all_rows(scratch: Connection, conversation: str) -> Mapping[str, list[Row]]:
    """Every projected row of a conversation with all columns, as the log alone would leave it."""
    return {
        projected.table.name: [
            dict(row) for row in scratch.execute(select(projected.table).where(projected.of == conversation)).mappings()
        ]
        for projected in PROJECTED
    }


def _rewrite(connection: Connection, conversation: str, said: Mapping[str, list[Row]]) -> None:
    for projected in WHOLE:
        connection.execute(delete(projected.table).where(projected.of == conversation))
        rows = said[projected.table.name]
        if rows:
            connection.execute(insert(projected.table), rows)
    change_no = next_change(connection)
    numbers = {"change_no": change_no, "mark_no": change_no}
    for projected in (CONVERSATIONS, MEMBERS):
        _settle(connection, projected, conversation, said[projected.table.name], numbers)


def _settle(
    connection: Connection, projected: Projected, conversation: str, said: list[Row], numbers: Mapping[str, int]
) -> None:
    """Update rows that stand in the columns that the log says, insert those that lack, delete those too much."""
    table = projected.table
    keys = [column.name for column in table.primary_key]
    stands = _rows(connection, projected, conversation)
    for row in said:
        fresh = {name: number for name, number in numbers.items() if name in table.c}
        if "removed_no" in table.c:
            fresh["removed_no"] = 0 if row["last_seq"] is None else numbers["change_no"]
        key = tuple(row[name] for name in keys)
        if key in stands:
            told = {name: row[name] for name in projected.columns if name not in keys}
            connection.execute(update(table).where(_is(table, keys, key)).values({**told, **fresh}))
        else:
            connection.execute(insert(table), {**row, **fresh})
    for key in stands.keys() - {tuple(row[name] for name in keys) for row in said}:
        connection.execute(delete(table).where(_is(table, keys, key)))


def _is(table: Table, keys: list[str], key: tuple[Any, ...]) -> Any:
    return and_(*(table.c[name] == value for name, value in zip(keys, key, strict=True)))
