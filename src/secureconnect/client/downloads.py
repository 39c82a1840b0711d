"""Downloads to disk that go on by Range after a cut and are checked against the file's SHA-256."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO

import httpx2

from secureconnect.client.faults import AnswerUnreadable, ConnectionLost
from secureconnect.client.transport import Ask, Http
from secureconnect.contracts.storage import FileAnswer
from secureconnect.kit.retry import full_jitter_s

FRUITLESS_MAX = 8
"""So many tries without a byte of progress, then the download gives up."""
WAIT_S_FIRST = 0.1
WAIT_S_MOST = 10.0
PARTIAL_CONTENT = 206


class Download:
    """One download into one file."""

    def __init__(
        self, http: Http, file: FileAnswer, path: Path, progress: Callable[[int, int], None] | None = None
    ) -> None:
        self._http = http
        self._file = file
        self._path = path
        self._progress = progress
        self._digest = hashlib.sha256()
        self._have_bytes = 0

    async def run(self) -> None:
        """Bring all bytes; raises AnswerUnreadable when they are not the file's, ConnectionLost, ServerFault."""
        part = self._path.with_name(f".{self._path.name}.part")
        out = await asyncio.to_thread(part.open, "wb")
        try:
            try:
                await self._fill(out)
            finally:
                await asyncio.to_thread(out.close)
            self._check()
            await asyncio.to_thread(os.replace, part, self._path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    async def _fill(self, out: BinaryIO) -> None:
        fruitless = 0
        waits = full_jitter_s(WAIT_S_FIRST, WAIT_S_MOST, self._http.rng)
        while self._have_bytes < self._file.size:
            stood = self._have_bytes
            try:
                async for piece in self._pieces():
                    await asyncio.to_thread(self._keep, out, piece)
                    if self._progress is not None:
                        self._progress(self._have_bytes, self._file.size)
            except ConnectionLost:
                if self._have_bytes > stood:
                    fruitless = 0
                    waits = full_jitter_s(WAIT_S_FIRST, WAIT_S_MOST, self._http.rng)
                fruitless += 1
                if fruitless >= FRUITLESS_MAX:
                    raise
                await asyncio.sleep(next(waits))

    async def _pieces(self) -> AsyncIterator[bytes]:
        headers: dict[str, str] = {}
        if self._have_bytes:
            headers = {"range": f"bytes={self._have_bytes}-", "if-range": f'"{self._file.sha256}"'}
        async with self._http.stream(Ask("GET", f"/v1/files/{self._file.id}/content", headers=headers)) as response:
            if headers and response.status_code != PARTIAL_CONTENT:
                raise AnswerUnreadable(f"file {self._file.id}: the rest of it cannot be read alone")
            try:
                async for piece in response.aiter_raw():
                    yield piece
            except httpx2.TransportError as cut:
                raise ConnectionLost(f"file {self._file.id}: {type(cut).__name__}") from cut

    def _check(self) -> None:
        if self._digest.hexdigest() != self._file.sha256:
            raise AnswerUnreadable(f"file {self._file.id}: the bytes that came are not those of its SHA-256")

    def _keep(self, out: BinaryIO, piece: bytes) -> None:
        if self._have_bytes + len(piece) > self._file.size:
            raise AnswerUnreadable(f"file {self._file.id}: more bytes came than it has")
        out.write(piece)
        self._digest.update(piece)
        self._have_bytes += len(piece)
