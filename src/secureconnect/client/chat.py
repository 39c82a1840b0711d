"""Chat over a socket: events in order and once each, messages until they are acknowledged, over any loss."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol, Self

from secureconnect.client.conversations import Conversations
from secureconnect.client.delivery import Delivery, Start
from secureconnect.client.faults import AnswerUnreadable, ConnectionLost, ServerFault, TooMuchWaiting, ending
from secureconnect.client.frames import Frame
from secureconnect.client.inbox import Inbox
from secureconnect.client.listening import Listener
from secureconnect.client.messages import Content, envelope_of
from secureconnect.client.notices import ChatNotice, ConversationLeft, Disconnected, IncarnationChanged
from secureconnect.client.sending import Sending
from secureconnect.client.socket import Socket
from secureconnect.client.state import ChatState
from secureconnect.client.transport import Http
from secureconnect.contracts.chat import Head
from secureconnect.contracts.events import Event, SentAnswer
from secureconnect.contracts.frames import (
    CursorSet,
    EventFrame,
    EventsFrame,
    EventsRead,
    MessageSend,
    Ok,
    PresenceWatch,
    SyncFrame,
    Typing,
    Welcome,
)
from secureconnect.kit.clock import Clock
from secureconnect.kit.retry import full_jitter_s

PAGE_EVENTS = 200


class MakeSocket(Protocol):
    """Makes the socket that a listener uses."""

    def __call__(self, listener: Listener) -> Socket:
        """A socket that is not open yet."""
        ...


class Chat:
    """The chat socket of one device; `async with` opens and closes it.

    `start` says where a device without state begins: with what happens from now on, or with all it may read.
    A conversation that begins later is handed on from its first readable event.
    """

    def __init__(
        self, http: Http, make_socket: MakeSocket, clock: Clock, state: ChatState | None, start: Start
    ) -> None:
        state = state or ChatState()
        self._http = http
        self._start: Start = start
        self._incarnation = state.incarnation
        self._sync = state.sync
        self._begun = state.sync is not None
        self._watched: list[str] = []
        self._syncing: asyncio.Task[None] | None = None
        self._socket = make_socket(self)
        self._delivery = Delivery(self._read_page, http.rng, state.cursors, state.heads)
        self.notices: Inbox[ChatNotice] = Inbox()
        """What is told beside events; the oldest are dropped where nobody reads them."""
        self._sending = Sending(self._socket, clock, self.notices, state.unsent)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self, timeout_s: float = 30.0) -> None:
        """Connect and stay connected; raises SocketEnded, ConnectionLost."""
        self._delivery.start()
        try:
            await self._socket.open(timeout_s)
        except ConnectionLost:
            await self._delivery.stop()
            raise

    async def close(self) -> None:
        """Disconnect; `state` still answers, with what was not acknowledged."""
        if self._syncing is not None:
            self._syncing.cancel()
            await asyncio.gather(self._syncing, return_exceptions=True)
        await self._socket.close()
        await self._delivery.stop()

    async def connected(self, timeout_s: float = 30.0) -> None:
        """Wait until the socket is live; raises SocketEnded, ConnectionLost."""
        await self._socket.connected(timeout_s)

    def state(self) -> ChatState:
        """What to save and to give back to the next Chat of this device."""
        delivery = self._delivery
        return ChatState(self._incarnation, self._sync, delivery.cursors(), delivery.heads(), self._sending.unsent())

    async def events(self) -> AsyncIterator[Event]:
        """Events in the order of their conversation, each once; ends after `close`, raises SocketEnded."""
        while True:
            try:
                event = await self._delivery.next()
            except StopAsyncIteration:
                return
            yield event

    async def next_event(self, timeout_s: float = 10.0, where: Callable[[Event], bool] = lambda _: True) -> Event:
        """The next event for which `where` holds; those before it are dropped. Raises TimeoutError, ConnectionLost."""
        async with asyncio.timeout(timeout_s):
            while True:
                try:
                    event = await self._delivery.next()
                except StopAsyncIteration:
                    raise ConnectionLost("closed while an event was awaited") from None
                if where(event):
                    return event

    async def run(self, on_event: Callable[[Event], Awaitable[None]]) -> None:
        """Call `on_event` for each event, one after the other, until `close`; raises SocketEnded."""
        async for event in self.events():
            await on_event(event)

    async def send(
        self,
        conversation: str,
        content: Content,
        *,
        client_id: str | None = None,
        reply_to: str | None = None,
        files: Sequence[Mapping[str, object]] = (),
        file_ids: Sequence[str] = (),
        mentions: Sequence[str] = (),
        deadline_s: float = 60.0,
    ) -> SentAnswer:
        """Send a message, again after each loss of connection, until it is durable; many may be under way at once.

        `client_id` is fixed at the call. Raises ServerFault when refused, Unacknowledged, SocketEnded, TooMuchWaiting.
        """
        envelope = envelope_of(content, files)
        name = client_id or self._http.ids.new()
        frame = MessageSend(conversation, name, envelope, None, reply_to, list(file_ids), list(mentions))
        return await self._sending.send(frame, deadline_s)

    async def read(
        self,
        conversation: str,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int = PAGE_EVENTS,
        shown: bool = False,
    ) -> EventsFrame:
        """One page of a conversation's log over the socket; cursors stay where they are."""
        frame = EventsRead(conversation, None, after, before, limit, shown)
        return await self._socket.request(frame, EventsFrame)

    async def mark(self, conversation: str, *, read_seq: int | None = None, delivered_seq: int | None = None) -> None:
        """Set one's marks; they never go back."""
        await self._socket.request(CursorSet(conversation, None, read_seq, delivered_seq), Ok)

    async def watch(self, accounts: Sequence[str]) -> None:
        """Watch these accounts' presence and no others, over every connection to come."""
        self._watched = list(accounts)
        await self._socket.request(PresenceWatch(self._watched), Ok)

    def typing(self, conversation: str, *, on: bool = True) -> None:
        """Tell that one types; it is dropped while there is no connection."""
        with suppress(ConnectionLost, TooMuchWaiting):
            self._socket.tell(Typing(conversation, on))

    def sync(self) -> str | None:
        """The sync token for the next hello."""
        return self._sync

    def sync_refused(self) -> None:
        """Sync anew; cursors stay."""
        self._sync = None

    def opened(self, welcome: Welcome) -> None:
        """A connection is live."""
        if self._syncing is not None:
            self._syncing.cancel()
            self._syncing = None
        known, self._incarnation = self._incarnation, welcome.incarnation
        changed = known is not None and known != welcome.incarnation
        if changed:
            self._sync = None
            self._begun = False
            self._delivery.forget()
            self.notices.put(IncarnationChanged(known or "", welcome.incarnation))
        else:
            self._changes(welcome.heads, welcome.removed)
        if changed or welcome.more:
            self._syncing = asyncio.create_task(self._sync_pages(None if changed else welcome.sync))
        else:
            self._synced(welcome.sync)
        self.notices.put(welcome)
        self._sending.opened()
        if self._watched:
            self._socket.tell(PresenceWatch(self._watched))

    def heard(self, frame: Frame) -> None:
        """A frame came that answers nothing."""
        if isinstance(frame, EventFrame):
            if not self._begun and self._start == "now":
                self._delivery.start_at([Head(frame.conversation, frame.seq - 1)])
            self._delivery.live(frame)
        elif isinstance(frame, SyncFrame):
            if self._syncing is None:
                self._sync = frame.token
        elif isinstance(frame, ChatNotice):
            self.notices.put(frame)

    def lost(self, why: str, wait_s: float) -> None:
        """The connection is gone for now."""
        self._sending.lost()
        self.notices.put(Disconnected(why, wait_s))

    def ended(self, why: Exception | None) -> None:
        """The socket is over."""
        end = ending(why)
        told = None if why is None else end
        self._sending.ended(end)
        self._delivery.end(told)
        self.notices.end(told)

    def _changes(self, heads: list[Head], removed: list[str]) -> None:
        """Heads and conversations that were left since the sync token; the token is stored after them."""
        if not self._begun and self._start == "now":
            self._delivery.start_at(heads)
        else:
            self._delivery.reaches(heads)
        for conversation in removed:
            self._delivery.left(conversation)
            self.notices.put(ConversationLeft(conversation))

    def _synced(self, token: str | None) -> None:
        """All heads that go with the token were taken."""
        self._sync = token
        self._begun = True

    async def _sync_pages(self, token: str | None) -> None:
        """Read the pages of heads that did not fit into the welcome."""
        conversations = Conversations(self._http)
        waits = full_jitter_s(0.2, 10.0, self._http.rng)
        while True:
            try:
                page = await conversations.sync(token)
            except (ServerFault, ConnectionLost, AnswerUnreadable):
                await asyncio.sleep(next(waits))
                continue
            self._changes(page.heads, page.removed)
            token = page.token
            if not page.more:
                self._syncing = None
                return self._synced(token)

    async def _read_page(self, conversation: str, after: int) -> EventsFrame:
        return await self.read(conversation, after=after)
