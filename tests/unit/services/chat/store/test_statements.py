"""The statements of the hot path do in one step what they are for, however many rows there are."""

from pathlib import Path

import pytest
from sqlalchemy import Connection

from secureconnect.services.chat.store import statements
from secureconnect.services.chat.store.statements import insert_messages, move_heads, next_change
from tests.fixtures.chat import log_world

pytestmark = pytest.mark.anyio


async def test_change_numbers_only_grow(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        assert [await world.sql.write(next_change, count) for count in (1, 5, 1)] == [1, 6, 7]


async def test_a_head_moves_only_from_where_it_stands(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann")

        def move(connection: Connection, first_seq: int) -> dict[str, int]:
            return move_heads(
                connection, [("c", first_seq, first_seq + 1, 2, first_seq, 9, 1, 50), ("x", 1, 1, 0, 0, 0, 0, 51)]
            )

        assert await world.sql.write(move, 5) == {}
        assert await world.sql.write(move, 3) == {"c": 2}
        assert await world.sql.write(move, 3) == {}
        (row,) = await world.rows("SELECT * FROM conversations")
        assert (row["head_seq"], row["message_count"], row["last_message_seq"], row["change_no"]) == (4, 2, 3, 50)
        assert row["activity_at"] == world.clock.now_ms()


@pytest.mark.parametrize("count", [1, 16, 17, 64, 65, 300])
async def test_any_number_of_messages_is_written(count: int, tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:

        def write(connection: Connection) -> None:
            insert_messages(connection, [("c", seq, "ann", seq) for seq in range(1, count + 1)])

        await world.sql.write(write)
        (row,) = await world.rows("SELECT count(*) AS n, max(no) AS last FROM messages")
        assert (row["n"], row["last"]) == (count, count)


def test_placeholders_are_numbered_where_the_driver_wants_it() -> None:
    told = statements._tuples(["{}", "CAST({} AS BIGINT)"], 2, numbered=True)
    assert told == "($1, CAST($2 AS BIGINT)), ($3, CAST($4 AS BIGINT))"
