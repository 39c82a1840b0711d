"""Statements of the hot path as text: made once for each number of rows, run with one step of the driver."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection

Row = TypeVar("Row", bound=Sequence[Any])
ROWS_MAX = 64
"""Rows of one statement; sizes are exact up to 16 and powers of two above, so that few texts are made."""

MessageRow = tuple[str, int, str, int]
"""Conversation, seq, sender, and the message's number in the conversation."""

HeadRow = tuple[str, int, int, int, int, int, int, int]
"""Conversation, the first seq that is applied, the last, how many messages, the seq of the last message (0: none), the
latest time of activity (0: none), how many changes of the membership, and the change number."""

_NEXT = "UPDATE change_numbers SET last_no = last_no + {0} WHERE id = 1 RETURNING last_no"
_BEGIN = "INSERT INTO change_numbers (id, last_no) VALUES (1, {0}) ON CONFLICT (id) DO NOTHING"
_HEADS = (
    "UPDATE conversations SET head_seq = moved.column3, message_count = message_count + moved.column4, "
    "last_message_seq = CASE WHEN moved.column5 = 0 THEN last_message_seq ELSE moved.column5 END, "
    "activity_at = CASE WHEN moved.column6 > activity_at THEN moved.column6 ELSE activity_at END, "
    "member_version = member_version + moved.column7, change_no = moved.column8 FROM (VALUES {0}) AS moved "
    "WHERE conversations.id = moved.column1 AND conversations.head_seq = moved.column2 - 1 "
    "RETURNING conversations.id, conversations.message_count"
)
_ONE_HEAD = (
    "UPDATE conversations SET head_seq = ?3, message_count = message_count + ?4, "
    "last_message_seq = CASE WHEN ?5 = 0 THEN last_message_seq ELSE ?5 END, "
    "activity_at = CASE WHEN ?6 > activity_at THEN ?6 ELSE activity_at END, "
    "member_version = member_version + ?7, change_no = ?8 "
    "WHERE id = ?1 AND head_seq = ?2 - 1 RETURNING id, message_count"
)
"""One row needs no join; the numbers are the places in a HeadRow."""
_MESSAGES = "INSERT INTO messages (conversation, seq, sender, no) VALUES {0}"


def next_change(connection: Connection, count: int = 1) -> int:
    """Take the next `count` change numbers, in the order of commits, and return the last of them."""
    statement = _single(_NEXT, _numbered(connection))
    rows = _returned(connection, statement, (count,))
    if not rows:
        _run(connection, _single(_BEGIN, _numbered(connection)), (0,))
        rows = _returned(connection, statement, (count,))
    if not rows:
        raise LookupError("no change number could be taken")
    return rows[0][0]


def move_heads(connection: Connection, rows: Sequence[HeadRow]) -> dict[str, int]:
    """Apply what a batch brought to each conversation; return the messages now in each that was not applied before."""
    moved: dict[str, int] = {}
    for chunk in _chunks(rows):
        statement = _heads_text(len(chunk), _numbered(connection))
        moved.update(_returned(connection, statement, _flat(chunk)))
    return moved


def insert_messages(connection: Connection, rows: Sequence[MessageRow]) -> None:
    """Write one row for each new message."""
    for chunk in _chunks(rows):
        _run(connection, _messages_text(len(chunk), _numbered(connection)), _flat(chunk))


def _run(connection: Connection, statement: str, values: Sequence[Any]) -> None:
    """Run by the driver's own cursor, for SQLAlchemy's costs more than the statement."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement, values)
    finally:
        cursor.close()


def _returned(connection: Connection, statement: str, values: Sequence[Any]) -> Sequence[Any]:
    """Like `_run`, with the rows that the statement returns."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement, values)
        return cursor.fetchall()
    finally:
        cursor.close()


def _flat(rows: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
    return tuple(value for row in rows for value in row)


def _chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    at = 0
    while at < len(rows):
        left = len(rows) - at
        size = left if left <= 16 else min(ROWS_MAX, 1 << (left.bit_length() - 1))
        yield rows if size == len(rows) else rows[at : at + size]
        at += size


def _numbered(connection: Connection) -> bool:
    return connection.dialect.paramstyle == "numeric_dollar"


@cache
def _single(statement: str, numbered: bool) -> str:
    return statement.format("$1" if numbered else "?")


@cache
def _heads_text(count: int, numbered: bool) -> str:
    if count == 1 and not numbered:
        return _ONE_HEAD
    return _HEADS.format(_tuples(["{}", *["CAST({} AS BIGINT)"] * 7], count, numbered))


@cache
def _messages_text(count: int, numbered: bool) -> str:
    return _MESSAGES.format(_tuples(["{}"] * 4, count, numbered))


def _tuples(shapes: list[str], count: int, numbered: bool) -> str:
    """`count` tuples of placeholders: `?`, or `$1` and on where the driver numbers them."""
    width = len(shapes)
    tuples = (
        ", ".join(shape.format(f"${row * width + at}" if numbered else "?") for at, shape in enumerate(shapes, start=1))
        for row in range(count)
    )
    return ", ".join(f"({each})" for each in tuples)
