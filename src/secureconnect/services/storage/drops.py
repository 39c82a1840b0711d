"""Dropping bytes that no file refers to any more: at once where it can be, else by the next sweep."""

import structlog

from secureconnect.backends.blobs.port import Blobs
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Fault
from secureconnect.services.storage.store import blobs as rows

log = structlog.get_logger("storage.drops")


class Drops:
    """Removes released bytes; the row goes last, so that whatever fails between is tried again."""

    def __init__(self, sql: Sql, blobs: Blobs) -> None:
        self._sql = sql
        self._blobs = blobs

    async def drop(self, key: str) -> bool:
        """Drop the bytes of a released key and its row; False when that must be tried again."""
        try:
            await self._blobs.drop(key)
            await self._sql.write(rows.dropped, key)
        except Fault as fault:
            log.warning("released bytes are left for the next sweep", code=fault.code.wire)
            return False
        return True

    async def next(self, limit: int) -> list[str]:
        """Keys whose bytes are still to be dropped."""
        return await self._sql.read(rows.released, limit)
