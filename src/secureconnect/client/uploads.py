"""Uploads by tus 1.0 that go on after any cut: creation, parts with checksums, HEAD to learn what arrived."""

import asyncio
import base64
from collections.abc import Callable, Mapping

from secureconnect.client.faults import AnswerUnreadable, ConnectionLost, ServerFault
from secureconnect.client.sources import Checksum, Source, checksum_header
from secureconnect.client.transport import Ask, Http
from secureconnect.contracts.errors import Code
from secureconnect.kit.retry import full_jitter_s

TUS = {"tus-resumable": "1.0.0"}
PART_BYTES = 4 * 1024 * 1024
FRUITLESS_MAX = 8
"""So many tries without a byte of progress, then the upload gives up."""
WAIT_S_FIRST = 0.1
WAIT_S_MOST = 10.0
STANDS_ELSEWHERE = frozenset({Code.STORAGE_OFFSET_MISMATCH, Code.STORAGE_UPLOAD_LOCKED, Code.STORAGE_CHECKSUM_MISMATCH})
AWAY = frozenset({429, 502, 503, 504})

Progress = Callable[[int, int], None]
"""Told (bytes the server holds, bytes in all) after each part."""


class Upload:
    """One upload that stands open on the server; `location` is what to keep to go on after a restart."""

    def __init__(
        self,
        http: Http,
        source: Source,
        location: str,
        *,
        part_bytes: int = PART_BYTES,
        checksum: Checksum | None = "sha256",
        progress: Progress | None = None,
    ) -> None:
        self._http = http
        self._source = source
        self._part_bytes = part_bytes
        self._checksum: Checksum | None = checksum
        self._progress = progress
        self.location = location
        self.offset = 0

    @property
    def file_id(self) -> str:
        """The id that the finished file will have."""
        return self.location.removesuffix("/upload").rsplit("/", 1)[-1]

    async def run(self) -> None:
        """Bring all bytes to the server.

        Raises ServerFault (STORAGE_UPLOAD_GONE among others), or what cut it last when nothing moves any more.
        """
        waits = full_jitter_s(WAIT_S_FIRST, WAIT_S_MOST, self._http.rng)
        fruitless = 0
        farthest = -1
        known = False
        while not known or self.offset < self._source.size_bytes:
            try:
                await (self._send_part() if known else self.look())
                known = True
            except (ServerFault, ConnectionLost) as fault:
                known = False
                fruitless += 1
                wait_s = _pause_s(fault, next(waits))
                if wait_s is None or fruitless >= FRUITLESS_MAX:
                    raise
                await asyncio.sleep(wait_s)
            if self.offset > farthest:
                farthest = self.offset
                fruitless = 0
                waits = full_jitter_s(WAIT_S_FIRST, WAIT_S_MOST, self._http.rng)

    async def look(self) -> int:
        """Ask the server how many bytes it holds."""
        response = await self._http.send(Ask("HEAD", self.location, headers=TUS))
        self.offset = _offset(response.headers)
        self._tell()
        return self.offset

    async def cancel(self) -> None:
        """End the upload; the server forgets its bytes."""
        await self._http.send(Ask("DELETE", self.location, headers=TUS))

    async def _send_part(self) -> None:
        part = await self._source.read(self.offset, self._part_bytes)
        headers = {**TUS, "content-type": "application/offset+octet-stream", "upload-offset": str(self.offset)}
        if self._checksum is not None:
            headers["upload-checksum"] = await checksum_header(self._checksum, part)
        ask = Ask("PATCH", self.location, content=part, headers=headers, repeatable=False)
        response = await self._http.send(ask)
        self.offset = _offset(response.headers)
        self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self.offset, self._source.size_bytes)


def metadata(values: Mapping[str, str | None]) -> str:
    """The value of Upload-Metadata (tus 1.0, creation extension): names with standard base64."""
    return ",".join(
        f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items() if value is not None
    )


def _offset(headers: Mapping[str, str]) -> int:
    text = headers.get("upload-offset", "")
    if not text.isdecimal():
        raise AnswerUnreadable("an answer of tus without Upload-Offset")
    return int(text)


def _pause_s(fault: ServerFault | ConnectionLost, jittered_s: float) -> float | None:
    if isinstance(fault, ConnectionLost) or fault.code in STANDS_ELSEWHERE:
        return jittered_s
    if fault.status not in AWAY:
        return None
    hinted_s = (fault.retry_after_ms or 0) / 1000
    return hinted_s + jittered_s if hinted_s <= WAIT_S_MOST * 3 else None
