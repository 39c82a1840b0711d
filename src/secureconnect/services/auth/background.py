"""What happens after an answer: bounded, tried again by whoever asked for it, and never a reason for an act to fail."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from secureconnect.contracts.errors import Fault

WORKERS = 4
WAITING_MAX = 1000
FINISH_S = 1.0
Work = Callable[[], Awaitable[None]]
log = structlog.get_logger("auth.background")


class Background:
    """A few workers on one bounded queue, and work that is done again and again."""

    def __init__(self, workers: int = WORKERS, waiting_max: int = WAITING_MAX) -> None:
        self._queue: asyncio.Queue[tuple[str, Work]] = asyncio.Queue(waiting_max)
        self._workers = workers
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to work."""
        self._tasks += [asyncio.create_task(self._work(), name=f"auth-background-{n}") for n in range(self._workers)]

    async def stop(self) -> None:
        """Finish what waits within a second, then work no more."""
        try:
            await asyncio.wait_for(self._queue.join(), FINISH_S)
        except TimeoutError:
            log.warning("work was left undone", waiting=self._queue.qsize())
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def later(self, name: str, work: Work) -> bool:
        """Do it soon; False when too much waits and it is dropped."""
        try:
            self._queue.put_nowait((name, work))
        except asyncio.QueueFull:
            log.warning("too much waits; work was dropped", work=name)
            return False
        return True

    def every(self, name: str, period_s: float, work: Work) -> None:
        """Do it every `period_s` seconds from now on; a failure is logged and does not end it."""
        self._tasks.append(asyncio.create_task(self._repeat(name, period_s, work), name=f"auth-{name}"))

    async def _work(self) -> None:
        while True:
            name, work = await self._queue.get()
            try:
                await _guarded(name, work)
            finally:
                self._queue.task_done()

    @staticmethod
    async def _repeat(name: str, period_s: float, work: Work) -> None:
        while True:
            await asyncio.sleep(period_s)
            await _guarded(name, work)


async def _guarded(name: str, work: Work) -> None:
    try:
        await work()
    except Fault as fault:
        log.warning("work failed", work=name, code=fault.code.wire)
    except Exception:
        log.exception("work failed", work=name)
