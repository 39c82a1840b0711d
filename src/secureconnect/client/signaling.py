"""Calls over the signaling socket: invite, accept, decline, join, hang up, and signals from device to device."""

from collections.abc import Callable
from typing import Literal, Self, TypeVar

import msgspec
from msgspec import Raw

from secureconnect.client.faults import ending
from secureconnect.client.feed import MakeSocket
from secureconnect.client.frames import Frame
from secureconnect.client.inbox import Inbox
from secureconnect.client.notices import Disconnected, SignalingNotice
from secureconnect.contracts.frames import (
    CallAccept,
    CallDecline,
    CallHangup,
    CallInvite,
    CallJoin,
    CallStateFrame,
    Ok,
    Signal,
    SignalAnswer,
    SignalCandidate,
    SignalKey,
    SignalOffer,
    Welcome,
)
from secureconnect.contracts.video import Media

N = TypeVar("N")
SignalKind = Literal["offer", "answer", "candidate", "key"]
SIGNALS: dict[SignalKind, type[Signal]] = {
    "offer": SignalOffer,
    "answer": SignalAnswer,
    "candidate": SignalCandidate,
    "key": SignalKey,
}


class Signaling:
    """The signaling socket of one device; `async with` opens and closes it."""

    def __init__(self, make_socket: MakeSocket) -> None:
        self._socket = make_socket(self)
        self.notices: Inbox[SignalingNotice] = Inbox()
        """Rings, states of calls, signals; the oldest are dropped where nobody reads them."""

    async def __aenter__(self) -> Self:
        await self._socket.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Disconnect."""
        await self._socket.close()

    async def connected(self, timeout_s: float = 30.0) -> None:
        """Wait until the socket is live; raises SocketEnded, ConnectionLost."""
        await self._socket.connected(timeout_s)

    async def invite(self, conversation: str, media: Media = "audio") -> CallStateFrame:
        """Ring a conversation, or get the call that lives there."""
        return await self._socket.request(CallInvite(conversation, media), CallStateFrame)

    async def accept(self, call: str) -> CallStateFrame:
        """Accept a ringing call on this device."""
        return await self._socket.request(CallAccept(call), CallStateFrame)

    async def decline(self, call: str) -> CallStateFrame:
        """Decline a ringing call for this account."""
        return await self._socket.request(CallDecline(call), CallStateFrame)

    async def join(self, call: str) -> CallStateFrame:
        """Join a live call."""
        return await self._socket.request(CallJoin(call), CallStateFrame)

    async def hangup(self, call: str) -> CallStateFrame:
        """Leave a call, or cancel it while it rings."""
        return await self._socket.request(CallHangup(call), CallStateFrame)

    async def signal(self, kind: SignalKind, call: str, to: str, payload: object) -> None:
        """Send something JSON-able to another device of the call; raises ServerFault when it may not pass."""
        frame = SIGNALS[kind](call, to, Raw(msgspec.json.encode(payload)))
        await self._socket.request(frame, Ok)

    async def next_notice(
        self, kind: type[N], timeout_s: float = 10.0, where: Callable[[N], bool] = lambda _: True
    ) -> N:
        """The next notice of this kind; others before it are dropped. Raises TimeoutError, ConnectionLost."""
        return await self.notices.next(kind, timeout_s, where)

    def sync(self) -> str | None:
        """Signaling has no heads to sync."""
        return None

    def sync_refused(self) -> None:
        """There was no token to refuse."""

    def opened(self, welcome: Welcome) -> None:
        """A connection is live."""
        self.notices.put(welcome)

    def heard(self, frame: Frame) -> None:
        """A frame came that answers nothing."""
        if isinstance(frame, SignalingNotice):
            self.notices.put(frame)

    def lost(self, why: str, wait_s: float) -> None:
        """The connection is gone for now."""
        self.notices.put(Disconnected(why, wait_s))

    def ended(self, why: Exception | None) -> None:
        """The socket is over."""
        self.notices.end(None if why is None else ending(why))
