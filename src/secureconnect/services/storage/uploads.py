"""Uploads: opened against the quota, grown part by part, sealed into files with their last byte, or ended."""

from collections.abc import Callable

import structlog
from msgspec.structs import replace

from secureconnect.backends.blobs.port import BlobDamaged, BlobMissing, Blobs, OffsetMismatch
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import Clock
from secureconnect.kit.crashpoints import CrashPoints
from secureconnect.kit.ids import Ids
from secureconnect.services.storage.drops import Drops
from secureconnect.services.storage.files import Files
from secureconnect.services.storage.membership import Membership
from secureconnect.services.storage.metrics import StorageMetrics
from secureconnect.services.storage.parts import Part, PartCut, PartRefused
from secureconnect.services.storage.quotas import StorageLimits, require
from secureconnect.services.storage.record import Audience, FileRecord, FileState
from secureconnect.services.storage.store import uploads as rows
from secureconnect.services.storage.store.quotas import Reservation
from secureconnect.services.storage.tus import Creation
from secureconnect.services.storage.writers import Writer, Writers

log = structlog.get_logger("storage.uploads")
ENDED_KEPT_MS = 7 * 24 * 3600 * 1000


class Uploads:
    """The uploads of all accounts. Where one stands is where its blob ends; its row follows."""

    def __init__(
        self,
        *,
        sql: Sql,
        blobs: Blobs,
        files: Files,
        drops: Drops,
        membership: Membership,
        writers: Writers,
        clock: Clock,
        ids: Ids,
        limits: StorageLimits,
        allows_uploads: Callable[[], bool],
        crashpoints: CrashPoints,
        metrics: StorageMetrics,
    ) -> None:
        self._sql = sql
        self._blobs = blobs
        self._files = files
        self._drops = drops
        self._membership = membership
        self._writers = writers
        self._clock = clock
        self._ids = ids
        self._limits = limits
        self._allows_uploads = allows_uploads
        self._crashpoints = crashpoints
        self._metrics = metrics

    async def create(self, account: str, wish: Creation) -> FileRecord:
        """Open an upload and reserve its room; one of no bytes is a complete file at once.

        Raises Fault: STORAGE_FILE_TOO_LARGE, DISK_FULL, CHAT_NOT_A_MEMBER, STORAGE_QUOTA_EXCEEDED,
        STORAGE_TOO_MANY_UPLOADS.
        """
        if wish.length > self._limits.file_bytes_max:
            raise Fault(Code.STORAGE_FILE_TOO_LARGE)
        if not self._allows_uploads():
            raise Fault(Code.DISK_FULL)
        if wish.conversation is not None:
            await self._membership.require(account, wish.conversation)
        record = self._new(account, wish)
        await self._blobs.create(record.blob)
        limits = self._limits
        taken = await self._sql.write(rows.begin, record, limits.quota_bytes, limits.uploads_open_max)
        if taken is not Reservation.DONE:
            await self._blobs.drop(record.blob)
            require(taken)
        self._metrics.upload("created")
        return record if record.size else await self._finish(record)

    async def look(self, account: str, file: str) -> FileRecord:
        """An own upload with its offset as it is durable now. One that has all bytes is completed by looking at it.

        Raises Fault: STORAGE_FILE_NOT_FOUND, STORAGE_UPLOAD_GONE, STORAGE_DAMAGED.
        """
        record = await self._own(account, file)
        await self._writers.end_silent(file)
        await self._writers.settled(file)
        if record.complete:
            return record
        offset = await self._end_of(record)
        if self._writers.busy(file):
            return moved(record, offset)
        if offset == record.size:
            async with self._writers.hold(file):
                return await self._finish(record)
        if offset != record.offset:
            return await self._advance(record, offset)
        return record

    async def append(self, account: str, file: str, offset: int, part: Part) -> FileRecord:
        """Add a part at `offset`; what came is durable when it returns, also of a part that broke off.

        Raises Fault: STORAGE_FILE_NOT_FOUND, STORAGE_UPLOAD_GONE, STORAGE_OFFSET_MISMATCH, STORAGE_UPLOAD_LOCKED,
        BODY_TOO_LARGE and STORAGE_CHECKSUM_MISMATCH (nothing of the part is kept then), DISK_FULL, BAD_REQUEST for a
        part that was cut.
        """
        record = await self._own(account, file)
        if offset > record.size or (record.complete and offset != record.size):
            raise _elsewhere(record.offset)
        if part.announced is not None and part.announced > record.size - offset:
            raise Fault(Code.BODY_TOO_LARGE, "The part goes beyond the upload's length.")
        if record.complete:
            return await _expect_nothing(record, part)
        async with self._writers.hold(file) as writer:
            end = await self._pour(record, offset, part, writer)
            self._metrics.part("kept")
            self._crashpoints.reach("storage.before_offset")
            after = await (self._finish(record) if end == record.size else self._advance(record, end))
            self._crashpoints.reach("storage.after_offset")
            return after

    async def end(self, account: str, file: str) -> None:
        """End an own upload, or delete the file that it became; its bytes go and its room is free.

        Raises Fault: STORAGE_FILE_NOT_FOUND, STORAGE_UPLOAD_GONE.
        """
        record = await self._own(account, file)
        if record.complete:
            await self._files.delete(account, file)
            return
        now_ms = self._clock.now_ms()
        if not await self._sql.write(rows.end, record, now_ms, now_ms + ENDED_KEPT_MS):
            raise Fault(Code.STORAGE_UPLOAD_GONE)
        self._writers.stop(file, Code.STORAGE_UPLOAD_GONE)
        self._metrics.upload("ended")
        await self._drops.drop(record.blob)

    async def expire(self, limit: int) -> int:
        """End up to `limit` uploads that have expired and that nobody writes to; returns how many."""
        now_ms = self._clock.now_ms()
        ended = 0
        for record in await self._sql.read(rows.overdue, now_ms, limit):
            if self._writers.busy(record.id):
                continue
            if await self._sql.write(rows.end, record, now_ms, now_ms + ENDED_KEPT_MS, now_ms):
                self._metrics.upload("expired")
                await self._drops.drop(record.blob)
                ended += 1
        return ended

    def _new(self, account: str, wish: Creation) -> FileRecord:
        now_ms = self._clock.now_ms()
        return FileRecord(
            id=self._ids.new(),
            account=account,
            name=wish.name,
            type=wish.type,
            size=wish.length,
            offset=0,
            state=FileState.OPEN,
            sha256=None,
            conversation=wish.conversation,
            audience=Audience.CONVERSATION,
            blob=self._ids.new(),
            metadata=wish.metadata,
            created_at=now_ms,
            due_at=self._due_at(),
        )

    async def _own(self, account: str, file: str) -> FileRecord:
        record = await self._files.find(file)
        if record is None or record.account != account or record.audience is not Audience.CONVERSATION:
            raise Fault(Code.STORAGE_FILE_NOT_FOUND)
        if record.ended(self._clock.now_ms()):
            raise Fault(Code.STORAGE_UPLOAD_GONE)
        return record

    async def _pour(self, record: FileRecord, offset: int, part: Part, writer: Writer) -> int:
        """Stream the part into the blob; what goes wrong leaves the blob and the row at the same place."""

        def heard(count: int) -> None:
            writer.heard()
            self._metrics.received_bytes.inc(count)

        try:
            with writer.stoppable():
                return await self._blobs.append(record.blob, offset, part.chunks(record.size - offset, heard))
        except OffsetMismatch as mismatch:
            raise _elsewhere(mismatch.offset) from None
        except BlobMissing:
            raise _elsewhere(await self._end_of(record)) from None
        except PartRefused as refused:
            await self._blobs.truncate(record.blob, offset)
            self._metrics.part("mismatched" if refused.fault.code is Code.STORAGE_CHECKSUM_MISMATCH else "refused")
            raise refused.fault from None
        except PartCut:
            await self._keep(record)
            raise Fault(Code.BAD_REQUEST, "The part was cut; what came is kept.") from None
        except Fault:
            await self._keep(record)
            raise

    async def _keep(self, record: FileRecord) -> None:
        """Let the row follow after a part that broke off; where that fails the next look will."""
        self._metrics.part("cut")
        try:
            await self._advance(record, await self._blobs.size(record.blob))
        except (Fault, BlobMissing) as error:
            log.info("a part broke off and its row follows later", reason=type(error).__name__)

    async def _end_of(self, record: FileRecord) -> int:
        """Where the blob ends. One that a crash let stand without bytes is made anew."""
        try:
            end = await self._blobs.size(record.blob)
        except BlobMissing:
            if record.offset == 0:
                await self._blobs.create(record.blob)
                return 0
            raise self._files.damaged(record) from None
        if end > record.size:
            raise self._files.damaged(record)
        return end

    async def _advance(self, record: FileRecord, offset: int) -> FileRecord:
        due_at = self._due_at()
        if not await self._sql.write(rows.advance, record.id, offset, due_at):
            raise Fault(Code.STORAGE_UPLOAD_GONE)
        return moved(record, offset, due_at)

    async def _finish(self, record: FileRecord) -> FileRecord:
        try:
            sealed = await self._blobs.seal(record.blob)
        except (BlobDamaged, BlobMissing):
            raise self._files.damaged(record) from None
        if sealed.size != record.size:
            raise self._files.damaged(record)
        sha256 = sealed.sha256.hex()
        if not await self._sql.write(rows.finish, record, sha256):
            raise Fault(Code.STORAGE_UPLOAD_GONE)
        self._metrics.upload("completed")
        return completed(record, sha256)

    def _due_at(self) -> int:
        return self._clock.now_ms() + self._limits.upload_expiry_s * 1000


def moved(record: FileRecord, offset: int, due_at: int | None = None) -> FileRecord:
    """The record of an upload that has come to `offset`."""
    return replace(record, offset=offset, due_at=due_at or record.due_at)


def completed(record: FileRecord, sha256: str) -> FileRecord:
    """The record of an upload that became a file."""
    return replace(record, state=FileState.COMPLETE, offset=record.size, sha256=sha256, due_at=None)


def _elsewhere(offset: int) -> Fault:
    return Fault(Code.STORAGE_OFFSET_MISMATCH, headers={"upload-offset": str(offset)})


async def _expect_nothing(record: FileRecord, part: Part) -> FileRecord:
    """A part at the end of a complete file brings no bytes: its answer had been lost."""
    try:
        async for _ in part.chunks(0, lambda _: None):
            pass
    except PartRefused as refused:
        raise refused.fault from None
    except PartCut:
        raise Fault(Code.BAD_REQUEST, "The part was cut.") from None
    return record
