"""The rows of invites: open ones are counted, used ones run out, expired ones go."""

import pytest

from secureconnect.backends.sql.sqlite import SqliteSql
from secureconnect.services.auth.store import accounts, invites
from secureconnect.services.auth.store.invites import InviteRow
from tests.unit.services.auth.store.conftest import Account

pytestmark = pytest.mark.anyio


def invite(name: str, uses: int = 1, expires_at: int = 100, inviter: str = "anna") -> InviteRow:
    """An invite whose hash is its name."""
    return InviteRow(name, name.encode(), inviter, uses, '["c-1"]', 1, expires_at)


async def test_an_invite_is_used_as_often_as_it_says_and_not_after_its_time(sql: SqliteSql, account: Account) -> None:
    await sql.write(accounts.add, account("anna"))
    await sql.write(invites.add, invite("i-1", uses=2))
    used = [await sql.write(invites.use, b"i-1", now_ms) for now_ms in (99, 99, 99)]
    assert [each is not None for each in used] == [True, True, False]
    await sql.write(invites.add, invite("i-2"))
    assert await sql.write(invites.use, b"i-2", 100) is None


async def test_only_open_ones_count_and_only_own_ones_go(sql: SqliteSql, account: Account) -> None:
    await sql.write(accounts.add, account("anna"))
    await sql.write(accounts.add, account("bert"))
    for row in (invite("i-1"), invite("i-2", uses=0), invite("i-3", expires_at=5), invite("i-4", inviter="bert")):
        await sql.write(invites.add, row)
    assert await sql.read(invites.count_open, "anna", 50) == 1
    assert [row.id for row in await sql.read(invites.page, "anna", 50, None, 10)] == ["i-2", "i-1"]
    assert [row.id for row in await sql.read(invites.page, "anna", 50, "i-2", 10)] == ["i-1"]
    assert not await sql.write(invites.remove, "anna", "i-4")
    assert await sql.write(invites.forget_expired, 50) == 1
    await sql.write(invites.remove_all, "anna")
    assert await sql.read(invites.count_open, "bert", 50) == 1
    assert await sql.read(invites.page, "anna", 0, None, 10) == []
