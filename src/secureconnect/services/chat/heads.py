"""Reads every few seconds what changed: a lost hint with nothing after it is repaired, sync tokens are given out."""

import asyncio
from collections.abc import Callable, Iterable

import msgspec
import structlog

from secureconnect.backends.bus.port import Bus, Subscription
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Fault
from secureconnect.contracts.frames import SyncFrame
from secureconnect.edge.socket import Connection
from secureconnect.edge.sockets import Sockets
from secureconnect.services.chat.attached import attached
from secureconnect.services.chat.audience import Audience
from secureconnect.services.chat.holes import Holes
from secureconnect.services.chat.membership import Membership
from secureconnect.services.chat.nodes import Joined, Marked, Nodes
from secureconnect.services.chat.store.live import Moved, MovedMember, read_last_no, read_moved
from secureconnect.services.chat.sync import Tokens

log = structlog.get_logger("chat.heads")
ROWS_MAX = 10_000


class Heads:
    """One query for all sockets of this node, every `every_s` seconds, every `alone_s` while the bus is away, and at
    once when it is back."""

    def __init__(
        self,
        sql: Sql,
        bus: Bus,
        nodes: Nodes,
        audience: Audience,
        holes: Holes,
        membership: Membership,
        tokens: Tokens,
        own_marks: Callable[[Marked], None],
        every_s: float,
        alone_s: float,
    ) -> None:
        self._sql = sql
        self._bus = bus
        self._nodes = nodes
        self._audience = audience
        self._holes = holes
        self._membership = membership
        self._tokens = tokens
        self._own_marks = own_marks
        self._every_s = every_s
        self._alone_s = alone_s
        self._last_no: int | None = None
        self._soon = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._returned: Subscription | None = None

    def start(self) -> None:
        """Begin to look."""
        self._returned = self._bus.on_return(self._soon.set)
        self._task = asyncio.create_task(self._look(), name="chat-heads")

    async def stop(self) -> None:
        """Look no more."""
        if self._returned is not None:
            self._returned.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def check(self) -> None:
        """Read what changed since the last check, have it delivered, and tell its readers how far they are in step.

        Raises Fault when the database does not answer; the next check begins where this one did.
        """
        if self._last_no is None:
            self._last_no = await self._sql.read(read_last_no)
        more = True
        while more:
            moved = await self._sql.read(read_moved, self._last_no, ROWS_MAX)
            if moved.to_no == self._last_no:
                return
            concerned = self._repair(moved)
            await self._holes.settle()
            if not self._caught_up(moved):
                return
            self._tell(concerned, moved.to_no)
            self._last_no = moved.to_no
            more = moved.more

    async def _look(self) -> None:
        while True:
            try:
                await self.check()
            except Fault as fault:
                log.warning("the heads cannot be read", code=fault.code.wire)
            except Exception:
                log.exception("the check of the heads failed")
            await self._wait()

    async def _wait(self) -> None:
        try:
            await self._bus.ping()
            self._nodes.away = False
        except Fault:
            self._nodes.away = True
        wait_s = min(self._every_s, self._alone_s) if self._nodes.away else self._every_s
        try:
            async with asyncio.timeout(wait_s):
                await self._soon.wait()
        except TimeoutError:
            pass
        self._soon.clear()

    def _repair(self, moved: Moved) -> set[Connection]:
        """Have read what was missed; the sockets that any of this concerns."""
        concerned: set[Connection] = set()
        for row in moved.members:
            concerned.update(self._member(row))
        for conversation, head_seq, member_version in moved.heads:
            known = self._membership.get(conversation)
            if known is not None and known.member_version != member_version and known.head_seq < head_seq:
                self._membership.forget(conversation)
            self._holes.reach(conversation, head_seq)
            room = self._audience.rooms.get(conversation)
            if room is not None:
                concerned.update(room.connections)
        return concerned

    def _member(self, row: MovedMember) -> Iterable[Connection]:
        """One's own marks, set elsewhere, are told to one's devices here."""
        connections = self._audience.connections_of(row.account)
        if not connections:
            return ()
        if row.last_seq is None:
            known = self._audience.first_seq(row.account, row.conversation)
            if known is None:
                self._holes.admit(Joined(row.account, row.conversation, row.first_seq, row.joined_seq))
            if row.read_seq > row.joined_seq:
                self._own_marks(Marked(row.account, row.conversation, row.read_seq, row.delivered_seq))
        return connections

    def _caught_up(self, moved: Moved) -> bool:
        rooms = self._audience.rooms
        return all(
            room.last_seq >= head_seq
            for conversation, head_seq, _ in moved.heads
            if (room := rooms.get(conversation)) is not None
        )

    def _tell(self, concerned: set[Connection], no: int) -> None:
        line = msgspec.json.encode(SyncFrame(self._tokens.write(no)))
        Sockets.broadcast([connection for connection in concerned if is_whole(connection)], line)


def is_whole(connection: Connection) -> bool:
    """Whether the socket was told all heads: one that reads the rest of a sync elsewhere must not skip it."""
    return attached(connection).whole
