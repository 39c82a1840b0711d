"""Read and delivered marks: they never go back, are durable when answered, and are told to those who may see them."""

import asyncio
from asyncio import Future
from collections import OrderedDict
from functools import partial

import msgspec

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.chat import MarkAnswer, MarkPage
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.frames import CursorFrame
from secureconnect.edge.socket import Connection
from secureconnect.services.chat.audience import Audience
from secureconnect.services.chat.hints import HintKind, Hints
from secureconnect.services.chat.membership import Membership
from secureconnect.services.chat.metrics_live import LiveMetrics
from secureconnect.services.chat.nodes import Marked, Nodes, Told
from secureconnect.services.chat.people import People
from secureconnect.services.chat.store.receipts import MarkAsk, Marks, read_marks, write_marks

GATHER_S = 0.25
TOLD_MAX = 10_000
Key = tuple[str, str]


class Receipts:
    """Takes marks, keeps them, tells of them."""

    def __init__(
        self,
        sql: Sql,
        audience: Audience,
        membership: Membership,
        people: People,
        hints: Hints,
        nodes: Nodes,
        metrics: LiveMetrics,
    ) -> None:
        self._sql = sql
        self._audience = audience
        self._membership = membership
        self._people = people
        self._hints = hints
        self._nodes = nodes
        self._metrics = metrics
        self._gathered: dict[Key, tuple[MarkAsk, Connection | None]] = {}
        self._told: OrderedDict[Key, tuple[int, int]] = OrderedDict()

    def set(self, ask: MarkAsk, by: Connection | None = None) -> "Future[Marks]":
        """Move marks; done when they are durable. Raises Fault(CHAT_NOT_A_MEMBER), Fault(CHAT_CURSOR_AHEAD) by it."""
        future = self._sql.gather(write_marks, ask)
        future.add_done_callback(partial(self._written, by))
        return future

    def note(self, ask: MarkAsk, by: Connection) -> "Future[Marks] | None":
        """Move marks within a quarter of a second, with others of the same account and conversation; nobody is
        answered unless they cannot be right: then the future tells why."""
        room = self._audience.rooms.get(ask.conversation)
        if room is None or max(ask.read_seq, ask.delivered_seq) > room.last_seq:
            return self.set(ask, by)
        if self._audience.first_seq(ask.account, ask.conversation) is None:
            raise Fault(Code.CHAT_NOT_A_MEMBER)
        key = (ask.account, ask.conversation)
        before = self._gathered.get(key)
        if before is None:
            if not self._gathered:
                asyncio.get_running_loop().call_later(GATHER_S, self.flush)
            self._gathered[key] = (ask, by)
        else:
            marks, first_by = before
            both = MarkAsk(*key, max(marks[2], ask.read_seq), max(marks[3], ask.delivered_seq))
            self._gathered[key] = (both, by if first_by is by else None)
        return None

    def flush(self) -> None:
        """Write what has gathered."""
        gathered, self._gathered = self._gathered, {}
        for ask, by in gathered.values():
            self.set(ask, by)

    async def page(self, account: str, conversation: str, after_account: str, limit: int) -> MarkPage:
        """The marks of those members who show them, to one who shows their own; else one's own alone.

        Raises Fault(CHAT_NOT_A_MEMBER).
        """
        state = await self._membership.load(conversation)
        if state is None or account not in state.members:
            raise Fault(Code.CHAT_NOT_A_MEMBER)
        rows = await self._sql.read(read_marks, conversation, after_account, limit + 1)
        people = await self._people.of_reachable({account, *(row.account for row in rows)})
        showing = {one.id for one in people.values() if HintKind.MARKS.shown(one.privacy)}
        visible = showing | {account} if account in showing else {account}
        return MarkPage(
            [
                MarkAnswer(row.account, row.read_seq, row.delivered_seq)
                for row in rows[:limit]
                if row.account in visible
            ],
            rows[limit - 1].account if len(rows) > limit else None,
        )

    def tell_own(self, marked: Marked, by: Connection | None = None) -> None:
        """Tell the account's own devices here, unless they know."""
        key, marks = (marked.account, marked.conversation), (marked.read_seq, marked.delivered_seq)
        if self._told.get(key) == marks:
            return
        self._told[key] = marks
        self._told.move_to_end(key)
        if len(self._told) > TOLD_MAX:
            self._told.popitem(last=False)
        frame = msgspec.json.encode(_frame(marked))
        for connection in self._audience.connections_of(marked.account):
            if connection is not by:
                connection.send_line(frame)

    def hear(self, told: Told) -> None:
        """Take what another node tells."""
        for marked in told.marked:
            self._tell(marked, None)

    def _written(self, by: Connection | None, future: "Future[Marks]") -> None:
        if future.cancelled() or future.exception() is not None:
            return
        marks = future.result()
        if marks.moved:
            self._metrics.marks.inc()
            marked = Marked(*marks[:4])
            self._tell(marked, by)
            self._nodes.tell().marked.append(marked)

    def _tell(self, marked: Marked, by: Connection | None) -> None:
        self.tell_own(marked, by)
        self._hints.push(HintKind.MARKS, marked.conversation, marked.account, _frame(marked))


def _frame(marked: Marked) -> CursorFrame:
    return CursorFrame(marked.conversation, marked.account, marked.read_seq, marked.delivered_seq)
