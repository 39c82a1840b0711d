"""The messages of one socket on their way to the log: many at once, acknowledged when durable, in their order."""

import asyncio
from asyncio import Future
from collections import deque
from collections.abc import Awaitable
from functools import partial

import structlog

from secureconnect.backends.log.port import Appended, Draft, Log, MembershipChanged
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.frames import Ack, MessageSend
from secureconnect.edge.socket import Connection
from secureconnect.kit.crashpoints import CrashPoints
from secureconnect.services.chat.appending import fault_of
from secureconnect.services.chat.messages import Messages

log = structlog.get_logger("chat.sending")


class SendPath:
    """What a message passes; one for all sockets."""

    __slots__ = ("crashpoints", "events", "messages")

    def __init__(self, messages: Messages, events: Log, crashpoints: CrashPoints) -> None:
        self.messages = messages
        self.events = events
        self.crashpoints = crashpoints


class Flight:
    """Messages to one conversation that were checked against the same membership and are not yet durable."""

    __slots__ = ("count", "member_version")

    def __init__(self, member_version: int | None) -> None:
        self.member_version = member_version
        self.count = 1


class Sending:
    """One socket's messages. Those of one conversation stand in the order of their frames, also when some must be
    checked again because the membership changed: what comes later waits for them."""

    __slots__ = ("_again", "_connection", "_flights", "_landed", "_path", "_task")

    def __init__(self, connection: Connection, path: SendPath) -> None:
        self._connection = connection
        self._path = path
        self._flights: dict[str, Flight] = {}
        self._again: deque[MessageSend] = deque()
        self._task: asyncio.Task[None] | None = None
        self._landed: Future[None] | None = None

    def send(self, frame: MessageSend) -> Awaitable[None] | None:
        """Send without waiting where all is at hand; else what is returned is to be awaited. Raises Fault."""
        if self._task is None:
            draft = self._path.messages.prepare(self._connection.who, frame.conversation, frame)
            if draft is not None and self._takes_off(draft):
                self._path.events.append(draft).add_done_callback(partial(self._lands, frame))
                return None
        return self._send_slowly(frame)

    def close(self) -> None:
        """The socket is gone: what was not tried again is left to its next one."""
        if self._task is not None:
            self._task.cancel()

    def _takes_off(self, draft: Draft) -> bool:
        flight = self._flights.get(draft.conversation)
        if flight is None:
            self._flights[draft.conversation] = Flight(draft.member_version)
            return True
        if flight.member_version != draft.member_version:
            return False
        flight.count += 1
        return True

    def _lands(self, frame: MessageSend, future: "Future[Appended]") -> None:
        flight = self._flights[frame.conversation]
        flight.count -= 1
        if not flight.count:
            del self._flights[frame.conversation]
        if future.cancelled():
            self._connection.refuse(frame.id, Fault(Code.UNAVAILABLE))
        elif (error := future.exception()) is None:
            self._acknowledge(frame, future.result())
        elif isinstance(error, MembershipChanged):
            self._again.append(frame)
            if self._task is None:
                self._task = asyncio.get_running_loop().create_task(self._send_again())
        else:
            self._connection.refuse(frame.id, told(error))
        if not self._flights and self._landed is not None:
            self._landed.set_result(None)
            self._landed = None

    def _acknowledge(self, frame: MessageSend, appended: Appended) -> None:
        self._path.crashpoints.reach("chat.before_ack")
        event = appended.event
        self._connection.send(Ack(event.conversation, event.seq, event.event_id, event.sent_at, frame.id))

    async def _all_landed(self) -> None:
        while self._flights:
            if self._landed is None:
                self._landed = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._landed)

    async def _send_slowly(self, frame: MessageSend) -> None:
        await self._all_landed()
        while self._task is not None:
            await asyncio.wait([self._task])
        await self._stand(frame)

    async def _send_again(self) -> None:
        try:
            await self._all_landed()
            while self._again:
                frame = self._again.popleft()
                try:
                    await self._stand(frame)
                except Exception as error:
                    self._connection.refuse(frame.id, told(error))
        finally:
            self._task = None

    async def _stand(self, frame: MessageSend) -> None:
        appended = await self._path.messages.send(self._connection.who, frame.conversation, frame)
        self._acknowledge(frame, appended)


def told(error: BaseException) -> Fault:
    """What a failure is told as; one that is none of the product's is logged."""
    fault = fault_of(error)
    if fault.code is Code.INTERNAL:
        log.error("a message failed", exc_info=error)
    return fault
