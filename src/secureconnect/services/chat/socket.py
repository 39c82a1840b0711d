"""The chat socket: frames in, answers out; what they mean is decided by the nouns."""

from asyncio import Future
from collections.abc import Awaitable, Callable
from functools import partial

from secureconnect.contracts.chat import SyncAnswer
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.frames import (
    ChatClientFrame,
    CursorSet,
    EventsFrame,
    EventsRead,
    MessageSend,
    Ok,
    PresenceWatch,
    SocketLimits,
    Typing,
    Welcome,
)
from secureconnect.edge.socket import Connection
from secureconnect.services.chat.attached import Attached, attached
from secureconnect.services.chat.audience import Audience
from secureconnect.services.chat.history import History
from secureconnect.services.chat.presence import Presence
from secureconnect.services.chat.receipts import Receipts
from secureconnect.services.chat.sending import Sending, SendPath, told
from secureconnect.services.chat.store.receipts import MarkAsk, Marks
from secureconnect.services.chat.sync import Sync
from secureconnect.services.chat.typists import Typists


class ChatSocket:
    """What chat does with its sockets (edge.socket.SocketService)."""

    def __init__(
        self,
        audience: Audience,
        sync: Sync,
        path: SendPath,
        history: History,
        receipts: Receipts,
        typists: Typists,
        presence: Presence,
        heartbeat_s: int,
        limits: SocketLimits,
        degraded: Callable[[], list[str]],
    ) -> None:
        self._audience = audience
        self._sync = sync
        self._path = path
        self._history = history
        self._receipts = receipts
        self._typists = typists
        self._presence = presence
        self._heartbeat_s = heartbeat_s
        self._limits = limits
        self._degraded = degraded

    async def opened(self, connection: Connection, sync: str | None) -> Welcome:
        """Register for live events first, then read the heads: nothing falls between. Raises Fault."""
        connection.data = Attached()
        account = connection.who.account
        first = not self._audience.is_here(account)
        await self._audience.enter(connection)
        if first:
            self._presence.came(account)
        changes = await self._changes(account, sync)
        attached(connection).whole = not changes.more
        return Welcome(
            connection.id,
            changes.incarnation,
            self._heartbeat_s,
            changes.token,
            self._limits,
            changes.heads,
            changes.removed,
            self._degraded(),
            changes.more,
        )

    def frame(self, connection: Connection, frame: ChatClientFrame) -> Awaitable[None] | None:
        """Run one frame; see edge.socket."""
        if isinstance(frame, MessageSend):
            held = attached(connection)
            if held.sending is None:
                held.sending = Sending(connection, self._path)
            return held.sending.send(frame)
        if isinstance(frame, CursorSet):
            return self._mark(connection, frame)
        if isinstance(frame, Typing):
            self._typists.set(connection.who.account, frame.conversation, frame.on)
            _done(connection, frame.id)
            return None
        if isinstance(frame, EventsRead):
            return self._read(connection, frame)
        if isinstance(frame, PresenceWatch):
            return self._watch(connection, frame)
        raise Fault(Code.FRAME_UNKNOWN)

    def closed(self, connection: Connection) -> None:
        """Forget a socket."""
        held = attached(connection)
        if held.sending is not None:
            held.sending.close()
        self._presence.closed(connection)
        if self._audience.leave(connection):
            self._presence.went(connection.who.account)

    async def _changes(self, account: str, token: str | None) -> SyncAnswer:
        try:
            return await self._sync.since(account, token)
        except Fault as fault:
            if fault.code is not Code.CHAT_TOKEN_INVALID:
                raise
            return await self._sync.since(account, None)

    async def _read(self, connection: Connection, frame: EventsRead) -> None:
        page = await self._history.page(
            connection.who.account, frame.conversation, frame.after, frame.before, frame.limit, frame.shown
        )
        connection.send(
            EventsFrame(frame.conversation, page.events, page.from_seq, page.to_seq, page.head_seq, page.more, frame.id)
        )

    def _mark(self, connection: Connection, frame: CursorSet) -> None:
        ask = MarkAsk(connection.who.account, frame.conversation, frame.read_seq or 0, frame.delivered_seq or 0)
        written = self._receipts.note(ask, connection) if frame.id is None else self._receipts.set(ask, connection)
        if written is not None:
            written.add_done_callback(partial(_marked, connection, frame.id))

    async def _watch(self, connection: Connection, frame: PresenceWatch) -> None:
        await self._presence.watch(connection, frame.accounts)
        _done(connection, frame.id)


def _done(connection: Connection, number: int | None) -> None:
    if number is not None:
        connection.send(Ok(number))


def _marked(connection: Connection, number: int | None, written: "Future[Marks]") -> None:
    if written.cancelled():
        connection.refuse(number, Fault(Code.UNAVAILABLE))
    elif (error := written.exception()) is None:
        _done(connection, number)
    else:
        connection.refuse(number, told(error))
