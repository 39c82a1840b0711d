"""The sweep: uploads that expired, bytes that were released, and bytes that a crash left without a row."""

import asyncio

import structlog

from secureconnect.backends.blobs.port import Blobs
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Fault
from secureconnect.kit.clock import Clock
from secureconnect.services.storage.drops import Drops
from secureconnect.services.storage.metrics import StorageMetrics
from secureconnect.services.storage.store import blobs as blob_rows
from secureconnect.services.storage.store import uploads as upload_rows
from secureconnect.services.storage.uploads import Uploads

log = structlog.get_logger("storage.sweep")
EXPIRED_MAX = 50
DROPPED_MAX = 50
ROWS_MAX = 500
KEYS_MAX = 500
ORPHAN_AGE_MS = 3_600_000
PAUSE_S = 0.2


class Sweep:
    """Works in turns of bounded work: one right after the other while there is more, else one every `every_s`."""

    def __init__(
        self,
        *,
        sql: Sql,
        blobs: Blobs,
        uploads: Uploads,
        drops: Drops,
        clock: Clock,
        metrics: StorageMetrics,
        every_s: int,
    ) -> None:
        self._sql = sql
        self._blobs = blobs
        self._uploads = uploads
        self._drops = drops
        self._clock = clock
        self._metrics = metrics
        self._every_s = every_s
        self._after: str | None = None
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to sweep."""
        self._task = asyncio.create_task(self._run(), name="storage-sweep")

    async def stop(self) -> None:
        """Sweep no more; a turn that is cut is taken up by the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def wake(self) -> None:
        """Sweep now rather than later: something was released."""
        self._woken.set()

    async def turn(self) -> bool:
        """One turn; True when more of the same kind may wait."""
        now_ms = self._clock.now_ms()
        expired = await self._uploads.expire(EXPIRED_MAX)
        released = await self._drops.next(DROPPED_MAX)
        dropped = sum([await self._drops.drop(key) for key in released])
        rows = await self._sql.write(upload_rows.forget_ended, now_ms, ROWS_MAX)
        page_full = await self._orphans(now_ms - ORPHAN_AGE_MS)
        self._metrics.swept("blob", dropped)
        self._metrics.swept("row", rows)
        return expired == EXPIRED_MAX or dropped == DROPPED_MAX or rows == ROWS_MAX or page_full

    async def _orphans(self, before_ms: int) -> bool:
        """Drop keys of the next page that are older than `before_ms` and have no row; True when pages are left."""
        keys = await self._blobs.keys(self._after, KEYS_MAX)
        self._after = keys[-1] if len(keys) == KEYS_MAX else None
        old = [key for key in keys if made_ms(key) < before_ms]
        orphans = await self._sql.read(blob_rows.unknown, old) if old else []
        for key in orphans:
            await self._blobs.drop(key)
        if orphans:
            log.warning("bytes without a row were dropped", count=len(orphans))
            self._metrics.swept("orphan", len(orphans))
        return self._after is not None

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                more = await self.turn()
            except Fault as fault:
                log.warning("the sweep goes on later", code=fault.code.wire)
                more = False
            except Exception:
                log.exception("a turn of the sweep failed")
                more = False
            if more:
                await asyncio.sleep(PAUSE_S)
            else:
                await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._every_s):
                await self._woken.wait()
        except TimeoutError:
            return


def made_ms(key: str) -> int:
    """When a UUIDv7 was made, in milliseconds since 1970 UTC (RFC 9562 section 5.7)."""
    return int(key.replace("-", "")[:12], 16)
