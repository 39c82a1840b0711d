"""Chat over a socket: events in order and once each, messages until they are acknowledged, over any loss."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Self

from secureconnect.client.delivery import Start
from secureconnect.client.faults import ConnectionLost, TooMuchWaiting
from secureconnect.client.feed import PAGE_EVENTS, Feed, MakeSocket
from secureconnect.client.messages import Content, envelope_of
from secureconnect.client.state import ChatState
from secureconnect.client.transport import Http
from secureconnect.contracts.events import Event, SentAnswer
from secureconnect.contracts.frames import (
    CursorSet,
    EventsFrame,
    EventsRead,
    MessageSend,
    Ok,
    PresenceWatch,
    Typing,
)
from secureconnect.kit.clock import Clock


class Chat:
    """The chat socket of one device; `async with` opens and closes it.

    `start` says where a device without state begins: with what happens from now on, or with all it may read.
    A conversation that begins later is handed on from its first readable event.
    """

    def __init__(
        self, http: Http, make_socket: MakeSocket, clock: Clock, state: ChatState | None, start: Start
    ) -> None:
        self._http = http
        self._feed = Feed(http, make_socket, clock, state or ChatState(), start)
        self.notices = self._feed.notices
        """What is told beside events; the oldest are dropped where nobody reads them."""

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self, timeout_s: float = 30.0) -> None:
        """Connect and stay connected; raises SocketEnded, ConnectionLost."""
        await self._feed.open(timeout_s)

    async def close(self) -> None:
        """Disconnect; `state` still answers, with what was not acknowledged."""
        await self._feed.close()

    async def connected(self, timeout_s: float = 30.0) -> None:
        """Wait until the socket is live; raises SocketEnded, ConnectionLost."""
        await self._feed.socket.connected(timeout_s)

    def state(self) -> ChatState:
        """What to save and to give back to the next Chat of this device."""
        return self._feed.state()

    async def events(self) -> AsyncIterator[Event]:
        """Events in the order of their conversation, each once; ends after `close`, raises SocketEnded."""
        while True:
            try:
                event = await self._feed.delivery.next()
            except StopAsyncIteration:
                return
            yield event

    async def next_event(self, timeout_s: float = 10.0, where: Callable[[Event], bool] = lambda _: True) -> Event:
        """The next event for which `where` holds; those before it are dropped. Raises TimeoutError, ConnectionLost."""
        async with asyncio.timeout(timeout_s):
            while True:
                try:
                    event = await self._feed.delivery.next()
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
        return await self._feed.sending.send(frame, deadline_s)

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
        return await self._feed.socket.request(frame, EventsFrame)

    async def mark(self, conversation: str, *, read_seq: int | None = None, delivered_seq: int | None = None) -> None:
        """Set one's marks; they never go back."""
        await self._feed.socket.request(CursorSet(conversation, None, read_seq, delivered_seq), Ok)

    async def watch(self, accounts: Sequence[str]) -> None:
        """Watch these accounts' presence and no others, over every connection to come."""
        self._feed.watched = list(accounts)
        await self._feed.socket.request(PresenceWatch(self._feed.watched), Ok)

    def typing(self, conversation: str, *, on: bool = True) -> None:
        """Tell that one types; it is dropped while there is no connection."""
        with suppress(ConnectionLost, TooMuchWaiting):
            self._feed.socket.tell(Typing(conversation, on))
