"""Where the bytes of an upload come from: memory or a file, read at any offset without blocking the loop."""

import asyncio
import base64
import hashlib
from pathlib import Path
from typing import Literal, Protocol

Checksum = Literal["sha256", "sha1"]


class Source(Protocol):
    """Bytes that can be read again from anywhere, because a cut upload goes on where the server stands."""

    @property
    def size_bytes(self) -> int:
        """How many there are."""
        ...

    async def read(self, offset: int, most_bytes: int) -> bytes:
        """At most so many from `offset` on."""
        ...


class Memory:
    """Bytes in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    @property
    def size_bytes(self) -> int:
        """How many there are."""
        return len(self._content)

    async def read(self, offset: int, most_bytes: int) -> bytes:
        """At most so many from `offset` on."""
        return self._content[offset : offset + most_bytes]


class Disk:
    """A file, whose size is taken when the upload begins."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size_bytes = path.stat().st_size

    @property
    def size_bytes(self) -> int:
        """How many there are."""
        return self._size_bytes

    async def read(self, offset: int, most_bytes: int) -> bytes:
        """At most so many from `offset` on; raises OSError."""
        return await asyncio.to_thread(self._read, offset, min(most_bytes, self._size_bytes - offset))

    def _read(self, offset: int, most_bytes: int) -> bytes:
        with self._path.open("rb") as file:
            file.seek(offset)
            return file.read(most_bytes)


async def checksum_header(algorithm: Checksum, part: bytes) -> str:
    """The value of Upload-Checksum (tus 1.0, checksum extension) for a part."""
    digest = await asyncio.to_thread(lambda: hashlib.new(algorithm, part, usedforsecurity=False).digest())
    return f"{algorithm} {base64.b64encode(digest).decode()}"
