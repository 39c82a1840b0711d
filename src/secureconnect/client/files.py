"""Files: upload with resume, download with ranges, copies, quota."""

import asyncio
from pathlib import Path

import httpx2

from secureconnect.client.downloads import PARTIAL_CONTENT, Download
from secureconnect.client.faults import AnswerUnreadable
from secureconnect.client.sources import Checksum, Disk, Memory, Source
from secureconnect.client.transport import Ask, Http
from secureconnect.client.uploads import PART_BYTES, TUS, Progress, Upload, metadata
from secureconnect.contracts.storage import CopyRequest, FileAnswer, QuotaAnswer


class Files:
    """Files of the signed-in account and of its conversations."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def begin(
        self,
        content: bytes | Path,
        *,
        name: str,
        media_type: str = "application/octet-stream",
        conversation: str | None = None,
        part_bytes: int = PART_BYTES,
        checksum: Checksum | None = "sha256",
        progress: Progress | None = None,
    ) -> Upload:
        """Open an upload; its `run()` brings the bytes, its `cancel()` ends it."""
        source = await _source(content)
        headers = {
            **TUS,
            "upload-length": str(source.size_bytes),
            "upload-metadata": metadata({"filename": name, "filetype": media_type, "conversation": conversation}),
        }
        response = await self._http.send(Ask("POST", "/v1/files", headers=headers, repeatable=True))
        location = response.headers.get("location")
        if location is None:
            raise AnswerUnreadable("an upload was made without Location")
        path = httpx2.URL(location).path
        return Upload(self._http, source, path, part_bytes=part_bytes, checksum=checksum, progress=progress)

    async def resume(
        self,
        location: str,
        content: bytes | Path,
        *,
        part_bytes: int = PART_BYTES,
        checksum: Checksum | None = "sha256",
        progress: Progress | None = None,
    ) -> FileAnswer:
        """Finish an upload that was begun earlier, from where the server stands."""
        source = await _source(content)
        upload = Upload(self._http, source, location, part_bytes=part_bytes, checksum=checksum, progress=progress)
        await upload.run()
        return await self.get(upload.file_id)

    async def upload(
        self,
        content: bytes | Path,
        *,
        name: str,
        media_type: str = "application/octet-stream",
        conversation: str | None = None,
        part_bytes: int = PART_BYTES,
        checksum: Checksum | None = "sha256",
        progress: Progress | None = None,
    ) -> FileAnswer:
        """Upload a file and answer it finished; a task that is cancelled leaves the upload open on the server."""
        upload = await self.begin(
            content,
            name=name,
            media_type=media_type,
            conversation=conversation,
            part_bytes=part_bytes,
            checksum=checksum,
            progress=progress,
        )
        await upload.run()
        return await self.get(upload.file_id)

    async def get(self, file: str) -> FileAnswer:
        """What a file is."""
        return await self._http.ask(FileAnswer, "GET", f"/v1/files/{file}")

    async def delete(self, file: str) -> None:
        """Delete an own file and its bytes."""
        await self._http.tell("DELETE", f"/v1/files/{file}")

    async def copy(self, file: str, conversation: str) -> FileAnswer:
        """Make an own copy of a readable file for another conversation."""
        return await self._http.ask(FileAnswer, "POST", f"/v1/files/{file}/copy", CopyRequest(conversation))

    async def quota(self) -> QuotaAnswer:
        """How much room there is."""
        return await self._http.ask(QuotaAnswer, "GET", "/v1/files/quota")

    async def content(self, file: str, *, first: int = 0, last: int | None = None) -> bytes:
        """A file's bytes in memory: all, or from `first` to `last` inclusive (RFC 9110 section 14)."""
        whole = first == 0 and last is None
        headers = {} if whole else {"range": f"bytes={first}-{'' if last is None else last}"}
        response = await self._http.send(Ask("GET", f"/v1/files/{file}/content", headers=headers))
        if not whole and response.status_code != PARTIAL_CONTENT:
            return response.content[first : None if last is None else last + 1]
        return response.content

    async def save(self, file: str, path: Path, *, progress: Progress | None = None) -> None:
        """Download into a file that stands there only once it is whole and its SHA-256 is right.

        Goes on by Range after a cut. Raises AnswerUnreadable when the bytes are not those of the file, and OSError.
        """
        await Download(self._http, await self.get(file), path, progress).run()


async def _source(content: bytes | Path) -> Source:
    return Memory(content) if isinstance(content, bytes) else await asyncio.to_thread(Disk, content)
