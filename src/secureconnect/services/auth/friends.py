"""Friendships: asked for by one, accepted by the other, ended by either."""

from dataclasses import dataclass
from enum import Enum

from sqlalchemy import Connection

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.auth import FriendAnswer, FriendPage
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import Clock
from secureconnect.services.auth.changes import ChangeFeed
from secureconnect.services.auth.cursors import cursor_of, place_of
from secureconnect.services.auth.limits import AuthLimits
from secureconnect.services.auth.person import other_person, person, require_id
from secureconnect.services.auth.store import blocks, changes
from secureconnect.services.auth.store import friends as store
from secureconnect.services.auth.store.accounts import AccountRow
from secureconnect.services.auth.store.friends import FriendRow


class State(Enum):
    """How one side of a friendship stands: it asked, it was asked, they are friends."""

    ASKED = "asked"
    ASKING = "asking"
    FRIENDS = "friends"


@dataclass(frozen=True)
class Asked:
    """The asker's side, the other's account, and whether it is new."""

    side: FriendRow
    other: AccountRow
    new: bool


class Friends:
    """Asks, accepts and ends; one whom the other blocks is answered like anybody, and the other is shown nothing."""

    def __init__(self, sql: Sql, feed: ChangeFeed, clock: Clock, limits: AuthLimits) -> None:
        self._sql = sql
        self._feed = feed
        self._clock = clock
        self._limits = limits

    async def page(self, account: str, cursor: str | None, limit: int) -> FriendPage:
        """Friends, those who asked and those who were asked, newest first."""
        found = await self._sql.read(store.page, account, place_of(cursor), limit + 1)
        last = found[limit - 1][0] if len(found) > limit else None
        items = [_answer(side, other) for side, other in found[:limit]]
        return FriendPage(items, cursor_of(last.since, last.other) if last is not None else None)

    async def ask(self, account: str, other: str) -> tuple[FriendAnswer, bool]:
        """Ask somebody to be friends, or accept when they asked first; with whether something new stands.

        Raises Fault(NOT_FOUND), Fault(INVALID) for oneself, Fault(CONFLICT) for somebody whom one blocks, and
        Fault(AUTH_TOO_MANY).
        """
        now_ms = self._clock.now_ms()
        asked = await self._feed.write(_ask, account, require_id(other), now_ms, self._limits.friends_max)
        return _answer(asked.side, asked.other), asked.new

    async def accept(self, account: str, other: str) -> FriendAnswer:
        """Accept somebody who asked; raises Fault(NOT_FOUND) when they did not, or no longer do."""
        asked = await self._feed.write(_accept, account, require_id(other), self._clock.now_ms())
        return _answer(asked.side, asked.other)

    async def end(self, account: str, other: str) -> None:
        """End a friendship, take back an asking, or refuse one; raises Fault(NOT_FOUND) when there is none."""
        await self._feed.write(_end, account, require_id(other), self._clock.now_ms())


def part(connection: Connection, account: str, other: str, now_ms: int) -> None:
    """End what stands between an account and one whom it blocks now, in the block's transaction.

    What the other asked stays on the other's side alone, so that the block does not show.
    """
    mine = store.remove(connection, account, other)
    theirs = store.find(connection, other, account)
    shows = theirs is not None and theirs.state != State.ASKED.value
    if shows:
        store.remove(connection, other, account)
    if mine or shows:
        changes.record(connection, now_ms, "friends", account, other=other if shows else None)


def _ask(connection: Connection, account: str, other: str, now_ms: int, most: int) -> Asked:
    row = other_person(connection, account, other)
    mine, theirs = store.find(connection, account, other), store.find(connection, other, account)
    if mine is not None and mine.state == State.FRIENDS.value:
        return Asked(mine, row, new=False)
    if blocks.since(connection, account, other) is not None:
        raise Fault(Code.CONFLICT, "You block this person; take the block back first.")
    if theirs is not None and theirs.state == State.ASKED.value:
        return Asked(_befriend(connection, account, other, now_ms), row, new=mine is None)
    for side in (account, other):
        if mine is None and store.count(connection, side) >= most:
            raise Fault(Code.AUTH_TOO_MANY)
    hidden = blocks.since(connection, other, account) is not None
    if mine is not None and (hidden or theirs is not None):
        return Asked(mine, row, new=False)
    side = mine or FriendRow(account, other, State.ASKED.value, now_ms)
    store.put(connection, side)
    if not hidden:
        store.put(connection, FriendRow(other, account, State.ASKING.value, now_ms))
    changes.record(connection, now_ms, "friends", account, other=None if hidden else other)
    return Asked(side, row, new=mine is None)


def _accept(connection: Connection, account: str, other: str, now_ms: int) -> Asked:
    row = other_person(connection, account, other)
    mine = store.find(connection, account, other)
    if mine is None or mine.state == State.ASKED.value:
        raise Fault(Code.NOT_FOUND)
    if mine.state == State.FRIENDS.value:
        return Asked(mine, row, new=False)
    return Asked(_befriend(connection, account, other, now_ms), row, new=True)


def _befriend(connection: Connection, account: str, other: str, now_ms: int) -> FriendRow:
    mine = FriendRow(account, other, State.FRIENDS.value, now_ms)
    store.put(connection, mine)
    store.put(connection, FriendRow(other, account, State.FRIENDS.value, now_ms))
    changes.record(connection, now_ms, "friends", account, other=other)
    return mine


def _end(connection: Connection, account: str, other: str, now_ms: int) -> None:
    if not store.remove(connection, account, other):
        raise Fault(Code.NOT_FOUND)
    shows = store.remove(connection, other, account)
    changes.record(connection, now_ms, "friends", account, other=other if shows else None)


def _answer(side: FriendRow, other: AccountRow) -> FriendAnswer:
    return FriendAnswer(person(other), State(side.state).value, side.since)
