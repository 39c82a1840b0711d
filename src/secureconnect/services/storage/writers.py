"""Who writes to which upload in this process: one at a time, and a writer can be told to stop where it stands."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import Clock

RETRY_LOCKED_MS = 1_000
SILENT_S = 3.0
LEAVE_S = 5.0


class Writer:
    """One part that is being written; `leaving` is set once it takes no more bytes, `left` once it is over."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heard_s = clock.monotonic_s()
        self._task: asyncio.Task[object] | None = None
        self._code: Code | None = None
        self.leaving = False
        self.left = asyncio.Event()

    def heard(self) -> None:
        """Bytes came in."""
        self._heard_s = self._clock.monotonic_s()

    def silent(self) -> bool:
        """Whether nothing came for so long that the sender has probably gone without a word."""
        return self._task is not None and self._clock.monotonic_s() - self._heard_s > SILENT_S

    @contextmanager
    def stoppable(self) -> Generator[None]:
        """While inside, `stop` ends the wait for bytes: what is inside sees a cancellation, outside it is the Fault."""
        if self._code is not None:
            raise Fault(self._code)
        task = asyncio.current_task()
        self._task = task
        try:
            yield
        except asyncio.CancelledError:
            if self._code is None or task is None or task.uncancel() > 0:
                raise
            raise Fault(self._code, retry_after_ms=RETRY_LOCKED_MS) from None
        finally:
            self._task = None
            self.leaving = True

    def stop(self, code: Code) -> None:
        """End the writing with this code at the next byte that it would wait for; what came is kept."""
        if self._code is None:
            self._code = code
            if self._task is not None:
                self._task.cancel()


class Writers:
    """The writers of now, by upload."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._writers: dict[str, Writer] = {}
        self._stopping = False

    @asynccontextmanager
    async def hold(self, upload: str) -> AsyncGenerator[Writer]:
        """Be the one writer of an upload, after one that takes no more bytes has left.

        Raises Fault(STORAGE_UPLOAD_LOCKED), and Fault(STOPPING) once all were stopped.
        """
        await self.settled(upload)
        if self._stopping:
            raise Fault(Code.STOPPING, retry_after_ms=RETRY_LOCKED_MS)
        if upload in self._writers:
            raise Fault(Code.STORAGE_UPLOAD_LOCKED, retry_after_ms=RETRY_LOCKED_MS)
        writer = self._writers[upload] = Writer(self._clock)
        try:
            yield writer
        finally:
            del self._writers[upload]
            writer.left.set()

    def busy(self, upload: str) -> bool:
        """Whether somebody writes to it."""
        return upload in self._writers

    def stop(self, upload: str, code: Code) -> None:
        """Tell the writer of an upload, if there is one, to stop."""
        writer = self._writers.get(upload)
        if writer is not None:
            writer.stop(code)

    async def end_silent(self, upload: str) -> None:
        """End a writer whose sender went away without a word, so that the sender can go on from where it stands."""
        writer = self._writers.get(upload)
        if writer is not None and writer.silent():
            writer.stop(Code.TIMED_OUT)
            await _left(writer)

    async def settled(self, upload: str) -> None:
        """Wait for a writer that takes no more bytes to note what it has, and leave."""
        writer = self._writers.get(upload)
        if writer is not None and writer.leaving:
            await _left(writer)

    def stop_all(self) -> None:
        """Let nobody write any more: this process ends."""
        self._stopping = True
        for writer in list(self._writers.values()):
            writer.stop(Code.STOPPING)


async def _left(writer: Writer) -> None:
    try:
        async with asyncio.timeout(LEAVE_S):
            await writer.left.wait()
    except TimeoutError:
        return
