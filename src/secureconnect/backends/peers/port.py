"""One service asking another, by the typed calls of contracts.peers."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from msgspec import Struct

from secureconnect.contracts.peers import Ask, PeerCall, Reply

Handler = Callable[[Ask], Awaitable[Reply]]


class Peers(Protocol):
    """How a service asks others."""

    async def ask(self, call: PeerCall[Ask, Reply], ask: Ask, *, timeout_s: float | None = None) -> Reply:
        """The other service's answer to one call.

        Raises the Fault that the other raised, unchanged; Fault(UNAVAILABLE) when it cannot be reached within the
        time-out (5 s unless given) or its breaker is open. A call may have been done although UNAVAILABLE was raised:
        calls are made so that repeating them changes nothing.
        """
        ...


class AnsweredCall(Struct, frozen=True):
    """A call that a service answers, with its handler; `serve` gives these to the adapters."""

    call: PeerCall[Struct, Struct]
    handler: Callable[[Struct], Awaitable[Struct]]


def answered(call: PeerCall[Ask, Reply], handler: Handler[Ask, Reply]) -> AnsweredCall:
    """Pair a call with the handler that answers it, checked by types."""
    return AnsweredCall(call, handler)  # type: ignore[arg-type]
