"""People are found by ranges over indexes, and what a closed one said is emptied."""

import pytest
from sqlalchemy import Connection, text

from secureconnect.backends.sql.sqlite import SqliteSql
from secureconnect.services.auth.store import accounts, blocks, people
from tests.unit.services.auth.store.conftest import Account

pytestmark = pytest.mark.anyio


async def test_a_search_uses_indexes_and_reads_no_whole_table(sql: SqliteSql) -> None:
    def plan(connection: Connection) -> str:
        query = (
            "EXPLAIN QUERY PLAN SELECT * FROM accounts WHERE "
            "username_key BETWEEN 'a' AND 'b' OR display_key BETWEEN 'a' AND 'b'"
        )
        return "\n".join(str(row) for row in connection.execute(text(query)))

    assert "SCAN" not in await sql.read(plan)


async def test_of_several_only_usable_ones_who_are_not_blocked_either_way_are_found(
    sql: SqliteSql, account: Account
) -> None:
    rows = [
        account("anna"),
        account("annb", disabled_at=1),
        account("annc", closed_at=1),
        account("annd"),
        account("anne"),
        account("zoe", display_name="z", display_key="ann"),
        account("bert", display_name="b"),
    ]
    for row in rows:
        await sql.write(accounts.add, row)
    await sql.write(blocks.add, "bert", "annd", 1)
    await sql.write(blocks.add, "anne", "bert", 1)
    found = await sql.read(people.search, "bert", "ann", None, 10)
    assert [row.id for row in found] == ["anna", "zoe"]
    assert [row.id for row in await sql.read(people.search, "bert", "ann", "anna", 10)] == ["zoe"]
    assert len(await sql.read(people.search, "bert", "ann", None, 1)) == 1


async def test_signs_of_patterns_mean_themselves(sql: SqliteSql, account: Account) -> None:
    await sql.write(accounts.add, account("anna"))
    for prefix in ("%", "_", "a%", "*", "["):
        assert await sql.read(people.search, "x", prefix, None, 10) == []


async def test_a_closed_account_takes_no_picture(sql: SqliteSql, account: Account) -> None:
    await sql.write(accounts.add, account("anna", display_name="Anna"))
    assert await sql.write(people.set_picture, "anna", "p-1")
    await sql.write(people.empty, "anna", 5)
    assert not await sql.write(people.set_picture, "anna", "p-2")
    row = await sql.read(accounts.by_id, "anna")
    assert row is not None
    assert (row.username, row.display_name, row.picture, row.closed_at) == ("", "", None, 5)
    assert (row.username_key, row.skeleton) == ("anna", account("anna").skeleton)
