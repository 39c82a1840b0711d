"""Publish and subscribe inside this process."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from secureconnect.backends.bus.port import BusListener
from secureconnect.kit.crashpoints import CrashPoints

log = logging.getLogger(__name__)


class _Standing:
    """One subscription; closing it takes it out of its list."""

    def __init__(self, end: Callable[["_Standing"], None], call: Callable[..., None]) -> None:
        self._end = end
        self.call = call
        self.closed = False

    def close(self) -> None:
        """Hear no more."""
        if not self.closed:
            self.closed = True
            self._end(self)


class _Topic:
    """The listeners of one topic and what waits for them."""

    def __init__(self) -> None:
        self.standing: list[_Standing] = []
        self.pending: deque[bytes] = deque()
        self.overflowed = False


class MemoryBus:
    """The Bus port in one loop: messages wait in order for the loop's next turn, at most `pending_max` a topic.

    What does not fit is dropped and counted in `dropped`; the listeners of `on_return` then hear of the loss.
    """

    def __init__(self, crashpoints: CrashPoints | None = None, pending_max: int = 10_000) -> None:
        self._crashpoints = crashpoints or CrashPoints()
        self._pending_max = pending_max
        self._topics: dict[str, _Topic] = {}
        self._returns: list[_Standing] = []
        self.dropped = 0

    async def publish(self, topic: str, message: bytes) -> None:
        """Hand a message over to those who listen now; it never waits."""
        self._crashpoints.reach("bus.before_publish")
        found = self._topics.get(topic)
        if found is not None:
            self._enqueue(found, message)
        self._crashpoints.reach("bus.after_publish")

    def subscribe(self, topic: str, listener: BusListener) -> _Standing:
        """Call `listener` on the loop for each message of the topic from now on."""
        found = self._topics.setdefault(topic, _Topic())

        def end(standing: _Standing) -> None:
            found.standing.remove(standing)
            if not found.standing and self._topics.get(topic) is found:
                del self._topics[topic]

        standing = _Standing(end, listener)
        found.standing.append(standing)
        return standing

    def on_return(self, listener: Callable[[], None]) -> _Standing:
        """Call `listener` after messages were dropped: here nothing else is ever lost."""
        standing = _Standing(self._returns.remove, listener)
        self._returns.append(standing)
        return standing

    async def ping(self) -> None:
        """This process answers."""

    def _enqueue(self, topic: _Topic, message: bytes) -> None:
        if len(topic.pending) >= self._pending_max:
            self.dropped += 1
            topic.overflowed = True
            return
        if not topic.pending:
            asyncio.get_running_loop().call_soon(self._deliver, topic)
        topic.pending.append(message)

    def _deliver(self, topic: _Topic) -> None:
        messages = list(topic.pending)
        topic.pending.clear()
        for standing in tuple(topic.standing):
            for message in messages:
                if not standing.closed:
                    _call(standing, message)
        if topic.overflowed:
            topic.overflowed = False
            for standing in tuple(self._returns):
                _call(standing)


def _call(standing: _Standing, *message: bytes) -> None:
    try:
        standing.call(*message)
    except Exception:
        log.exception("a listener of the bus failed")
