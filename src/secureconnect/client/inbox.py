"""A bounded queue of notices: what nobody reads makes room for what is newer."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

from secureconnect.client.faults import ConnectionLost

T = TypeVar("T")
N = TypeVar("N")


class Inbox(Generic[T]):
    """What arrived and was not read yet, the oldest `most` dropped first."""

    def __init__(self, most: int = 1_000) -> None:
        self._waiting: deque[T] = deque(maxlen=most)
        self._arrived = asyncio.Event()
        self._over: Exception | None = None
        self._closed = False

    def put(self, item: T) -> None:
        """Let something in."""
        self._waiting.append(item)
        self._arrived.set()

    def end(self, why: Exception | None) -> None:
        """Nothing more will come: readers get what is left, then `why`, or the end where it is None."""
        self._closed = True
        self._over = why
        self._arrived.set()

    async def next(self, kind: type[N], timeout_s: float, where: Callable[[N], bool] = lambda _: True) -> N:
        """The next item of this kind for which `where` holds; others before it are dropped.

        Raises TimeoutError, and ConnectionLost when nothing more will come.
        """
        async with asyncio.timeout(timeout_s):
            async for item in self:
                if isinstance(item, kind) and where(item):
                    return item
        raise ConnectionLost("closed while a notice was awaited")

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration if self._over is None else self._over
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()
