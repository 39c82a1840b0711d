"""The statements that write a log: many rows in one, so that a batch costs few steps and few switches of threads."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any, TypeVar

from sqlalchemy import Connection

EVENT_COLUMNS = (
    "conversation, seq, event_id, kind, sender, device, client_id, sent_at, body, envelope, target, fingerprint"
)
EVENT_WIDTH = 12
EventRow = tuple[str, int, str, str, str, str | None, str | None, int, bytes, bytes | None, str | None, bytes]
"""A row of log_events as it is first written, in the order of EVENT_COLUMNS."""

Row = TypeVar("Row")
HeadRow = tuple[str, int, int, int]
"""Conversation, seq, membership version, and the seq that the head is expected to stand at."""

ROWS_MAX = 64
"""Rows of one statement; below, sizes are exact up to 16 and a power of two above, so that few texts are prepared."""


class HeadMoved(Exception):
    """A conversation's head was not where it was expected: another writer, or a commit that did not stand."""


def insert_events(connection: Connection, rows: Sequence[EventRow]) -> None:
    """Write new events."""
    for chunk in _chunks(rows):
        _run(connection, _insert_text("log_events", EVENT_COLUMNS, EVENT_WIDTH, len(chunk), _style(connection)), chunk)


def insert_heads(connection: Connection, rows: Sequence[tuple[str, int, int]]) -> None:
    """Write the heads of new conversations."""
    for chunk in _chunks(rows):
        columns = "conversation, seq, member_version"
        _run(connection, _insert_text("log_heads", columns, 3, len(chunk), _style(connection)), chunk)


def move_heads(connection: Connection, rows: Sequence[HeadRow]) -> None:
    """Move heads on, each from the seq that it is expected at; raises HeadMoved when one stands elsewhere."""
    for chunk in _chunks(rows):
        if _run(connection, _move_text(len(chunk), _style(connection)), chunk) != len(chunk):
            raise HeadMoved


def erase(
    connection: Connection, mark: str, at: int, conversation: str, target: str, target_seq: int, seq: int
) -> None:
    """Erase envelope and fingerprint of an event and of its edits below `seq`; `mark` is edited_at or deleted_at."""
    target_text, edits_text = _erase_texts(mark, _style(connection))
    _run(connection, target_text, [(at, conversation, target_seq)])
    _run(connection, edits_text, [(at, conversation, target, seq)])


def _run(connection: Connection, statement: str, rows: Sequence[Sequence[Any]]) -> int:
    """Run by the driver's own cursor, for SQLAlchemy's costs more than the statement, and return the row count."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement, tuple(chain.from_iterable(rows)))
        return cursor.rowcount
    finally:
        cursor.close()


def _chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    at = 0
    while at < len(rows):
        left = len(rows) - at
        size = left if left <= 16 else min(ROWS_MAX, 1 << (left.bit_length() - 1))
        yield rows if size == len(rows) else rows[at : at + size]
        at += size


def _style(connection: Connection) -> bool:
    return connection.dialect.paramstyle == "numeric_dollar"


@cache
def _insert_text(table: str, columns: str, width: int, count: int, numbered: bool) -> str:
    return f"INSERT INTO {table} ({columns}) VALUES {_tuples(['{}'] * width, count, numbered)}"  # noqa: S608


@cache
def _move_text(count: int, numbered: bool) -> str:
    if count == 1 and not numbered:
        # One row needs no join; the numbers are the places in a HeadRow.
        return "UPDATE log_heads SET seq = ?2, member_version = ?3 WHERE conversation = ?1 AND seq = ?4"
    wanted = _tuples(["{}", "CAST({} AS BIGINT)", "CAST({} AS BIGINT)", "CAST({} AS BIGINT)"], count, numbered)
    return (
        "UPDATE log_heads SET seq = moved.column2, member_version = moved.column3 "  # noqa: S608
        f"FROM (VALUES {wanted}) AS moved WHERE conversation = moved.column1 AND log_heads.seq = moved.column4"
    )


@cache
def _erase_texts(mark: str, numbered: bool) -> tuple[str, str]:
    a, b, c, d = [f"${number}" for number in range(1, 5)] if numbered else ["?"] * 4
    empty = "''::bytea" if numbered else "x''"
    start = f"UPDATE log_events SET envelope = NULL, fingerprint = {empty}, {mark} = {a} WHERE conversation = {b} AND "  # noqa: S608
    return (f"{start} seq = {c}", f"{start} kind = 'edit' AND target = {c} AND seq < {d}")


def _tuples(shapes: list[str], count: int, numbered: bool) -> str:
    """`count` tuples of placeholders: `?`, or `$1` and on where the driver numbers them."""
    width = len(shapes)
    return ", ".join(
        "("
        + ", ".join(shape.format(f"${row * width + at}" if numbered else "?") for at, shape in enumerate(shapes, 1))
        + ")"
        for row in range(count)
    )
