"""Bytes under generated keys: grown by appends while uploading, sealed with their hash, then read in ranges."""

from collections.abc import AsyncIterator
from typing import Protocol

from msgspec import Struct


class Sealed(Struct, frozen=True):
    """A finished blob: its size in bytes and its SHA-256."""

    size: int
    sha256: bytes


class BlobMissing(Exception):
    """There is no such blob."""


class BlobDamaged(Exception):
    """The blob's bytes are not those that were sealed; they are never given out."""


class OffsetMismatch(Exception):
    """The append did not start where the blob ends; `offset` is where it ends."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"the blob ends at {offset}")
        self.offset = offset


class Blobs(Protocol):
    """A store of blobs. Keys are ids that the caller generated (UUIDv7): never anything that a user wrote."""

    async def create(self, key: str) -> None:
        """Make an empty, open blob; one that exists is no fault and keeps its bytes."""
        ...

    async def append(self, key: str, offset: int, chunks: AsyncIterator[bytes]) -> int:
        """Add bytes at `offset`, which must be the blob's end; returns the new end once it is durable.

        When `chunks` raises, what came before is kept and durable, and the exception goes on; `size` tells the new end.
        Raises OffsetMismatch, BlobMissing, Fault(DISK_FULL), Fault(UNAVAILABLE). One writer at a time.
        """
        ...

    async def truncate(self, key: str, size: int) -> None:
        """Cut an open blob back to `size` bytes (a part whose checksum was wrong)."""
        ...

    async def size(self, key: str) -> int:
        """The durable end of an open or sealed blob, in bytes. Raises BlobMissing."""
        ...

    async def seal(self, key: str) -> Sealed:
        """Hash an open blob and close it for ever; sealing again gives the same answer. Durable when it returns."""
        ...

    async def read(self, key: str, sealed: Sealed, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` to before `end` in chunks of at most 256 KiB; no damaged byte is ever given out.

        Each block of 256 KiB that the range touches is checked against the seal before any of it is given, no others.
        Raises BlobMissing, BlobDamaged, Fault(UNAVAILABLE) before the first chunk where that one shows it, else from
        the iterator at the chunk that does: the answer then breaks off. An `end` above the size is the size.
        """
        ...

    async def drop(self, key: str) -> None:
        """Delete a blob and its bytes; one that is not there is no fault."""
        ...

    async def keys(self, after: str | None, limit: int) -> list[str]:
        """Up to `limit` keys that sort after `after`, ascending: for sweeping orphans."""
        ...
