"""Peers behind a guard for each service."""

from collections.abc import Mapping

from secureconnect.backends.guard import Guard
from secureconnect.backends.peers.port import Peers
from secureconnect.contracts.peers import Ask, PeerCall, Reply


class GuardedPeers:
    """The Peers port over another, with a breaker per service; each call's time-out is the inner port's own."""

    def __init__(self, inner: Peers, guards: Mapping[str, Guard]) -> None:
        self._inner = inner
        self._guards = dict(guards)

    async def ask(self, call: PeerCall[Ask, Reply], ask: Ask, *, timeout_s: float | None = None) -> Reply:
        """The other service's answer, as the port says."""
        with self._guards[call.service].attempt():
            return await self._inner.ask(call, ask, timeout_s=timeout_s)
