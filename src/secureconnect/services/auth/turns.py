"""Whose turn it is: a bounded number work at once, and those who wait are served in turn by where they come from."""

import asyncio
from collections import OrderedDict, deque

from secureconnect.contracts.errors import Code, Fault

BUSY_RETRY_MS = 2000


class Turns:
    """At most `working_max` at once and `waiting_max` in the queue, each at most `wait_s`.

    Those who wait are served round robin by their key, so that a burst from one address delays others by one turn each.
    When the queue is full, whoever came last of the longest line gives way.
    """

    def __init__(self, working_max: int, waiting_max: int, wait_s: float) -> None:
        self._free = working_max
        self._waiting_max = waiting_max
        self._wait_s = wait_s
        self._lines: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self.waiting = 0

    async def take(self, key: str) -> None:
        """Wait for a turn; each one that was taken is given back once. Raises Fault(AUTH_BUSY) when too many wait."""
        if self._free > 0 and not self._lines:
            self._free -= 1
            return
        if self.waiting >= self._waiting_max:
            self._make_room(key)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(key, deque()).append(future)
        self.waiting += 1
        try:
            await asyncio.wait_for(future, self._wait_s)
        except TimeoutError:
            self._leave(key, future)
            raise _busy() from None
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                self.give()
            else:
                self._leave(key, future)
            raise

    def _make_room(self, key: str) -> None:
        longest = max(self._lines, key=lambda each: len(self._lines[each]), default=key)
        if len(self._lines.get(longest, ())) <= len(self._lines.get(key, ())) + 1:
            raise _busy()
        last = self._lines[longest][-1]
        self._leave(longest, last)
        if not last.done():
            last.set_exception(_busy())

    def _leave(self, key: str, future: asyncio.Future[None]) -> None:
        line = self._lines.get(key)
        if line is None or future not in line:
            return
        line.remove(future)
        self.waiting -= 1
        if not line:
            del self._lines[key]

    def give(self) -> None:
        """Give a turn back, to who waits next."""
        while self._lines:
            key, line = next(iter(self._lines.items()))
            future = line.popleft()
            self.waiting -= 1
            if line:
                self._lines.move_to_end(key)
            else:
                del self._lines[key]
            if not future.done():
                future.set_result(None)
                return
        self._free += 1


def _busy() -> Fault:
    return Fault(Code.AUTH_BUSY, retry_after_ms=BUSY_RETRY_MS)
