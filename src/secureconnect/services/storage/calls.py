"""What other services ask of storage, answered by its nouns."""

from collections.abc import Sequence

from secureconnect.backends.peers.port import AnsweredCall, answered
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.peers import (
    STORAGE_FILES_USABLE,
    STORAGE_FORGET,
    STORAGE_PICTURE,
    STORAGE_PICTURE_END,
    STORAGE_USAGE,
    AccountOnly,
    Done,
    FilesUsableAsk,
    FilesUsableReply,
    Nothing,
    PictureAsk,
    PictureReply,
    UsageReply,
)
from secureconnect.kit.clock import Clock
from secureconnect.services.storage.pictures import Pictures
from secureconnect.services.storage.store import blobs as blob_rows
from secureconnect.services.storage.store import files as rows
from secureconnect.services.storage.sweep import Sweep

FORGOTTEN_MAX = 200


class Calls:
    """The calls that storage answers."""

    def __init__(self, sql: Sql, pictures: Pictures, sweep: Sweep, clock: Clock) -> None:
        self._sql = sql
        self._pictures = pictures
        self._sweep = sweep
        self._clock = clock

    def answered(self) -> Sequence[AnsweredCall]:
        """Each call with its handler."""
        return (
            answered(STORAGE_FILES_USABLE, self.files_usable),
            answered(STORAGE_PICTURE, self.picture),
            answered(STORAGE_PICTURE_END, self.picture_end),
            answered(STORAGE_FORGET, self.forget),
            answered(STORAGE_USAGE, self.usage),
        )

    async def files_usable(self, ask: FilesUsableAsk) -> FilesUsableReply:
        """Those of the files that the account may attach in the conversation, in the order asked for."""
        found = await self._sql.read(rows.usable, ask.account, ask.conversation, ask.files) if ask.files else []
        return FilesUsableReply([record.answer() for record in found])

    async def picture(self, ask: PictureAsk) -> PictureReply:
        """Keep a profile picture."""
        return PictureReply(await self._pictures.keep(ask.account, ask.content, ask.type))

    async def picture_end(self, ask: AccountOnly) -> Done:
        """Delete a profile picture."""
        await self._pictures.end(ask.account)
        return Done()

    async def forget(self, ask: AccountOnly) -> Done:
        """Delete all files and uploads of an account; their bytes go with the sweep, which is woken."""
        while await self._sql.write(rows.forget, ask.account, self._clock.now_ms(), FORGOTTEN_MAX) == FORGOTTEN_MAX:
            continue
        self._sweep.wake()
        return Done()

    async def usage(self, _: Nothing) -> UsageReply:
        """What is stored in all."""
        used_bytes = await self._sql.read(blob_rows.stored_bytes)
        return UsageReply(used_bytes, await self._sql.read(rows.complete_count))
