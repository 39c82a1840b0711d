"""Publish and subscribe: a hint, never the truth; it may lose, repeat and reorder, and every reader repairs from the
log."""

from collections.abc import Callable
from typing import Protocol

BusListener = Callable[[bytes], None]


class Subscription(Protocol):
    """A standing subscription."""

    def close(self) -> None:
        """Hear no more; closing twice is no fault."""
        ...


class Bus(Protocol):
    """Topics by name; what is published reaches the present subscribers of all nodes, at most once, or not at all."""

    async def publish(self, topic: str, message: bytes) -> None:
        """Hand a message over; it never waits for subscribers and never raises for one that fails or is full."""
        ...

    def subscribe(self, topic: str, listener: BusListener) -> Subscription:
        """Call `listener` on the loop for each message of the topic from now on; exceptions of it are logged, not
        passed on."""
        ...

    def on_return(self, listener: Callable[[], None]) -> Subscription:
        """Call `listener` whenever the bus was away and is back: what was published meanwhile is lost."""
        ...

    async def ping(self) -> None:
        """Return when the bus answers; raises Fault(UNAVAILABLE)."""
        ...
