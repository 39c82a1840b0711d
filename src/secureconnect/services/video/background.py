"""Work that nobody waits for: kept until it is done, told in the log when it fails, let go when the service stops."""

import asyncio
from collections.abc import Coroutine

import structlog

from secureconnect.contracts.errors import Fault

log = structlog.get_logger("video.background")
SETTLE_S = 2.0


class Background:
    """The tasks of one service that run beside its requests."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        """Run it from the loop's next turn on."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def settle(self, within_s: float = SETTLE_S) -> None:
        """Wait until all is done that is under way."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)

    async def stop(self) -> None:
        """End what does not end by itself."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, Fault):
            log.warning("something was not done", what=task.get_name(), code=error.code.wire)
        elif error is not None:
            log.error("something failed", what=task.get_name(), exc_info=error)
