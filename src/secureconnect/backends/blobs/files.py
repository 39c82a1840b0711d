"""Blobs as files on the local disk."""

import asyncio
import errno
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import ParamSpec, TypeVar

from secureconnect.backends.blobs.folder import OPEN, SEALED, BlobFolder
from secureconnect.backends.blobs.growth import Growth
from secureconnect.backends.blobs.port import BlobDamaged, BlobMissing, Sealed
from secureconnect.backends.blobs.tally import BLOCK_BYTES, Sums, Tally
from secureconnect.backends.disk import DiskGuard
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.crashpoints import CrashPoints

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

BATCH_BYTES = 1024 * 1024
BLOCKS_AHEAD = 4
TALLIES_MAX = 256
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class FileBlobs:
    """The Blobs port over a folder; all disk work is done on `threads` threads of its own.

    While the process lives through an upload, its hash is made as the bytes come, so that `seal` reads nothing again;
    after a restart `seal` reads the file once. `disk` says while there is room for uploads.
    """

    def __init__(self, root: Path, disk: DiskGuard, crashpoints: CrashPoints | None = None, threads: int = 4) -> None:
        self._folder = BlobFolder(root)
        self._disk = disk
        self._crashpoints = crashpoints or CrashPoints()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="blobs")
        self._tallies: OrderedDict[str, Tally] = OrderedDict()

    async def create(self, key: str) -> None:
        """Make an empty, open blob; raises ValueError for a key that is no UUID."""
        try:
            await self._run(self._folder.create, key)
        except BlobMissing as error:
            raise ValueError("the key of a blob is a UUID") from error

    async def append(self, key: str, offset: int, chunks: AsyncIterator[bytes]) -> int:
        """Add bytes at the end, as the port says; a batch is written and hashed while the next one comes in."""
        growth = Growth(self._tallies.pop(key, None))
        try:
            await self._run(self._begin, growth, key, offset)
            try:
                await self._pour(growth, chunks)
            finally:
                end = await self._run(self._settle, growth)
            return end
        finally:
            growth.close()
            self._keep_tally(key, growth.tally)

    async def truncate(self, key: str, size: int) -> None:
        """Cut an open blob back; raises BlobMissing, and ValueError when it is shorter."""
        tally = self._tallies.pop(key, None)
        self._keep_tally(key, await self._run(self._folder.truncate, key, size, tally))

    async def size(self, key: str) -> int:
        """The end in bytes, durable by now; raises BlobMissing."""
        return await self._run(self._folder.durable_size, key)

    async def seal(self, key: str) -> Sealed:
        """Hash and close for ever; raises BlobMissing, Fault(DISK_FULL), Fault(UNAVAILABLE)."""
        return await self._run(self._seal, key, self._tallies.pop(key, None))

    async def read(self, key: str, sealed: Sealed, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes of a range, each block checked before any of it is given out."""
        end = min(end, sealed.size)
        sums = await self._run(self._sums, key, sealed)
        first = await self._run(self._blocks, key, sums, start // BLOCK_BYTES, 1) if start < end else []
        return self._range(key, sums, start, end, first)

    async def drop(self, key: str) -> None:
        """Delete a blob; what is no UUID is not there."""
        self._tallies.pop(key, None)
        try:
            await self._run(self._folder.drop, key)
        except BlobMissing:
            return

    async def keys(self, after: str | None, limit: int) -> list[str]:
        """Up to `limit` keys above `after`, ascending."""
        return await self._run(lambda: list(islice(self._folder.keys(after or ""), limit)))

    async def ping(self) -> None:
        """Return when the folder can grow; raises Fault(UNAVAILABLE), Fault(DISK_FULL)."""
        await self._run(self._require_room)

    async def close(self) -> None:
        """Finish what runs and end the threads."""
        await asyncio.to_thread(self._threads.shutdown)

    async def _pour(self, growth: Growth, chunks: AsyncIterator[bytes]) -> None:
        writing: asyncio.Future[None] | None = None
        pieces: list[bytes] = []
        gathered = 0
        try:
            async for chunk in chunks:
                if chunk:
                    pieces.append(chunk)
                    gathered += len(chunk)
                if gathered >= BATCH_BYTES:
                    if writing is not None:
                        await _finished(writing)
                    writing, pieces, gathered = self._submit(self._write, growth, pieces), [], 0
        finally:
            if writing is not None:
                await _finished(writing)
            if pieces:
                await self._run(self._write, growth, pieces)

    async def _range(self, key: str, sums: Sums, start: int, end: int, blocks: list[bytes]) -> AsyncIterator[bytes]:
        at = start
        while at < end:
            for block in blocks:
                skip = at % BLOCK_BYTES
                part = block[skip : skip + end - at]
                at += len(part)
                yield part
            if at < end:
                wanted = -(-(end - at) // BLOCK_BYTES)
                blocks = await self._run(self._blocks, key, sums, at // BLOCK_BYTES, min(wanted, BLOCKS_AHEAD))

    def _begin(self, growth: Growth, key: str, offset: int) -> None:
        growth.open(self._folder.open_part(key), offset)
        self._require_room()

    def _require_room(self) -> None:
        if not self._disk.allows_uploads():
            raise Fault(Code.DISK_FULL)

    def _write(self, growth: Growth, pieces: list[bytes]) -> None:
        self._require_room()
        growth.write(pieces)

    def _settle(self, growth: Growth) -> int:
        self._crashpoints.reach("blobs.before_sync")
        end = growth.settle()
        self._crashpoints.reach("blobs.after_sync")
        return end

    def _seal(self, key: str, tally: Tally | None) -> Sealed:
        if self._folder.has(key, SEALED):
            sums = self._folder.sums(key) or self._folder.tally(key, SEALED).finish()
            return Sealed(sums.size, sums.sha256)
        size = self._folder.durable_size(key)
        if tally is None or tally.size != size:
            tally = self._folder.tally(key, OPEN)
        sums = tally.finish()
        self._crashpoints.reach("blobs.before_finish")
        self._folder.keep_sums(key, sums)
        self._folder.close_part(key)
        self._crashpoints.reach("blobs.after_finish")
        return Sealed(sums.size, sums.sha256)

    def _sums(self, key: str, sealed: Sealed) -> Sums:
        if not self._folder.has(key, SEALED):
            raise BlobMissing(key)
        sums = self._folder.sums(key)
        anew = None if sums is not None else self._folder.tally(key, SEALED).finish()
        found = sums or anew
        if found is None or (found.size, found.sha256) != (sealed.size, sealed.sha256):
            raise _damaged(key)
        if anew is not None:
            self._mend(key, anew)
        return found

    def _mend(self, key: str, sums: Sums) -> None:
        try:
            self._folder.keep_sums(key, sums)
        except OSError as error:
            log.warning("the tags of blob %s were lost and cannot be written anew: %s", key, error.strerror)

    def _blocks(self, key: str, sums: Sums, number: int, count: int) -> list[bytes]:
        blocks = self._folder.blocks(key, number, count)
        if not all(sums.fits(number + at, block) for at, block in enumerate(blocks)):
            raise _damaged(key)
        return blocks

    def _keep_tally(self, key: str, tally: Tally | None) -> None:
        if tally is not None:
            self._tallies[key] = tally
            if len(self._tallies) > TALLIES_MAX:
                self._tallies.popitem(last=False)

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await _finished(self._submit(work, *args, **kwargs))

    def _submit(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *args, **kwargs))


async def _finished(work: asyncio.Future[T]) -> T:
    """The result of a thread's work, waited for also when cancelled: a thread is not stopped amid a file."""
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError as error:
            cancelled = error
    failure = work.exception()
    if cancelled is not None:
        raise cancelled
    if isinstance(failure, OSError):
        raise _fault(failure) from failure
    return work.result()


def _fault(error: OSError) -> Fault:
    if error.errno in _FULL:
        return Fault(Code.DISK_FULL)
    log.error("the folder of the blobs failed: %s", error)
    return Fault(Code.UNAVAILABLE, "the folder of the files cannot be used")


def _damaged(key: str) -> BlobDamaged:
    log.error("blob %s is damaged and is not given out", key)
    return BlobDamaged(key)
