"""Following what changes at auth: keys, ended sessions, disabled accounts, blocks, profiles."""

import asyncio
import random
from collections.abc import Callable, Sequence

import structlog

from secureconnect.backends.peers.port import Peers
from secureconnect.contracts.errors import Fault
from secureconnect.contracts.peers import AUTH_CHANGES, AUTH_KEYS, Change, ChangesAsk, Nothing
from secureconnect.edge.identity import Identity
from secureconnect.kit.retry import full_jitter_s

WAIT_MS = 20_000
ChangeListener = Callable[[Change], None]
log = structlog.get_logger("edge.follow")


class Follower:
    """Keeps a service's Identity right, and tells listeners of every change, in order, by one standing question to
    auth."""

    def __init__(self, peers: Peers, identity: Identity, rng: random.Random) -> None:
        self._peers = peers
        self._identity = identity
        self._rng = rng
        self._listeners: list[ChangeListener] = []
        self._last: int | None = None
        self._task: asyncio.Task[None] | None = None
        self._fetching: asyncio.Task[None] | None = None
        self._away = False
        self._fetched_at_s = float("-inf")
        self.incarnation = ""

    @property
    def away(self) -> bool:
        """Whether auth did not answer the last question: tokens are still verified by what is known."""
        return self._away

    def listen(self, listener: ChangeListener) -> None:
        """Call `listener` on the loop for each change from now on; what it raises is logged and no more."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Begin to follow; the identity is ready once keys and the last minutes' changes were read."""
        self._task = asyncio.create_task(self._follow(), name="follow-auth")

    async def stop(self) -> None:
        """Follow no more."""
        for task in (self._task, self._fetching):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        self._task = self._fetching = None

    async def fetch_keys(self) -> None:
        """Read the key set anew; several that ask at once share one answer."""
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetch_keys(), name="fetch-keys")
        await asyncio.shield(self._fetching)

    async def refetch_keys(self, not_within_s: float) -> None:
        """Read the key set anew unless it was within the last seconds: forged key names must not become load on
        auth. One that is being read now is waited for."""
        under_way = self._fetching is not None and not self._fetching.done()
        if under_way or asyncio.get_running_loop().time() - self._fetched_at_s >= not_within_s:
            await self.fetch_keys()

    async def _fetch_keys(self) -> None:
        self._fetched_at_s = asyncio.get_running_loop().time()
        reply = await self._peers.ask(AUTH_KEYS, Nothing())
        self._identity.use_keys(bytes(reply.jwks))
        self.incarnation = reply.incarnation

    async def _follow(self) -> None:
        waits = full_jitter_s(0.2, 2.0, self._rng)
        while True:
            try:
                if not self._identity.ready:
                    await self.fetch_keys()
                await self._step()
            except Exception as error:
                if not isinstance(error, Fault):
                    log.exception("what auth answered cannot be used")
                elif not self._away:
                    log.warning("auth does not answer", code=error.code.wire)
                self._away = True
                await asyncio.sleep(0.05 + next(waits))
            else:
                waits = full_jitter_s(0.2, 2.0, self._rng)
                self._away = False

    async def _step(self) -> None:
        first = self._last is None
        ask = ChangesAsk(self._last, 0 if first or self._away else WAIT_MS)
        reply = await self._peers.ask(AUTH_CHANGES, ask, timeout_s=WAIT_MS / 1000 + 5)
        self._apply(reply.changes)
        if any(change.kind == "keys" for change in reply.changes):
            await self.fetch_keys()
        self._last = reply.last
        self._identity.ready = True

    def _apply(self, changes: Sequence[Change]) -> None:
        ended = self._identity.ended
        for change in changes:
            if change.kind == "session_ended" and change.session:
                ended.end_session(change.session)
            elif change.kind in ("account_disabled", "account_closed"):
                ended.end_account(change.account)
            elif change.kind == "account_enabled":
                ended.restore_account(change.account)
            for listener in self._listeners:
                _tell(listener, change)


def _tell(listener: ChangeListener, change: Change) -> None:
    """One that fails keeps neither the others from hearing nor an ended session from being refused."""
    try:
        listener(change)
    except Exception:
        log.exception("a listener to auth's changes failed", kind=change.kind)
