"""The rows of sessions: one advance at a time, ended once, forgotten later."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from secureconnect.backends.sql.sqlite import SqliteSql
from secureconnect.services.auth.accounts import keep_account, new_account
from secureconnect.services.auth.store import changes, push
from secureconnect.services.auth.store import sessions as store
from secureconnect.services.auth.store.sessions import DeviceRow, SessionRow
from secureconnect.services.auth.store.tables import METADATA, devices, push_addresses
from secureconnect.services.auth.usernames import enforce
from tests.fixtures.sql import open_sqlite

pytestmark = pytest.mark.anyio
ROW = SessionRow("s1", "anna", "d1", 100, 100, 1000, None, 100, b"k" * 32, 0, b"h0", None)
DEVICE = DeviceRow("d1", "anna", "Laptop", "desktop", 100)


def add(connection: Connection, number: int, used: int = 100, account: str = "anna") -> None:
    row = replace(ROW, id=f"s{number}", device=f"d{number}", last_used_at=used, account=account)
    store.add(connection, row, replace(DEVICE, id=f"d{number}", account=account))


def seed(connection: Connection) -> None:
    for name in ("anna", "berta"):
        keep_account(connection, new_account(name, enforce(name), name, None, 1))
    for number in range(1, 6):
        add(connection, number, used=100 + number)
    add(connection, 9, account="berta")


@pytest.fixture
async def sql(tmp_path: Path) -> AsyncGenerator[SqliteSql]:
    async with open_sqlite(tmp_path / "auth.db", METADATA) as opened:
        await opened.write(seed)
        yield opened


async def test_a_session_comes_back_with_its_device(sql: SqliteSql) -> None:
    held = await sql.read(store.by_id, "s1")
    assert held is not None
    assert (held.session, held.device) == (replace(ROW, last_used_at=101), DEVICE)
    assert await sql.read(store.by_id, "unknown") is None


async def test_of_two_advances_from_one_token_one_happens(sql: SqliteSql) -> None:
    first = [await sql.write(store.advance, ROW, token, 200, 500, 900) for token in (b"h1", b"other")]
    assert first == [True, False]
    held = await sql.read(store.by_id, "s1")
    assert held is not None
    row = held.session
    assert (row.current_hash, row.previous_hash, row.generation, row.last_used_at) == (b"h1", b"h0", 1, 200)
    assert row.expires_at == 700
    assert await sql.write(store.advance, row, b"h2", 600, 500, 900)
    later = await sql.read(store.by_id, "s1")
    assert later is not None
    assert later.session.expires_at == 900


async def test_ending_is_done_once_told_once_and_never_to_others(sql: SqliteSql) -> None:
    await sql.write(push.put, "s1", "anna", "d1", "fcm", "{}", 1)
    assert await sql.write(store.end, 300, "berta", ["s1", "s2"]) == []
    assert sorted(await sql.write(store.end, 300, "anna", ["s1", "s2", "s9", "unknown"])) == ["s1", "s2"]
    assert await sql.write(store.end, 301, "anna", ["s1", "s2"]) == []
    told = await sql.read(changes.after, 0, 100)
    assert [(each.kind, each.session) for each in told] == [
        ("session_ended", "s1"),
        ("session_ended", "s2"),
        ("sessions", None),
    ]
    rows = await sql.read(lambda connection: connection.execute(push_addresses.select()).all())
    assert rows == []
    assert not await sql.write(store.advance, ROW, b"h1", 400, 500, 900)
    assert not await sql.write(push.put, "s1", "anna", "d1", "fcm", "{}", 1)


async def test_all_but_one_end_and_the_page_shows_what_holds(sql: SqliteSql) -> None:
    assert sorted(await sql.write(store.end_all, 300, "anna", "s3")) == ["s1", "s2", "s4", "s5"]
    assert [held.session.id for held in await sql.read(store.of_account, "anna", None, 10)] == ["s3"]
    assert [held.session.id for held in await sql.read(store.of_account, "berta", None, 10)] == ["s9"]


async def test_pages_go_downwards_and_the_excess_is_the_least_recently_used(sql: SqliteSql) -> None:
    first = await sql.read(store.of_account, "anna", None, 2)
    rest = await sql.read(store.of_account, "anna", first[-1].session.id, 10)
    assert [held.session.id for held in (*first, *rest)] == ["s5", "s4", "s3", "s2", "s1"]
    assert await sql.read(store.excess, "anna", 3) == ["s2", "s1"]
    assert await sql.read(store.excess, "anna", 5) == []


async def test_what_ended_long_ago_is_forgotten_with_its_device(sql: SqliteSql) -> None:
    assert await sql.write(store.end_expired, 1000, 4) == 4
    assert await sql.write(store.end_expired, 1000, 10) == 2
    assert await sql.write(store.forget_ended, 1000, 10) == 0
    assert await sql.write(store.forget_ended, 1001, 10) == 6
    assert await sql.read(lambda connection: connection.execute(devices.select()).all()) == []
