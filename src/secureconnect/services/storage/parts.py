"""The bytes of one part on their way from the request into the store: counted, bounded, and hashed where asked."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable

from litestar.types import Receive

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.storage.tus import Checksum

HASHED_BYTES = 512 * 1024


class PartCut(Exception):
    """The sender went away amid the part; what came before is kept."""


class PartRefused(Exception):
    """The part is wrong as a whole: nothing of it may be kept. `fault` is what its sender is told."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class Digest:
    """A hash that is made on a thread while the next bytes come in."""

    def __init__(self, checksum: Checksum) -> None:
        self._wanted = checksum.digest
        self._hash = hashlib.new(checksum.algorithm, usedforsecurity=False)
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._running: asyncio.Future[None] | None = None

    async def add(self, chunk: bytes) -> None:
        """Take the next bytes; at most two batches are held."""
        self._waiting.append(chunk)
        self._waiting_bytes += len(chunk)
        if self._waiting_bytes >= HASHED_BYTES:
            await self._settle()
            batch, self._waiting, self._waiting_bytes = self._waiting, [], 0
            self._running = asyncio.get_running_loop().run_in_executor(None, self._update, batch)

    async def fits(self) -> bool:
        """Whether all bytes together hash to what was wanted."""
        await self._settle()
        self._update(self._waiting)
        return hmac.compare_digest(self._hash.digest(), self._wanted)

    async def _settle(self) -> None:
        if self._running is not None:
            await self._running
            self._running = None

    def _update(self, batch: list[bytes]) -> None:
        for chunk in batch:
            self._hash.update(chunk)


class Part:
    """One part as it comes in: at most `bytes_max`, hashing to `checksum` where there is one."""

    def __init__(self, receive: Receive, checksum: Checksum | None = None, announced: int | None = None) -> None:
        self._receive = receive
        self._digest = None if checksum is None else Digest(checksum)
        self.announced = announced
        self.received_bytes = 0

    async def chunks(self, bytes_max: int, heard: Callable[[int], None]) -> AsyncIterator[bytes]:
        """The bytes as they come; `heard` is told how many. Raises PartCut, PartRefused, Fault(TIMED_OUT)."""
        more = True
        while more:
            message = await self._receive()
            if message["type"] != "http.request":
                raise PartCut
            more = message["more_body"]
            chunk = message["body"]
            if not chunk:
                continue
            heard(len(chunk))
            self.received_bytes += len(chunk)
            if self.received_bytes > bytes_max:
                raise PartRefused(Fault(Code.BODY_TOO_LARGE, "The part goes beyond the upload's length."))
            if self._digest is not None:
                await self._digest.add(chunk)
            yield chunk
        if self._digest is not None and not await self._digest.fits():
            raise PartRefused(Fault(Code.STORAGE_CHECKSUM_MISMATCH))
