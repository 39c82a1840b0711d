"""Finished files: who may read them, their bytes, their copies and their end."""

import re
from collections.abc import AsyncIterator

import structlog
from msgspec.structs import replace

from secureconnect.backends.blobs.port import BlobDamaged, BlobMissing, Blobs, Sealed
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import Clock
from secureconnect.kit.ids import Ids
from secureconnect.services.storage.drops import Drops
from secureconnect.services.storage.membership import Membership
from secureconnect.services.storage.metrics import StorageMetrics
from secureconnect.services.storage.quotas import StorageLimits, require
from secureconnect.services.storage.record import Audience, FileRecord
from secureconnect.services.storage.store import files as rows

log = structlog.get_logger("storage.files")
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


class Files:
    """The files of all accounts; what one may not see is not there."""

    def __init__(
        self,
        *,
        sql: Sql,
        blobs: Blobs,
        drops: Drops,
        membership: Membership,
        clock: Clock,
        ids: Ids,
        limits: StorageLimits,
        metrics: StorageMetrics,
    ) -> None:
        self._sql = sql
        self._blobs = blobs
        self._drops = drops
        self._membership = membership
        self._clock = clock
        self._ids = ids
        self._limits = limits
        self._metrics = metrics

    async def find(self, file: str) -> FileRecord | None:
        """The record under an id, whoever asks."""
        return await self._sql.read(rows.get, file) if _ID.fullmatch(file) else None

    async def see(self, account: str, file: str) -> FileRecord:
        """A file that the account may see: its own, also while it is uploaded, or a finished one that it may read.

        Raises Fault(STORAGE_FILE_NOT_FOUND).
        """
        record = await self.find(file)
        if record is None or record.ended(self._clock.now_ms()) or not await self._may_see(account, record):
            raise Fault(Code.STORAGE_FILE_NOT_FOUND)
        return record

    async def finished(self, account: str, file: str) -> FileRecord:
        """A finished file that the account may read. Raises Fault: STORAGE_FILE_NOT_FOUND, STORAGE_INCOMPLETE."""
        record = await self.see(account, file)
        if not record.complete:
            raise Fault(Code.STORAGE_INCOMPLETE)
        return record

    async def read(self, record: FileRecord, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` to before `end`. Raises Fault(STORAGE_DAMAGED), here or amid the bytes."""
        try:
            chunks = await self._blobs.read(record.blob, _sealed(record), start, end)
        except (BlobDamaged, BlobMissing):
            raise self.damaged(record) from None
        return self._watched(record, chunks)

    async def delete(self, account: str, file: str) -> None:
        """Delete an own finished file, and its bytes when no copy shares them.

        Raises Fault(STORAGE_FILE_NOT_FOUND), and Fault(CONFLICT) for a profile picture, which its profile holds.
        """
        record = await self.find(file)
        if record is None or record.account != account or not record.complete:
            raise Fault(Code.STORAGE_FILE_NOT_FOUND)
        if record.audience is Audience.PROFILE:
            raise Fault(Code.CONFLICT, "This is the profile's picture; take it from the profile.")
        last = await self._sql.write(rows.remove, record, self._clock.now_ms())
        if last is None:
            raise Fault(Code.STORAGE_FILE_NOT_FOUND)
        if last:
            await self._drops.drop(record.blob)

    async def copy(self, account: str, file: str, conversation: str) -> FileRecord:
        """An own copy of a readable file for a conversation; it shares the bytes and counts against the quota.

        Raises Fault: STORAGE_FILE_NOT_FOUND, STORAGE_INCOMPLETE, CHAT_NOT_A_MEMBER, STORAGE_QUOTA_EXCEEDED.
        """
        source = await self.finished(account, file)
        await self._membership.require(account, conversation)
        copied = replace(
            source,
            id=self._ids.new(),
            account=account,
            conversation=conversation,
            audience=Audience.CONVERSATION,
            created_at=self._clock.now_ms(),
        )
        taken = await self._sql.write(rows.copy, copied, self._limits.quota_bytes)
        if taken is None:
            raise Fault(Code.STORAGE_FILE_NOT_FOUND)
        require(taken)
        return copied

    def damaged(self, record: FileRecord) -> Fault:
        """Tell loudly that a file's bytes are not what they were, and the fault that its reader gets."""
        log.error("a stored file is damaged or missing", file=record.id, blob=record.blob)
        self._metrics.damaged.inc()
        return Fault(Code.STORAGE_DAMAGED)

    async def _may_see(self, account: str, record: FileRecord) -> bool:
        if record.account == account:
            return True
        if not record.complete:
            return False
        return record.audience is Audience.PROFILE or await self._membership.may_read(account, record.id)

    async def _watched(self, record: FileRecord, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            async for chunk in chunks:
                self._metrics.sent_bytes.inc(len(chunk))
                yield chunk
        except (BlobDamaged, BlobMissing):
            raise self.damaged(record) from None


def _sealed(record: FileRecord) -> Sealed:
    return Sealed(record.size, bytes.fromhex(record.sha256 or ""))
