"""Kept answers last their time and no longer, by account and key, and old ones are swept a few at a time."""

import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection, MetaData, func, insert, select

from secureconnect.backends.sql.sqlite import SqliteSql
from secureconnect.edge.idempotency import KEPT_MS, RUNNING_MS, KeptAnswer
from secureconnect.edge.kept import SWEEP_ROWS_MAX, SqlKeptAnswers, kept_answers_table
from secureconnect.kit.clock import ManualClock
from tests.fixtures.sql import open_sqlite

pytestmark = pytest.mark.anyio
METADATA = MetaData()
TABLE = kept_answers_table(METADATA)
ANSWER = KeptAnswer(b"print", 201, [(b"location", b"/v1/x")], b'{"a":1}')
RUNNING = KeptAnswer(b"print", 0)


@dataclass
class House:
    """Kept answers on a real database, with a clock to turn."""

    answers: SqlKeptAnswers
    clock: ManualClock
    sql: SqliteSql

    async def begin(self, account: str = "anna", key: str = "k") -> KeptAnswer | None:
        return await self.answers.begin(account, key, b"print", RUNNING_MS)

    async def finish(self) -> None:
        await self.answers.finish("anna", "k", ANSWER, KEPT_MS)

    async def rows(self) -> int:
        return await self.sql.read(count)


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(TABLE)).scalar_one()


def fill(connection: Connection, rows: int, expires_at: int) -> None:
    connection.execute(
        insert(TABLE),
        [{"account": "old", "key": f"{number}", "answer": b"", "expires_at": expires_at} for number in range(rows)],
    )


@asynccontextmanager
async def house(tmp_path: Path) -> AsyncGenerator[House]:
    clock = ManualClock()
    async with open_sqlite(tmp_path / "chat.db", METADATA) as sql:
        yield House(SqlKeptAnswers(sql, clock), clock, sql)


async def test_a_key_is_taken_by_the_first_and_holds_its_answer_for_a_day(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        assert await one.begin() is None
        assert await one.begin() == RUNNING
        await one.finish()
        assert await one.begin() == ANSWER
        one.clock.advance_s(KEPT_MS / 1000 - 1)
        assert await one.begin() == ANSWER
        one.clock.advance_s(1)
        assert await one.begin() is None
        assert await one.begin() == RUNNING


async def test_a_request_that_died_holds_its_key_for_a_minute(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        assert await one.begin() is None
        one.clock.advance_s(RUNNING_MS / 1000 - 1)
        assert await one.begin() == RUNNING
        one.clock.advance_s(1)
        assert await one.begin() is None


async def test_a_released_key_is_free_and_others_are_not_touched(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        for account, key in (("anna", "k"), ("anna", "l"), ("ben", "k")):
            assert await one.begin(account, key) is None
        await one.answers.release("anna", "k")
        assert await one.begin("anna", "k") is None
        assert await one.begin("anna", "l") == RUNNING
        assert await one.begin("ben", "k") == RUNNING


async def test_answers_stand_after_the_database_was_opened_anew(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        await one.begin()
        await one.finish()
    async with house(tmp_path) as again:
        assert await again.begin() == ANSWER


async def test_each_new_key_sweeps_some_of_what_is_over_and_nothing_else(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        await one.begin()
        await one.finish()
        await one.sql.write(fill, 2 * SWEEP_ROWS_MAX + 50, one.clock.now_ms())
        left = [await one.rows()]
        for number in range(3):
            assert await one.begin("ben", f"{number}") is None
            left.append(await one.rows())
        assert [before - after for before, after in itertools.pairwise(left)] == [
            SWEEP_ROWS_MAX - 1,
            SWEEP_ROWS_MAX - 1,
            49,
        ]
        assert await one.begin() == ANSWER
