"""One way to ask, whether the other service lives in this process or not."""

from secureconnect.backends.peers.local import LocalPeers
from secureconnect.backends.peers.port import Peers
from secureconnect.contracts.peers import Ask, PeerCall, Reply


class RoutedPeers:
    """The Peers port that asks a service of this process directly and any other through `remote`."""

    def __init__(self, caller: str, local: LocalPeers, remote: Peers) -> None:
        self._local = local
        self._here = local.as_caller(caller)
        self._remote = remote

    async def ask(self, call: PeerCall[Ask, Reply], ask: Ask, *, timeout_s: float | None = None) -> Reply:
        """The other service's answer, as the port says."""
        way = self._here if self._local.lives_here(call.service) else self._remote
        return await way.ask(call, ask, timeout_s=timeout_s)
