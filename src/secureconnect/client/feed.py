"""What a chat socket brings: heads, tokens, events and notices go where they belong, over every connection."""

import asyncio
from typing import Protocol

from secureconnect.client.conversations import Conversations
from secureconnect.client.delivery import Delivery, Start
from secureconnect.client.faults import AnswerUnreadable, ConnectionLost, ending
from secureconnect.client.frames import Frame
from secureconnect.client.inbox import Inbox
from secureconnect.client.listening import Listener
from secureconnect.client.messages import departed
from secureconnect.client.notices import ChatNotice, ConversationLeft, Disconnected, IncarnationChanged
from secureconnect.client.sending import Sending
from secureconnect.client.socket import Socket
from secureconnect.client.state import ChatState
from secureconnect.client.transport import Http
from secureconnect.contracts.chat import Head
from secureconnect.contracts.errors import Fault
from secureconnect.contracts.frames import EventFrame, EventsFrame, EventsRead, PresenceWatch, SyncFrame, Welcome
from secureconnect.kit.clock import Clock
from secureconnect.kit.retry import full_jitter_s

PAGE_EVENTS = 200


class MakeSocket(Protocol):
    """Makes the socket that a listener uses."""

    def __call__(self, listener: Listener) -> Socket:
        """A socket that is not open yet."""
        ...


class Feed:
    """Listens to the chat socket of one device, and keeps the sync token together with its heads."""

    def __init__(self, http: Http, make_socket: MakeSocket, clock: Clock, state: ChatState, start: Start) -> None:
        self._http = http
        self._start: Start = start
        self._incarnation = state.incarnation
        self._sync = state.sync
        self._begun = state.sync is not None
        self._syncing: asyncio.Task[None] | None = None
        self.watched: list[str] = []
        self.socket = make_socket(self)
        self.notices: Inbox[ChatNotice] = Inbox()
        self.delivery = Delivery(self._read_page, http.rng, state.cursors, state.heads)
        self.sending = Sending(self.socket, clock, self.notices, state.unsent)

    async def open(self, timeout_s: float) -> None:
        """Connect and stay connected; raises SocketEnded, ConnectionLost."""
        self.delivery.start()
        try:
            await self.socket.open(timeout_s)
        except ConnectionLost:
            await self.delivery.stop()
            raise

    async def close(self) -> None:
        """Disconnect."""
        if self._syncing is not None:
            self._syncing.cancel()
            await asyncio.gather(self._syncing, return_exceptions=True)
        await self.socket.close()
        await self.delivery.stop()

    def state(self) -> ChatState:
        """What of all this is to survive a restart."""
        delivery = self.delivery
        return ChatState(self._incarnation, self._sync, delivery.cursors(), delivery.heads(), self.sending.unsent())

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
            self.delivery.forget()
            self.notices.put(IncarnationChanged(known or "", welcome.incarnation))
        else:
            self._changes(welcome.heads, welcome.removed)
        if changed or welcome.more:
            self._syncing = asyncio.create_task(self._sync_pages(None if changed else welcome.sync))
        else:
            self._synced(welcome.sync)
        self.notices.put(welcome)
        self.sending.opened()
        if self.watched:
            self.socket.tell(PresenceWatch(self.watched))

    def heard(self, frame: Frame) -> None:
        """A frame came that answers nothing."""
        if isinstance(frame, EventFrame):
            if not self._begun and self._start == "now":
                self.delivery.start_at([Head(frame.conversation, frame.seq - 1)])
            self.delivery.live(frame)
            if self._http.keeper.is_me(departed(frame)):
                self.notices.put(ConversationLeft(frame.conversation))
        elif isinstance(frame, SyncFrame):
            if self._syncing is None:
                self._sync = frame.token
        elif isinstance(frame, ChatNotice):
            self.notices.put(frame)

    def lost(self, why: str, wait_s: float) -> None:
        """The connection is gone for now."""
        self.sending.lost()
        self.notices.put(Disconnected(why, wait_s))

    def ended(self, why: Exception | None) -> None:
        """The socket is over."""
        end = ending(why)
        told = None if why is None else end
        self.sending.ended(end)
        self.delivery.end(told)
        self.notices.end(told)

    def _changes(self, heads: list[Head], removed: list[str]) -> None:
        """Heads and conversations that were left since the sync token; the token is stored after them."""
        if not self._begun and self._start == "now":
            self.delivery.start_at(heads)
        else:
            self.delivery.reaches(heads)
        for conversation in removed:
            self.delivery.left(conversation)
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
            except (Fault, ConnectionLost, AnswerUnreadable):
                await asyncio.sleep(next(waits))
                continue
            self._changes(page.heads, page.removed)
            token = page.token
            if not page.more:
                self._syncing = None
                return self._synced(token)

    async def _read_page(self, conversation: str, after: int) -> EventsFrame:
        return await self.socket.request(EventsRead(conversation, None, after, None, PAGE_EVENTS), EventsFrame)
