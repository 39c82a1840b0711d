"""Marks and typing on their way to a conversation's sockets: coalesced, private where asked, dropped under pressure."""

import asyncio
from collections.abc import Iterable
from enum import Enum

import msgspec

from secureconnect.contracts.auth import Privacy
from secureconnect.contracts.errors import Fault
from secureconnect.edge.socket import Connection
from secureconnect.edge.sockets import Sockets
from secureconnect.services.chat.audience import Audience
from secureconnect.services.chat.membership import ConversationState, Membership
from secureconnect.services.chat.metrics_live import LiveMetrics
from secureconnect.services.chat.people import People

EVERY_S = 1.0
PRESSED_BYTES = 65_536
"""A socket with more than this unsent gets no hints."""


class HintKind(Enum):
    """What others may be told of somebody, each under its own mutual choice."""

    MARKS = "marks"
    TYPING = "typing"

    def shown(self, privacy: Privacy) -> bool:
        """Whether one who chose so shows it, and so sees it of others."""
        return privacy.read_marks if self is HintKind.MARKS else privacy.typing


Key = tuple[HintKind, str]


class Hints:
    """At most one message a second for each conversation and kind; the latest of each account stands."""

    def __init__(
        self, audience: Audience, membership: Membership, people: People, metrics: LiveMetrics, members_max: int
    ) -> None:
        self._audience = audience
        self._membership = membership
        self._people = people
        self._metrics = metrics
        self._members_max = members_max
        self._pending: dict[Key, dict[str, bytes]] = {}
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def push(self, kind: HintKind, conversation: str, account: str, frame: msgspec.Struct) -> None:
        """Tell the other members here, at once or when the second is over; nothing where they are too many."""
        if conversation not in self._audience.rooms:
            return
        key = (kind, conversation)
        pending = self._pending.get(key)
        if pending is None:
            self._pending[key] = {account: msgspec.json.encode(frame)}
            self._after(key, 0.0)
        else:
            pending[account] = msgspec.json.encode(frame)

    def stop(self) -> None:
        """Tell nothing more."""
        for timer in self._timers.values():
            timer.cancel()
        for task in self._tasks:
            task.cancel()
        self._timers.clear()
        self._pending.clear()

    def _after(self, key: Key, wait_s: float) -> None:
        self._timers[key] = asyncio.get_running_loop().call_later(wait_s, self._due, key)

    def _due(self, key: Key) -> None:
        lines = self._pending.get(key)
        if not lines:
            del self._timers[key]
            self._pending.pop(key, None)
            return
        self._pending[key] = {}
        self._after(key, EVERY_S)
        kind, conversation = key
        state = self._membership.get(conversation)
        if state is not None and self._knows(state, lines):
            self._tell(kind, state, lines)
            return
        task = asyncio.get_running_loop().create_task(self._ask(kind, conversation, lines))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _concerned(self, state: ConversationState, lines: Iterable[str]) -> set[str]:
        room = self._audience.rooms.get(state.id)
        here = () if room is None else room.connections
        return {connection.who.account for connection in here} | set(lines)

    def _knows(self, state: ConversationState, lines: Iterable[str]) -> bool:
        if len(state.members) > self._members_max:
            return True
        if state.kind == "direct" and any(self._people.known_blocks(account) is None for account in lines):
            return False
        return all(self._people.known(account) is not None for account in self._concerned(state, lines))

    async def _ask(self, kind: HintKind, conversation: str, lines: dict[str, bytes]) -> None:
        try:
            state = await self._membership.load(conversation)
            if state is None or len(state.members) > self._members_max:
                return
            direct = state.kind == "direct"
            await self._people.of(self._concerned(state, lines))
            for account in lines if direct else ():
                await self._people.blocks(account)
        except Fault:
            self._metrics.hints_dropped.inc(len(lines))
            return
        state = self._membership.get(conversation)
        if state is not None:
            self._tell(kind, state, lines)

    def _tell(self, kind: HintKind, state: ConversationState, lines: dict[str, bytes]) -> None:
        room = self._audience.rooms.get(state.id)
        if room is None or len(state.members) > self._members_max:
            return
        told = {account: line for account, line in lines.items() if self._tells(kind, state, account)}
        if not told:
            return
        everything: list[Connection] = []
        for connection in room.connections:
            account = connection.who.account
            if tuple(told) == (account,) or not self._shows(kind, account):
                continue
            if connection.waiting_bytes() > PRESSED_BYTES:
                self._metrics.hints_dropped.inc()
            elif account in told:
                connection.send_line(b"\n".join(line for other, line in told.items() if other != account))
            else:
                everything.append(connection)
        if everything:
            Sockets.broadcast(everything, b"\n".join(told.values()))

    def _tells(self, kind: HintKind, state: ConversationState, account: str) -> bool:
        """Whether the account is still a member, shows this, and is not apart from the other one by a block."""
        if account not in state.members or not self._shows(kind, account):
            return False
        other = state.other_than(account)
        if other is None:
            return True
        blocks = self._people.known_blocks(account)
        return blocks is not None and not blocks.between(other)

    def _shows(self, kind: HintKind, account: str) -> bool:
        """Unknown is hidden."""
        known = self._people.known(account)
        return known is not None and kind.shown(known.privacy)
