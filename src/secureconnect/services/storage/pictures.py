"""Profile pictures: files that auth has re-encoded, readable by every signed-in account, one for each account."""

from collections.abc import AsyncIterator

from secureconnect.backends.blobs.port import Blobs
from secureconnect.backends.sql.port import Sql
from secureconnect.kit.clock import Clock
from secureconnect.kit.ids import Ids
from secureconnect.services.storage.names import normal_type
from secureconnect.services.storage.record import Audience, FileRecord, FileState
from secureconnect.services.storage.store import files as rows
from secureconnect.services.storage.sweep import Sweep

NAME = "picture"


class Pictures:
    """Keeps and ends profile pictures; the bytes of earlier ones go with the next sweep, which is woken."""

    def __init__(self, sql: Sql, blobs: Blobs, sweep: Sweep, clock: Clock, ids: Ids) -> None:
        self._sql = sql
        self._blobs = blobs
        self._sweep = sweep
        self._clock = clock
        self._ids = ids

    async def keep(self, account: str, content: bytes, media_type: str) -> str:
        """Keep a picture in place of the account's earlier one; returns its file id."""
        blob = self._ids.new()
        await self._blobs.create(blob)
        await self._blobs.append(blob, 0, _whole(content))
        sealed = await self._blobs.seal(blob)
        now_ms = self._clock.now_ms()
        picture = FileRecord(
            id=self._ids.new(),
            account=account,
            name=NAME,
            type=normal_type(media_type),
            size=sealed.size,
            offset=sealed.size,
            state=FileState.COMPLETE,
            sha256=sealed.sha256.hex(),
            conversation=None,
            audience=Audience.PROFILE,
            blob=blob,
            metadata="",
            created_at=now_ms,
            due_at=None,
        )
        await self._sql.write(rows.set_picture, picture, now_ms)
        self._sweep.wake()
        return picture.id

    async def end(self, account: str) -> None:
        """Delete the account's picture, if it has one."""
        if await self._sql.write(rows.end_pictures, account, self._clock.now_ms()):
            self._sweep.wake()


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
