"""What changed of accounts, told to every service that follows: ended sessions, disabled accounts, blocks, profiles."""

import asyncio
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.peers import Changes, ChangesAsk
from secureconnect.kit.clock import Clock
from secureconnect.services.auth.store import changes as store

P = ParamSpec("P")
T = TypeVar("T")

FIRST_MS = 10 * 60 * 1000
KEPT_MS = 7 * 24 * 3600 * 1000
WAIT_MS_MAX = 30_000
LIMIT_MAX = 1000
POLL_S = 0.5


class ChangeFeed:
    """Answers who asks for changes, and wakes those who wait as soon as an act of this process was committed.

    Acts of other auth processes on the same database are found by looking every `poll_s`.
    """

    def __init__(self, sql: Sql, clock: Clock, poll_s: float = POLL_S) -> None:
        self._sql = sql
        self._clock = clock
        self._poll_s = poll_s
        self._written = asyncio.Event()
        self._released = False

    async def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Sql.write for work that may record changes (store.changes.record): those who wait are woken after it."""
        try:
            return await self._sql.write(work, *args, **kwargs)
        finally:
            self.wake()

    def wake(self) -> None:
        """Let those who wait look again."""
        self._written.set()
        self._written = asyncio.Event()

    async def release(self) -> None:
        """Let everybody who waits go with what there is, and let nobody wait any more: the node stops."""
        self._released = True
        self.wake()

    async def answer(self, ask: ChangesAsk) -> Changes:
        """The changes above `ask.after`, waiting up to `ask.wait_ms` for one; those of ten minutes when it is None.

        A number above the newest (the database was restored to an earlier point) is taken as None.
        """
        deadline_s = self._clock.monotonic_s() + min(max(ask.wait_ms, 0), WAIT_MS_MAX) / 1000
        while True:
            written = self._written
            found = await self._sql.read(_above, ask.after, self._clock.now_ms(), min(max(ask.limit, 1), LIMIT_MAX))
            left_s = deadline_s - self._clock.monotonic_s()
            if found.changes or ask.after is None or found.last != ask.after or left_s <= 0 or self._released:
                return found
            try:
                await asyncio.wait_for(written.wait(), min(left_s, self._poll_s))
            except TimeoutError:
                pass

    async def forget_old(self, limit: int = LIMIT_MAX) -> int:
        """Delete what is older than a week; returns how many rows went."""
        return await self._sql.write(store.forget, self._clock.now_ms() - KEPT_MS, limit)


def _above(connection: Connection, after: int | None, now_ms: int, limit: int) -> Changes:
    head = store.head(connection)
    if after is None or after > head:
        after = store.before_time(connection, now_ms - FIRST_MS)
    elif after == head:
        return Changes([], head)
    changes = store.after(connection, after, limit)
    return Changes(changes, changes[-1].no if changes else head)
