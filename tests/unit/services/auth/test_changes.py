"""What changed is told in order, once it is committed, and at once."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from secureconnect.backends.sql.sqlite import SqliteSql
from secureconnect.contracts.peers import ChangesAsk
from secureconnect.kit.clock import ManualClock, SystemClock
from secureconnect.services.auth.changes import FIRST_MS, KEPT_MS, ChangeFeed
from secureconnect.services.auth.store import changes as store
from secureconnect.services.auth.store.tables import METADATA
from tests.fixtures.sql import open_sqlite

pytestmark = pytest.mark.anyio
NOW_MS = SystemClock().now_ms()


@pytest.fixture
async def sql(tmp_path: Path) -> AsyncGenerator[SqliteSql]:
    async with open_sqlite(tmp_path / "auth.sqlite", METADATA) as opened:
        yield opened


async def test_changes_come_in_the_order_of_their_acts_with_the_number_to_go_on_from(sql: SqliteSql) -> None:
    feed = ChangeFeed(sql, SystemClock())
    for account in ("a", "b", "c"):
        await feed.write(store.record, NOW_MS, "profile", account)
    first = await feed.answer(ChangesAsk(0, limit=2))
    rest = await feed.answer(ChangesAsk(first.last))
    assert [change.account for change in (*first.changes, *rest.changes)] == ["a", "b", "c"]
    assert [change.no for change in (*first.changes, *rest.changes)] == [1, 2, 3]
    assert rest.last == 3


async def test_a_change_of_an_act_that_failed_was_never_told(sql: SqliteSql) -> None:
    feed = ChangeFeed(sql, SystemClock())

    def fails(connection: object) -> None:
        store.record(connection, NOW_MS, "profile", "a")  # type: ignore[arg-type]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await feed.write(fails)
    assert await feed.answer(ChangesAsk(None)) == await feed.answer(ChangesAsk(0))
    assert (await feed.answer(ChangesAsk(0))).changes == []


async def test_who_waits_is_woken_by_the_act_and_not_by_the_next_look(sql: SqliteSql) -> None:
    feed = ChangeFeed(sql, SystemClock(), poll_s=20)
    waiting = asyncio.create_task(feed.answer(ChangesAsk(0, wait_ms=20_000)))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await feed.write(store.record, NOW_MS, "session_ended", "a", "s")
    told = await asyncio.wait_for(waiting, 2)
    assert [(change.kind, change.session) for change in told.changes] == [("session_ended", "s")]


async def test_an_act_of_another_process_is_found_by_looking(sql: SqliteSql) -> None:
    feed = ChangeFeed(sql, SystemClock(), poll_s=0.02)
    waiting = asyncio.create_task(feed.answer(ChangesAsk(0, wait_ms=20_000)))
    await asyncio.sleep(0.05)
    await sql.write(store.record, NOW_MS, "role", "a")
    assert len((await asyncio.wait_for(waiting, 2)).changes) == 1


async def test_without_a_change_the_answer_comes_empty_after_the_wait(sql: SqliteSql) -> None:
    feed = ChangeFeed(sql, SystemClock(), poll_s=0.01)
    told = await asyncio.wait_for(feed.answer(ChangesAsk(0, wait_ms=50)), 2)
    assert (told.changes, told.last) == ([], 0)


async def test_the_first_question_gets_ten_minutes_and_no_more(sql: SqliteSql) -> None:
    clock = ManualClock(NOW_MS)
    feed = ChangeFeed(sql, clock)
    for age_ms in (FIRST_MS + 1000, FIRST_MS - 1000, 0):
        await feed.write(store.record, NOW_MS - age_ms, "session_ended", "a", str(age_ms))
    told = await feed.answer(ChangesAsk(None))
    assert [change.no for change in told.changes] == [2, 3]


async def test_a_number_from_before_a_restore_is_answered_as_the_first_question(sql: SqliteSql) -> None:
    feed = ChangeFeed(sql, SystemClock())
    await feed.write(store.record, NOW_MS, "role", "a")
    told = await asyncio.wait_for(feed.answer(ChangesAsk(99, wait_ms=20_000)), 2)
    assert (len(told.changes), told.last) == (1, 1)


async def test_old_changes_go_and_numbers_are_not_given_again(sql: SqliteSql) -> None:
    clock = ManualClock(NOW_MS)
    feed = ChangeFeed(sql, clock)
    await feed.write(store.record, NOW_MS - KEPT_MS - 1, "role", "a")
    assert await feed.forget_old() == 1
    await feed.write(store.record, NOW_MS, "role", "a")
    assert [change.no for change in (await feed.answer(ChangesAsk(0))).changes] == [2]
