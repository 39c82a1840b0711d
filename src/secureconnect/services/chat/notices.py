"""What changed at auth, told to sockets: to one's own devices what to read anew, to others that a profile changed."""

import asyncio

import msgspec
import structlog

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Fault
from secureconnect.contracts.frames import AccountFrame, ProfileFrame
from secureconnect.contracts.peers import Change
from secureconnect.edge.socket import Connection
from secureconnect.edge.sockets import Sockets
from secureconnect.services.chat.audience import Audience
from secureconnect.services.chat.store.live import read_spans

log = structlog.get_logger("chat.notices")
OWN = frozenset({"preferences", "friends", "blocks", "profile", "sessions"})
GATHER_S = 0.2
EVERY_S = 1.0


class Notices:
    """Gathers changes of an account and tells them together; a profile at most once a second."""

    def __init__(self, sql: Sql, audience: Audience) -> None:
        self._sql = sql
        self._audience = audience
        self._own: dict[str, set[str]] = {}
        self._profiles: set[str] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def hear(self, change: Change) -> None:
        """Take a change of auth's; the one who was blocked hears nothing of it."""
        if change.kind in OWN:
            self._note(change.account, change.kind)
            if change.kind == "friends" and change.other is not None:
                self._note(change.other, change.kind)
        if change.kind in ("profile", "account_closed"):
            if not self._profiles and "profiles" not in self._timers:
                self._timers["profiles"] = asyncio.get_running_loop().call_later(GATHER_S, self._tell_profiles)
            self._profiles.add(change.account)

    def stop(self) -> None:
        """Tell nothing more."""
        for timer in self._timers.values():
            timer.cancel()
        for task in self._tasks:
            task.cancel()

    def _note(self, account: str, what: str) -> None:
        if not self._audience.is_here(account):
            return
        if not self._own:
            self._timers["own"] = asyncio.get_running_loop().call_later(GATHER_S, self._tell_own)
        self._own.setdefault(account, set()).add(what)

    def _tell_own(self) -> None:
        own, self._own = self._own, {}
        for account, what in own.items():
            line = msgspec.json.encode(AccountFrame(sorted(what)))
            for connection in self._audience.connections_of(account):
                connection.send_line(line)

    def _tell_profiles(self) -> None:
        if not self._profiles:
            del self._timers["profiles"]
            return
        self._timers["profiles"] = asyncio.get_running_loop().call_later(EVERY_S, self._tell_profiles)
        profiles, self._profiles = self._profiles, set()
        task = asyncio.get_running_loop().create_task(self._tell_those_who_see(profiles))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell_those_who_see(self, accounts: set[str]) -> None:
        for account in accounts:
            conversations = self._audience.conversations_of(account)
            if not conversations:
                try:
                    conversations = [span.conversation for span in await self._sql.read(read_spans, account)]
                except Fault as fault:
                    log.warning("a changed profile was not told", code=fault.code.wire)
                    continue
            seeing: set[Connection] = set()
            for conversation in conversations:
                room = self._audience.rooms.get(conversation)
                if room is not None:
                    seeing.update(room.connections)
            seeing.difference_update(self._audience.connections_of(account))
            Sockets.broadcast(seeing, msgspec.json.encode(ProfileFrame(account)))
