"""Profile pictures: taken in, made anew, kept by storage."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection

from secureconnect.backends.peers.port import Peers
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.auth import OwnAccount
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import STORAGE_PICTURE, STORAGE_PICTURE_END, AccountOnly, PictureAsk
from secureconnect.kit.clock import Clock
from secureconnect.services.auth.changes import ChangeFeed
from secureconnect.services.auth.images import Picture, reencode
from secureconnect.services.auth.person import open_account
from secureconnect.services.auth.profile import own_account
from secureconnect.services.auth.store import changes
from secureconnect.services.auth.store import people as store
from secureconnect.services.auth.store.accounts import AccountRow

TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
WAITING_MAX = 16
BODY_S = 60.0
DECODE_S = 10.0
STORE_S = 15.0
BUSY_RETRY_MS = 1000


class Pictures:
    """One picture is decoded at a time and few wait for it: a large one takes a hundred megabytes for a moment."""

    def __init__(self, sql: Sql, feed: ChangeFeed, peers: Peers, clock: Clock, bytes_max: int) -> None:
        self._sql = sql
        self._feed = feed
        self._peers = peers
        self._clock = clock
        self._bytes_max = bytes_max
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="picture")
        self._inside: set[str] = set()

    async def put(self, account: str, media_type: str, body: AsyncIterator[bytes]) -> OwnAccount:
        """Keep an image as the account's picture.

        Raises Fault(MEDIA_TYPE_REFUSED, BODY_TOO_LARGE, TIMED_OUT, AUTH_PICTURE_INVALID), Fault(UNAVAILABLE) while too
        many come in at once, another of this account does, or storage does not answer.
        """
        if media_type not in TYPES:
            raise Fault(Code.MEDIA_TYPE_REFUSED)
        if account in self._inside or len(self._inside) >= WAITING_MAX:
            raise Fault(Code.UNAVAILABLE, retry_after_ms=BUSY_RETRY_MS)
        self._inside.add(account)
        try:
            picture = await self._reencode(await self._whole(body))
        finally:
            self._inside.discard(account)
        ask = PictureAsk(account, picture.content, picture.type)
        kept = await self._peers.ask(STORAGE_PICTURE, ask, timeout_s=STORE_S)
        return own_account(await self._feed.write(_set, account, kept.file, self._clock.now_ms()))

    async def remove(self, account: str) -> None:
        """Delete the account's picture; nothing happens when there is none. Raises Fault(UNAVAILABLE)."""
        await self._peers.ask(STORAGE_PICTURE_END, AccountOnly(account), timeout_s=STORE_S)
        await self._feed.write(_set, account, None, self._clock.now_ms())

    def close(self) -> None:
        """Let the thread go."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _whole(self, body: AsyncIterator[bytes]) -> bytes:
        content = bytearray()
        try:
            async with asyncio.timeout(BODY_S):
                async for chunk in body:
                    content += chunk
                    if len(content) > self._bytes_max:
                        raise Fault(Code.BODY_TOO_LARGE, f"A picture has at most {self._bytes_max} bytes.")
        except TimeoutError:
            raise Fault(Code.TIMED_OUT) from None
        return bytes(content)

    async def _reencode(self, content: bytes) -> Picture:
        running = asyncio.get_running_loop().run_in_executor(self._pool, reencode, content)
        try:
            return await asyncio.wait_for(running, DECODE_S)
        except TimeoutError:
            raise Fault(Code.AUTH_PICTURE_INVALID, "It takes too long to read.") from None


def _set(connection: Connection, account: str, picture: str | None, now_ms: int) -> AccountRow:
    before = open_account(connection, account)
    if before.picture != picture:
        store.set_picture(connection, account, picture)
        changes.record(connection, now_ms, "profile", account)
    return open_account(connection, account)
