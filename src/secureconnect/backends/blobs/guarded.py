"""Blobs behind a guard."""

from collections.abc import AsyncIterator

from secureconnect.backends.blobs.port import BlobDamaged, BlobMissing, Blobs, OffsetMismatch, Sealed
from secureconnect.backends.guard import Guard


class SenderFailed(Exception):
    """What brought the bytes failed, not the store; the failure itself is its cause."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


ANSWERS: tuple[type[Exception], ...] = (BlobMissing, BlobDamaged, OffsetMismatch, SenderFailed, ValueError)
"""The exceptions that a guard of blobs takes for answers."""


class GuardedBlobs:
    """The Blobs port over another; appends and seals take as long as their bytes do, all else has a time-out."""

    def __init__(self, inner: Blobs, guard: Guard) -> None:
        self._inner = inner
        self._guard = guard

    async def create(self, key: str) -> None:
        """Make an empty, open blob."""
        await self._guard.call(self._inner.create, key)

    async def append(self, key: str, offset: int, chunks: AsyncIterator[bytes]) -> int:
        """Add bytes at the end; a failure of `chunks` comes out unchanged and says nothing of the store."""
        try:
            with self._guard.attempt():
                return await self._inner.append(key, offset, _told_apart(chunks))
        except SenderFailed as failure:
            raise failure.cause from None

    async def truncate(self, key: str, size: int) -> None:
        """Cut an open blob back."""
        await self._guard.call(self._inner.truncate, key, size)

    async def size(self, key: str) -> int:
        """The durable end in bytes."""
        return await self._guard.call(self._inner.size, key)

    async def seal(self, key: str) -> Sealed:
        """Hash and close for ever."""
        with self._guard.attempt():
            return await self._inner.seal(key)

    async def read(self, key: str, sealed: Sealed, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes of a range."""
        chunks = await self._guard.call(self._inner.read, key, sealed, start, end)
        return self._guarded(chunks)

    async def drop(self, key: str) -> None:
        """Delete a blob."""
        await self._guard.call(self._inner.drop, key)

    async def keys(self, after: str | None, limit: int) -> list[str]:
        """Keys in order."""
        return await self._guard.call(self._inner.keys, after, limit)

    async def _guarded(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        while (chunk := await self._guard.call(_next, chunks)) is not None:
            yield chunk


async def _next(chunks: AsyncIterator[bytes]) -> bytes | None:
    return await anext(chunks, None)


async def _told_apart(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        async for chunk in chunks:
            yield chunk
    except Exception as error:
        raise SenderFailed(error) from error
