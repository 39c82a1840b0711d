"""A log is read from end to end, and one that is not dense is named."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, delete, insert, update

from secureconnect.backends.log.tables import events, heads, metadata
from secureconnect.backends.log.whole import all_events, event_count, uneven


@pytest.fixture
def connection() -> Iterator[Connection]:
    """A log of two conversations, of three events and of one."""
    engine = create_engine("sqlite://")
    with engine.begin() as opened:
        metadata.create_all(opened)
        for conversation, count in (("b", 1), ("a", 3)):
            opened.execute(insert(heads).values(conversation=conversation, seq=count, member_version=1))
            for seq in range(count, 0, -1):
                opened.execute(insert(events).values(
                    conversation=conversation, seq=seq, event_id=f"{conversation}{seq}", kind="message", sender="ada",
                    sent_at=1, body=b"{}", fingerprint=b"",
                ))  # fmt: skip
        yield opened
    engine.dispose()


def test_each_conversation_comes_together_and_ascending(connection: Connection) -> None:
    assert [event.event_id for event in all_events(connection)] == ["a1", "a2", "a3", "b1"]
    assert event_count(connection) == 4
    assert uneven(connection) == []


def test_a_log_with_a_hole_or_beyond_its_head_is_uneven(connection: Connection) -> None:
    connection.execute(delete(events).where(events.c.event_id == "a2"))
    assert uneven(connection) == ["a"]
    connection.execute(update(heads).where(heads.c.conversation == "b").values(seq=2))
    assert uneven(connection) == ["a", "b"]


def test_a_log_without_a_head_is_uneven(connection: Connection) -> None:
    connection.execute(delete(heads).where(heads.c.conversation == "b"))
    assert uneven(connection) == ["b"]
