"""Blocks: who wants to hear nothing of whom."""

from sqlalchemy import Connection

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.auth import BlockAnswer, BlockPage
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import Clock
from secureconnect.services.auth.changes import ChangeFeed
from secureconnect.services.auth.cursors import cursor_of, place_of
from secureconnect.services.auth.friends import part
from secureconnect.services.auth.limits import AuthLimits
from secureconnect.services.auth.person import other_person, person, require_id
from secureconnect.services.auth.store import blocks as store
from secureconnect.services.auth.store import changes
from secureconnect.services.auth.store.accounts import AccountRow


class Blocks:
    """Blocks and unblocks; the one who is blocked is told nothing, the services are."""

    def __init__(self, sql: Sql, feed: ChangeFeed, clock: Clock, limits: AuthLimits) -> None:
        self._sql = sql
        self._feed = feed
        self._clock = clock
        self._limits = limits

    async def page(self, account: str, cursor: str | None, limit: int) -> BlockPage:
        """Whom the account blocks, newest first."""
        found = await self._sql.read(store.page, account, place_of(cursor), limit + 1)
        items = [BlockAnswer(person(row), since) for since, row in found[:limit]]
        if len(found) <= limit:
            return BlockPage(items, None)
        return BlockPage(items, cursor_of(items[-1].since, items[-1].account.id))

    async def block(self, account: str, other: str) -> tuple[BlockAnswer, bool]:
        """Block somebody, which ends a friendship; with whether it is new.

        Raises Fault(NOT_FOUND), Fault(INVALID) for oneself, Fault(AUTH_TOO_MANY).
        """
        now_ms = self._clock.now_ms()
        row, since, new = await self._feed.write(_block, account, require_id(other), now_ms, self._limits.blocks_max)
        return BlockAnswer(person(row), since), new

    async def unblock(self, account: str, other: str) -> None:
        """Take a block back; raises Fault(NOT_FOUND) when there is none."""
        await self._feed.write(_unblock, account, require_id(other), self._clock.now_ms())


def _block(connection: Connection, account: str, other: str, now_ms: int, most: int) -> tuple[AccountRow, int, bool]:
    row = other_person(connection, account, other)
    since = store.since(connection, account, other)
    if since is not None:
        return row, since, False
    if store.count(connection, account) >= most:
        raise Fault(Code.AUTH_TOO_MANY)
    store.add(connection, account, other, now_ms)
    part(connection, account, other, now_ms)
    changes.record(connection, now_ms, "blocks", account, other=other)
    return row, now_ms, True


def _unblock(connection: Connection, account: str, other: str, now_ms: int) -> None:
    if not store.remove(connection, account, other):
        raise Fault(Code.NOT_FOUND)
    changes.record(connection, now_ms, "blocks", account, other=other)
