"""Sends messages over a socket until each is acknowledged, refused or out of time."""

import asyncio
from functools import partial

from secureconnect.client.faults import AnswerUnreadable, ConnectionLost, ServerFault, TooMuchWaiting, Unacknowledged
from secureconnect.client.frames import Frame
from secureconnect.client.inbox import Inbox
from secureconnect.client.notices import Acknowledged, ChatNotice, Refused
from secureconnect.client.outbox import Entry, Outbox, Unsent
from secureconnect.client.socket import Socket
from secureconnect.contracts.errors import Fault
from secureconnect.contracts.events import SentAnswer
from secureconnect.contracts.frames import Ack, MessageSend
from secureconnect.kit.clock import Clock

CROWDED_S = 0.05
"""Seconds before messages are sent on that found the connection's own queue full."""


class Sending:
    """The way of messages out; `opened` and `lost` tell it how the socket stands."""

    def __init__(self, socket: Socket, clock: Clock, notices: Inbox[ChatNotice], unsent: list[Unsent]) -> None:
        self._socket = socket
        self._clock = clock
        self._notices = notices
        self._outbox = Outbox(unsent)
        self._waiters: dict[tuple[str, str], list[asyncio.Future[SentAnswer]]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._open = False
        self._over: Exception | None = None

    def unsent(self) -> list[Unsent]:
        """What was not acknowledged yet."""
        return self._outbox.unsent()

    async def send(self, frame: MessageSend, deadline_s: float) -> SentAnswer:
        """Hand in a message and wait until it is durable.

        Raises ServerFault when it is refused, Unacknowledged when its time is over, TooMuchWaiting.
        A caller that is cancelled leaves the message on its way.
        """
        if self._over is not None:
            raise self._over
        entry = self._outbox.add(frame, self._clock.now_ms() + int(deadline_s * 1000))
        waiter: asyncio.Future[SentAnswer] = asyncio.get_running_loop().create_future()
        self._waiters.setdefault(entry.key, []).append(waiter)
        self._transmit()
        try:
            async with asyncio.timeout(deadline_s):
                return await waiter
        except TimeoutError:
            if self._leave(entry, waiter):
                self._outbox.done(entry)
            raise Unacknowledged(frame.conversation, frame.client_id) from None
        except asyncio.CancelledError:
            self._leave(entry, waiter)
            raise

    def opened(self) -> None:
        """A connection is live: send what waits."""
        self._open = True
        for entry in self._outbox.expired(self._clock.now_ms()):
            self._fail(entry, Unacknowledged(*entry.key))
        self._transmit()

    def lost(self) -> None:
        """The connection is gone: what was not acknowledged is to be sent again."""
        self._open = False
        self._outbox.lost()

    def ended(self, why: Exception) -> None:
        """There will be no connection any more; what was not acknowledged stays in `unsent`."""
        self.lost()
        self._over = why
        if self._timer is not None:
            self._timer.cancel()
        for waiters in self._waiters.values():
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_exception(why)
        self._waiters.clear()

    def _transmit(self) -> None:
        if not self._open:
            return
        now_s = self._clock.monotonic_s()
        for entry in self._outbox.due(now_s):
            try:
                answer = self._socket.ask(entry.unsent.frame)
            except (ConnectionLost, TooMuchWaiting):
                self._outbox.wait(entry, now_s + CROWDED_S)
            except Fault as fault:
                self._outbox.done(entry)
                self._fail(entry, fault)
            else:
                answer.add_done_callback(partial(self._answered, entry))
        self._plan(now_s)

    def _plan(self, now_s: float) -> None:
        due_s = self._outbox.next_due_s()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due_s is not None:
            self._timer = asyncio.get_running_loop().call_later(max(0.0, due_s - now_s), self._transmit)

    def _answered(self, entry: Entry, answer: "asyncio.Future[Frame]") -> None:
        fault = answer.exception()
        if isinstance(fault, ServerFault):
            now_s = self._clock.monotonic_s()
            if self._outbox.refused(entry, fault, now_s):
                self._fail(entry, fault)
            else:
                self._plan(now_s)
            return
        if isinstance(fault, ConnectionLost):
            return
        self._outbox.done(entry)
        ack = None if fault is not None else answer.result()
        if not isinstance(ack, Ack):
            self._fail(entry, AnswerUnreadable(f"{type(ack).__name__} came where an ack was due"))
            return
        sent = SentAnswer(ack.conversation, ack.seq, ack.event_id, ack.sent_at)
        waiters = self._waiters.pop(entry.key, None)
        if waiters is None:
            self._notices.put(Acknowledged(entry.unsent.frame.client_id, sent))
        for waiter in waiters or ():
            if not waiter.done():
                waiter.set_result(sent)

    def _fail(self, entry: Entry, fault: Exception) -> None:
        waiters = self._waiters.pop(entry.key, None)
        if waiters is None:
            self._notices.put(Refused(*entry.key, fault if isinstance(fault, ServerFault) else None))
        for waiter in waiters or ():
            if not waiter.done():
                waiter.set_exception(fault)

    def _leave(self, entry: Entry, waiter: "asyncio.Future[SentAnswer]") -> bool:
        """Somebody waits no more for this message; whether that was the last one."""
        waiters = self._waiters.get(entry.key, [])
        if waiter in waiters:
            waiters.remove(waiter)
        if not waiters:
            self._waiters.pop(entry.key, None)
        return not waiters
