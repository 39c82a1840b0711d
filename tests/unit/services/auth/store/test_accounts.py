"""The rows of accounts: found in every way they are asked for, and names given once."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from secureconnect.backends.sql.sqlite import SqliteSql
from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.auth.accounts import keep_account, new_account
from secureconnect.services.auth.store import accounts as store
from secureconnect.services.auth.store.tables import METADATA
from secureconnect.services.auth.usernames import enforce
from tests.fixtures.sql import open_sqlite

pytestmark = pytest.mark.anyio
ANNA = new_account("a", enforce("anna"), "Anna", "hash", 1)
BERTA = new_account("b", enforce("berta"), "Berta", None, 2)


def seed(connection: Connection) -> None:
    keep_account(connection, ANNA)
    keep_account(connection, BERTA)


@pytest.fixture
async def sql(tmp_path: Path) -> AsyncGenerator[SqliteSql]:
    async with open_sqlite(tmp_path / "auth.db", METADATA) as opened:
        await opened.write(seed)
        yield opened


async def test_an_account_is_found_by_id_and_name(sql: SqliteSql) -> None:
    assert await sql.read(store.by_id, "a") == ANNA
    assert await sql.read(store.by_key, "berta") == BERTA
    assert await sql.read(store.by_id, "unknown") is None
    assert await sql.read(store.by_key, "") is None
    assert {row.id for row in await sql.read(store.by_ids, ["a", "b", "c"])} == {"a", "b"}
    assert await sql.read(store.by_ids, []) == []


async def test_a_name_and_what_is_read_like_it_are_taken(sql: SqliteSql) -> None:
    assert await sql.read(store.name_taken, "anna", "other")
    assert await sql.read(store.name_taken, "other", "anna")
    assert not await sql.read(store.name_taken, "carla", "carla")
    for row in (replace(ANNA, id="c"), replace(ANNA, id="c", username_key="other")):
        with pytest.raises(Fault) as caught:
            await sql.write(keep_account, row)
        assert caught.value.code is Code.AUTH_USERNAME_TAKEN
        with pytest.raises(IntegrityError):
            await sql.write(store.add, row)


async def test_only_a_verified_address_is_written_to_and_found(sql: SqliteSql) -> None:
    await sql.write(store.set_pending_email, "a", "anna@x.de")
    row = await sql.read(store.by_id, "a")
    assert row is not None
    assert (row.mail_to, row.pending_email) == (None, "anna@x.de")
    await sql.write(store.set_email, "a", "anna@x.de", "anna@x.de")
    found = await sql.read(store.by_email, "anna@x.de")
    assert [(row.id, row.mail_to, row.pending_email) for row in found] == [("a", "anna@x.de", None)]
    await sql.write(store.set_email, "a", None, None)
    assert await sql.read(store.by_email, "anna@x.de") == []


async def test_a_password_is_made_anew_unless_it_was_changed_meanwhile(sql: SqliteSql) -> None:
    await sql.write(store.set_password, "a", "changed")
    await sql.write(store.rehash, "a", "hash", "stale")
    await sql.write(store.rehash, "a", "changed", "fresh")
    row = await sql.read(store.by_id, "a")
    assert row is not None
    assert row.password_hash == "fresh"


async def test_an_administrator_stands_until_the_account_is_closed(sql: SqliteSql) -> None:
    assert not await sql.read(store.has_admin)
    await sql.write(lambda connection: connection.exec_driver_sql("UPDATE accounts SET admin = 1, disabled_at = 1"))
    assert await sql.read(store.has_admin)
    await sql.write(lambda connection: connection.exec_driver_sql("UPDATE accounts SET closed_at = 1"))
    assert not await sql.read(store.has_admin)


async def test_the_last_use_is_noted(sql: SqliteSql) -> None:
    await sql.write(store.touch, "a", 77)
    row = await sql.read(store.by_id, "a")
    assert row is not None
    assert (row.last_used_at, row.usable) == (77, True)
