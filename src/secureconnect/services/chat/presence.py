"""Who is there: told on demand alone, to those who watch and may know, as far as both show it."""

import asyncio
from collections.abc import Iterable, Sequence

import structlog

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.frames import PresenceFrame
from secureconnect.edge.socket import Connection
from secureconnect.kit.clock import Clock
from secureconnect.services.chat.attached import attached
from secureconnect.services.chat.audience import Audience
from secureconnect.services.chat.elsewhere import Elsewhere
from secureconnect.services.chat.hints import PRESSED_BYTES
from secureconnect.services.chat.nodes import Nodes, Told
from secureconnect.services.chat.store.presence import Seen, read_seen, write_seen
from secureconnect.services.chat.viewers import Viewers

log = structlog.get_logger("chat.presence")
GONE_S = 2.0
"""How long an account may have no socket before it is told to be gone: reconnecting is not leaving."""
LOOK_AGAIN_S = 0.2
ACCOUNTS_MAX = 500


class Presence:
    """Online is who has a chat socket at any node; the last time seen is kept."""

    def __init__(
        self, sql: Sql, audience: Audience, viewers: Viewers, nodes: Nodes, clock: Clock, watch_max: int
    ) -> None:
        self._sql = sql
        self._audience = audience
        self._viewers = viewers
        self._nodes = nodes
        self._clock = clock
        self._watch_max = watch_max
        self._elsewhere = Elsewhere(clock)
        self._watchers: dict[str, set[Connection]] = {}
        self._going: dict[str, tuple[asyncio.TimerHandle, int]] = {}
        self._again: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def watch(self, connection: Connection, accounts: Sequence[str]) -> None:
        """Watch these accounts and no others; tells at once how those stand that may be seen.

        Raises Fault(FRAME_INVALID) for too many, Fault(UNAVAILABLE) when it cannot be known who may be seen.
        """
        if len(accounts) > self._watch_max:
            raise Fault(Code.FRAME_INVALID, f"at most {self._watch_max} accounts")
        held = attached(connection)
        watched = tuple(dict.fromkeys(accounts))
        seen = await self._viewers.seen_by(connection.who.account, watched)
        self._forget(connection)
        held.watched, held.seen = watched, seen
        for account in watched:
            self._watchers.setdefault(account, set()).add(connection)
        await self._tell_all(connection, seen)

    def came(self, account: str) -> None:
        """The account has its first socket here."""
        going = self._going.pop(account, None)
        if going is not None:
            going[0].cancel()
        else:
            self._nodes.tell().online.append(account)
            self._notify(account, PresenceFrame(account, True))
        self._keep_seen([(account, self._clock.now_ms())])

    def went(self, account: str) -> None:
        """The account has no socket here any more."""
        if account in self._going:
            return
        timer = asyncio.get_running_loop().call_later(GONE_S, self._gone, account)
        self._going[account] = (timer, self._clock.now_ms())

    def closed(self, connection: Connection) -> None:
        """The socket is gone and watches nobody."""
        if connection.data is not None:
            self._forget(connection)
        self._again.discard(connection)

    def hear(self, told: Told) -> None:
        """Take what another node tells, and answer what it asks."""
        here = [account for account in told.asked if self._audience.is_here(account)]
        if here:
            self._nodes.tell().online.extend(here)
        for account in told.online:
            if account in self._watchers and self._elsewhere.came(account, told.node):
                self._notify(account, PresenceFrame(account, True))
        for account in told.offline:
            if self._elsewhere.went(account, told.node) and not self._audience.is_here(account):
                self._notify(account, PresenceFrame(account, False, self._clock.now_ms()))

    def look_again(self, accounts: Iterable[str]) -> None:
        """Something changed about who may see these, or whom they may see."""
        found = {watcher for account in accounts for watcher in self._watchers.get(account, ())}
        found |= {own for account in accounts for own in self._audience.connections_of(account) if _watches(own)}
        if not found:
            return
        if not self._again:
            asyncio.get_running_loop().call_later(LOOK_AGAIN_S, self._look_again)
        self._again |= found

    def refresh(self) -> None:
        """Ask the other nodes again about those who are watched: what was told before may have been lost."""
        for account in self._elsewhere.expire():
            if not self._audience.is_here(account):
                self._notify(account, PresenceFrame(account, False, self._clock.now_ms()))
        absent = [account for account in self._watchers if not self._audience.is_here(account)]
        for start in range(0, len(absent), ACCOUNTS_MAX):
            self._nodes.tell().asked.extend(absent[start : start + ACCOUNTS_MAX])

    async def stop(self) -> None:
        """Keep when those were seen who just left; raises nothing."""
        going, self._going = self._going, {}
        for timer, _ in going.values():
            timer.cancel()
        for task in list(self._tasks):
            task.cancel()
        seen = [(account, at) for account, (_, at) in going.items()]
        try:
            for start in range(0, len(seen), ACCOUNTS_MAX):
                await self._sql.write(write_seen, seen[start : start + ACCOUNTS_MAX])
        except Fault as fault:
            log.warning("last seen was not kept", code=fault.code.wire)

    def _gone(self, account: str) -> None:
        _, at = self._going.pop(account)
        if self._audience.is_here(account):
            return
        self._keep_seen([(account, at)])
        self._nodes.tell().offline.append(account)
        if not self._elsewhere.has(account):
            self._notify(account, PresenceFrame(account, False, at))

    def _keep_seen(self, seen: Sequence[Seen]) -> None:
        for one in seen:
            self._sql.gather(write_seen, one).add_done_callback(_read_outcome)

    def _notify(self, account: str, frame: PresenceFrame) -> None:
        for watcher in tuple(self._watchers.get(account, ())):
            if account in attached(watcher).seen and watcher.waiting_bytes() <= PRESSED_BYTES:
                watcher.send(frame)

    def _forget(self, connection: Connection) -> None:
        held = attached(connection)
        for account in held.watched:
            watchers = self._watchers.get(account)
            if watchers is not None:
                watchers.discard(connection)
                if not watchers:
                    del self._watchers[account]
                    self._elsewhere.forget(account)
        held.watched, held.seen = (), frozenset()

    def _look_again(self) -> None:
        again, self._again = self._again, set()
        task = asyncio.get_running_loop().create_task(self._look_at(again))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _look_at(self, connections: Iterable[Connection]) -> None:
        for connection in connections:
            held = attached(connection)
            watched = held.watched
            try:
                seen = await self._viewers.seen_by(connection.who.account, watched)
            except Fault:
                seen = frozenset[str]()
            if held.watched != watched:
                continue
            fresh, hidden = seen - held.seen, held.seen - seen
            held.seen = seen
            for account in hidden:
                connection.send(PresenceFrame(account, False))
            await self._tell_all(connection, fresh)

    async def _tell_all(self, connection: Connection, accounts: Iterable[str]) -> None:
        accounts = list(accounts)
        absent = [account for account in accounts if not self._is_online(account)]
        last_seen = await self._sql.read(read_seen, absent) if absent else {}
        if absent:
            self._nodes.tell().asked.extend(absent)
        for account in accounts:
            online = self._is_online(account)
            connection.send(PresenceFrame(account, online, None if online else last_seen.get(account)))

    def _is_online(self, account: str) -> bool:
        return self._audience.is_here(account) or account in self._going or self._elsewhere.has(account)


def _watches(connection: Connection) -> bool:
    return connection.data is not None and bool(attached(connection).watched)


def _read_outcome(kept: "asyncio.Future[None]") -> None:
    """A time that was not kept is no loss that anybody was promised against."""
    if not kept.cancelled():
        kept.exception()
