"""Values that expire, kept in this process: real for one node, lost with it."""

import heapq

from msgspec import Struct

from secureconnect.kit.clock import Clock

KEY_BYTES_MAX = 512
VALUE_BYTES_MAX = 64 * 1024


class _Entry(Struct):
    """A value and when it ends, in monotonic seconds."""

    value: bytes
    ends_s: float


class MemoryEphemeral:
    """The Ephemeral port over a dictionary; when `entries_max` is reached, what would end soonest makes room."""

    def __init__(self, clock: Clock, entries_max: int = 200_000) -> None:
        self._clock = clock
        self._entries_max = entries_max
        self._entries: dict[str, _Entry] = {}
        self._ends: list[tuple[float, str]] = []
        self.evicted = 0

    async def put(self, key: str, value: bytes, ttl_ms: int) -> None:
        """Keep `value` for `ttl_ms`; raises ValueError for a key or value above its bound."""
        self._keep(key, value, ttl_ms)

    async def put_if_absent(self, key: str, value: bytes, ttl_ms: int) -> bool:
        """Keep `value` only where none is kept; whether it was."""
        if self._present(key) is not None:
            return False
        self._keep(key, value, ttl_ms)
        return True

    async def get(self, key: str) -> bytes | None:
        """The value, None when there is none or it expired."""
        entry = self._present(key)
        return None if entry is None else entry.value

    async def get_many(self, keys: list[str]) -> list[bytes | None]:
        """The values in the order of the keys."""
        return [await self.get(key) for key in keys]

    async def drop(self, key: str) -> None:
        """Forget a value."""
        self._entries.pop(key, None)

    async def count(self, key: str, ttl_ms: int) -> int:
        """Add one to a counter, kept as decimal digits; raises ValueError where another value stands."""
        entry = self._present(key)
        if entry is None:
            self._keep(key, b"1", ttl_ms)
            return 1
        number = int(entry.value) + 1
        entry.value = b"%d" % number
        return number

    async def ping(self) -> None:
        """This process answers."""

    def _present(self, key: str) -> _Entry | None:
        entry = self._entries.get(key)
        if entry is None or entry.ends_s > self._clock.monotonic_s():
            return entry
        del self._entries[key]
        return None

    def _keep(self, key: str, value: bytes, ttl_ms: int) -> None:
        if len(key.encode()) > KEY_BYTES_MAX or len(value) > VALUE_BYTES_MAX:
            raise ValueError(f"keys have at most {KEY_BYTES_MAX} bytes and values at most {VALUE_BYTES_MAX}")
        self._make_room(key)
        ends_s = self._clock.monotonic_s() + ttl_ms / 1000
        self._entries[key] = _Entry(value, ends_s)
        heapq.heappush(self._ends, (ends_s, key))

    def _make_room(self, key: str) -> None:
        now_s = self._clock.monotonic_s()
        while self._ends and (self._ends[0][0] <= now_s or self._is_stale(self._ends[0])):
            self._end_soonest()
        while len(self._entries) >= self._entries_max and key not in self._entries:
            self.evicted += self._end_soonest()
        if len(self._ends) > 2 * len(self._entries) + 64:
            self._ends = [(entry.ends_s, name) for name, entry in self._entries.items()]
            heapq.heapify(self._ends)

    def _is_stale(self, end: tuple[float, str]) -> bool:
        entry = self._entries.get(end[1])
        return entry is None or entry.ends_s != end[0]

    def _end_soonest(self) -> bool:
        end = heapq.heappop(self._ends)
        if self._is_stale(end):
            return False
        del self._entries[end[1]]
        return True
