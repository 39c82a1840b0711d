"""The live side of chat: sockets and all that reaches them, built together, started and stopped together."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import structlog

from secureconnect.backends.bus.port import Bus
from secureconnect.backends.log.port import Appended, Log
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.events import MemberBody
from secureconnect.contracts.frames import FRAME_LINES_MAX, ChatClientFrame, SocketLimits
from secureconnect.contracts.peers import Change, Done, FramesAsk
from secureconnect.edge.limits import FRAME_BYTES_MAX
from secureconnect.edge.running import Edge
from secureconnect.edge.sockets import Sockets
from secureconnect.kit.crashpoints import CrashPoints
from secureconnect.services.chat.audience import Audience
from secureconnect.services.chat.bodies import changes_membership, fresh_body
from secureconnect.services.chat.heads import Heads
from secureconnect.services.chat.hints import Hints
from secureconnect.services.chat.history import History
from secureconnect.services.chat.holes import Holes
from secureconnect.services.chat.limits import ChatLimits
from secureconnect.services.chat.membership import Membership
from secureconnect.services.chat.messages import Messages
from secureconnect.services.chat.metrics_live import LiveMetrics
from secureconnect.services.chat.nodes import Framed, Joined, Nodes, Told
from secureconnect.services.chat.notices import Notices
from secureconnect.services.chat.people import People
from secureconnect.services.chat.presence import Presence
from secureconnect.services.chat.receipts import Receipts
from secureconnect.services.chat.sending import SendPath
from secureconnect.services.chat.socket import ChatSocket
from secureconnect.services.chat.sync import Sync, Tokens
from secureconnect.services.chat.typists import Typists
from secureconnect.services.chat.viewers import Viewers

log = structlog.get_logger("chat.live")
PATH = "/v1/ws/chat"
LOOK_S = 1.0
REFRESH_EVERY = 30
WHOM_ONE_SEES = frozenset({"preferences", "blocks", "friends", "account_disabled", "account_enabled", "account_closed"})


@dataclass(frozen=True)
class LiveParts:
    """What the live side uses of the rest of chat, and its own plain settings."""

    sql: Sql
    events: Log
    bus: Bus
    membership: Membership
    people: People
    messages: Messages
    history: History
    limits: ChatLimits
    crashpoints: CrashPoints
    incarnation: Callable[[], str]
    degraded: Callable[[], list[str]]
    heartbeat_s: int
    outbox_bytes_max: int


class Live:
    """Sockets with delivery, marks, typing, presence and sync.

    `hear` is given what the log tells, after the membership was; `changed` hears the follower, after the people did.
    """

    def __init__(self, edge: Edge, parts: LiveParts) -> None:
        sql, membership, people, limits = parts.sql, parts.membership, parts.people, parts.limits
        metrics = LiveMetrics(edge.metrics.registry)
        tokens = Tokens(parts.incarnation)
        self._degraded = parts.degraded
        self._audience = Audience(sql)
        self._nodes = Nodes(parts.bus, edge.ids.new(), edge.clock)
        self._presence = Presence(
            sql, self._audience, Viewers(sql, people), self._nodes, edge.clock, limits.presence_watch_max
        )
        self._holes = Holes(self._audience, parts.events, membership, self._moved, metrics)
        self._hints = Hints(self._audience, membership, people, metrics, limits.presence_members_max)
        self.receipts = Receipts(sql, self._audience, membership, people, self._hints, self._nodes, metrics)
        self._typists = Typists(self._audience, self._hints, self._nodes)
        self._notices = Notices(sql, self._audience)
        self.sync = Sync(sql, tokens, limits.sync_heads_max)
        self._heads = Heads(
            sql,
            parts.bus,
            self._nodes,
            self._audience,
            self._holes,
            membership,
            tokens,
            self.receipts.tell_own,
            limits.heads_check_s,
            limits.heads_check_alone_s,
        )
        self.sockets = self._open_sockets(edge, parts)
        self._looking: asyncio.Task[None] | None = None
        metrics.count_rooms(lambda: len(self._audience.rooms))
        for listener in (self._holes.hear, self.receipts.hear, self._typists.hear, self._presence.hear, self._framed):
            self._nodes.hear(listener)

    def hear(self, batch: Sequence[Appended]) -> None:
        """Deliver what one commit of this process brought, and hint it to the other nodes."""
        self._holes.delivery.hear(batch)
        told = self._nodes.tell()
        for appended in batch:
            event = appended.event
            told.heads[event.conversation] = event.seq
            if event.kind in ("member", "conversation"):
                self._tell_of_members(told, appended)

    def changed(self, change: Change) -> None:
        """Take a change at auth."""
        self._notices.hear(change)
        if change.kind in WHOM_ONE_SEES:
            self._presence.look_again([change.account, *([change.other] if change.other is not None else [])])

    async def frames(self, ask: FramesAsk) -> Done:
        """Send a frame to all sockets of these accounts, at every node (peer call CHAT_FRAMES)."""
        one_line = msgspec.Raw(msgspec.json.format(bytes(ask.frame), indent=-1))
        self._send_frame(ask.accounts, bytes(one_line))
        self._nodes.tell().framed.append(Framed(ask.accounts, one_line))
        return Done()

    async def start(self) -> None:
        """Begin to hear the other nodes and to look after what is lost."""
        self._nodes.start()
        self._heads.start()
        self._looking = asyncio.create_task(self._look(), name="chat-live")

    async def stop(self) -> None:
        """End all of it; marks and last-seen times that wait are written."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        self._hints.stop()
        self._notices.stop()
        await self._heads.stop()
        await self._holes.stop()
        self.receipts.flush()
        await self._presence.stop()
        self._nodes.stop()

    def _open_sockets(self, edge: Edge, parts: LiveParts) -> Sockets:
        service = ChatSocket(
            self._audience,
            self.sync,
            SendPath(parts.messages, parts.events, parts.crashpoints),
            parts.history,
            self.receipts,
            self._typists,
            self._presence,
            parts.heartbeat_s,
            SocketLimits(FRAME_BYTES_MAX, FRAME_LINES_MAX, parts.limits.message_bytes_max),
            parts.degraded,
        )
        return Sockets(
            PATH,
            ChatClientFrame,
            service,
            edge.gatekeeper(),
            edge.origins,
            edge.metrics,
            edge.clock,
            edge.ids,
            edge.rng,
            parts.heartbeat_s,
            parts.outbox_bytes_max,
            edge.scale,
        )

    def _tell_of_members(self, told: Told, appended: Appended) -> None:
        event, body = appended.event, fresh_body(appended)
        if changes_membership(body):
            told.remembered.append(event.conversation)
        if isinstance(body, MemberBody) and body.change in ("added", "joined"):
            told.joined.append(Joined(body.account, event.conversation, body.first_seq or event.seq, event.seq))

    def _moved(self, account: str) -> None:
        """Somebody came into or left a conversation with sockets here."""
        self._presence.look_again([account])

    def _framed(self, told: Told) -> None:
        for framed in told.framed:
            self._send_frame(framed.accounts, bytes(framed.frame))

    def _send_frame(self, accounts: Sequence[str], line: bytes) -> None:
        for account in accounts:
            self.sockets.send_to_account(account, line)

    async def _look(self) -> None:
        turns = 0
        while True:
            await asyncio.sleep(LOOK_S)
            turns += 1
            try:
                self.sockets.degraded(self._degraded())
                if turns % REFRESH_EVERY == 0:
                    self._nodes.greet()
                    self._presence.refresh()
            except Exception:
                log.exception("looking after the sockets failed")
