"""Administrators' rows: pages, figures, and whether one of them would stay."""

import pytest

from secureconnect.backends.sql.sqlite import SqliteSql
from secureconnect.services.auth.store import accounts, administration
from secureconnect.services.auth.store.administration import Figures
from tests.unit.services.auth.store.conftest import Account

pytestmark = pytest.mark.anyio


async def test_pages_are_newest_first_also_within_one_millisecond(sql: SqliteSql, account: Account) -> None:
    for name, created_at in (("a", 1), ("b", 2), ("c", 2), ("d", 3)):
        await sql.write(accounts.add, account(name, created_at=created_at))
    first = await sql.read(administration.page, None, None, 2)
    last = first[-1][0]
    rest = await sql.read(administration.page, None, (last.created_at, last.id), 10)
    assert [row.id for row, _ in (*first, *rest)] == ["d", "c", "b", "a"]


async def test_only_open_accounts_are_found_by_a_prefix(sql: SqliteSql, account: Account) -> None:
    await sql.write(accounts.add, account("anna"))
    await sql.write(accounts.add, account("anne", closed_at=1))
    await sql.write(accounts.add, account("bert", email_key="ann@example.org"))
    found = await sql.read(administration.page, "ann", None, 10)
    assert sorted(row.id for row, _ in found) == ["anna", "bert"]


async def test_another_administrator_counts_only_while_usable(sql: SqliteSql, account: Account) -> None:
    await sql.write(accounts.add, account("anna", admin=True))
    await sql.write(accounts.add, account("bert", admin=True, disabled_at=1))
    await sql.write(accounts.add, account("cleo", admin=True, closed_at=1))
    assert not await sql.read(administration.another_admin, "anna")
    await sql.write(administration.set_disabled, "bert", None)
    assert await sql.read(administration.another_admin, "anna")


async def test_figures_count_open_accounts(sql: SqliteSql, account: Account) -> None:
    await sql.write(accounts.add, account("anna"))
    await sql.write(accounts.add, account("bert", disabled_at=1))
    await sql.write(accounts.add, account("cleo", closed_at=1, disabled_at=1))
    assert await sql.read(administration.figures) == Figures(2, 1, 0)
    assert await sql.read(administration.find, "nobody") is None
