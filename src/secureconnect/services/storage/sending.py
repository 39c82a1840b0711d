"""A file's bytes as an answer: sent as fast as the reader takes them, broken off when one turns out to be damaged."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import structlog
from litestar import Response
from litestar.types import ASGIApp, Receive, Scope, Send

from secureconnect.contracts.errors import Fault

log = structlog.get_logger("storage.sending")
TAKE_DEADLINE_S = 60.0


class ContentResponse(Response[bytes]):
    """Answers with a stream of bytes; without one only with the headers. The headers are the caller's alone."""

    def __init__(self, status: int, headers: Mapping[str, str], chunks: AsyncIterator[bytes] | None) -> None:
        super().__init__(b"", status_code=status, headers=dict(headers))
        self._status = status
        self._named = headers
        self._chunks = chunks

    def to_asgi_response(  # pyright: ignore[reportIncompatibleMethodOverride]  # Litestar only ever calls what it gets
        self, *_: Any, **__: Any
    ) -> ASGIApp:
        """The application that sends it; what Litestar would add is left out."""
        return self._send

    async def _send(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name.encode(), value.encode()) for name, value in self._named.items()]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        if self._chunks is not None and not await _poured(self._chunks, receive, send):
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _poured(chunks: AsyncIterator[bytes], receive: Receive, send: Send) -> bool:
    """Send all chunks; False when the answer breaks off, which the reader sees as a connection cut short."""
    gone = asyncio.create_task(_gone(receive))
    try:
        async for chunk in chunks:
            async with asyncio.timeout(TAKE_DEADLINE_S):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            if gone.done():
                return False
    except Fault as fault:
        log.error("an answer broke off", code=fault.code.wire)
        return False
    except TimeoutError:
        return False
    finally:
        gone.cancel()
    return True


async def _gone(receive: Receive) -> None:
    while cast("dict[str, Any]", await receive())["type"] != "http.disconnect":
        continue
