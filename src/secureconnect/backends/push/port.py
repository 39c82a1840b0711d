"""Wake-ups for devices that are not connected; content is never in them."""

from enum import Enum
from typing import Literal, Protocol

from msgspec import Struct


class PushTarget(Struct, frozen=True):
    """A device's push address: `address` is the provider's own JSON, as the device registered it."""

    provider: Literal["webpush", "unifiedpush", "fcm"]
    address: bytes


class PushOutcome(Enum):
    """What became of a wake-up."""

    HANDED_OVER = "handed_over"
    GONE = "gone"
    LATER = "later"
    REFUSED = "refused"


class Push(Protocol):
    """A provider of wake-ups."""

    async def wake(self, target: PushTarget, urgent: bool, ttl_s: int, topic: str) -> PushOutcome:
        """Wake one device; wake-ups of the same topic that wait are collapsed. GONE: the address is to be forgotten."""
        ...

    async def ping(self) -> None:
        """Return when the provider can be used; raises Fault(UNAVAILABLE)."""
        ...
