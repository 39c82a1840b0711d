"""Telling of a call's steps: to the signaling sockets here, to chat sockets, and to the other video nodes."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from secureconnect.backends.bus.port import Bus, Subscription
from secureconnect.edge.socket import Connection, encode
from secureconnect.edge.sockets import Sockets
from secureconnect.services.video.announcement import Announcement, Stop, ring_frame, state_frame, stop_frame
from secureconnect.services.video.background import Background
from secureconnect.services.video.call_state import Call, seat_of
from secureconnect.services.video.chat_frames import ChatFrames
from secureconnect.services.video.listeners import Listeners
from secureconnect.services.video.live import LiveCalls

TOPIC = "video"


class ToldByNode(Struct, frozen=True, tag="step"):
    """A step of a call that another node made."""

    node: str
    announcement: Announcement


class RelayedByNode(Struct, frozen=True, tag="signal"):
    """A signal for a device whose socket may be at another node; `line` is its encoded frame."""

    node: str
    account: str
    device: str
    line: bytes


class MembersByNode(Struct, frozen=True, tag="members"):
    """The members of a conversation are others than before."""

    node: str
    conversation: str


FromNode = ToldByNode | RelayedByNode | MembersByNode
_decoder: msgspec.msgpack.Decoder[FromNode] = msgspec.msgpack.Decoder(FromNode)


class Delivery:
    """Frames to those who are to have them; `node` is this process's own name on the bus."""

    def __init__(
        self,
        node: str,
        listeners: Listeners,
        live: LiveCalls,
        chat: ChatFrames,
        bus: Bus,
        background: Background,
    ) -> None:
        self._node = node
        self._listeners = listeners
        self._live = live
        self._chat = chat
        self._bus = bus
        self._background = background

    def subscribe(self) -> Subscription:
        """Hear what other nodes tell from now on."""
        return self._bus.subscribe(TOPIC, self._hear)

    def tell(self, said: Announcement, but: Connection | None = None) -> None:
        """Tell everybody of a step made here; `but` has its own answer."""
        self.tell_here(said, but)
        self._tell_chat(said)
        self._publish(ToldByNode(self._node, said))

    def tell_here(self, said: Announcement, but: Connection | None = None) -> None:
        """Tell the signaling sockets of this node; a step older than what is known tells only who stops to ring."""
        call = said.call
        ring = [account for account in said.rings if self._live.rings(call.id, account)]
        if ring:
            Sockets.broadcast(self._listeners.of_accounts(ring), encode(ring_frame(call)))
        for stop in said.stops:
            Sockets.broadcast(self._stopping(call, stop), encode(stop_frame(call, stop.reason)))
        known = self._live.get(call.id)
        if known is None or known.call.version <= call.version:
            hearing = [one for one in self._listeners.of_accounts(said.audience) if one is not but]
            Sockets.broadcast(hearing, encode(state_frame(call)))

    def ring_again(self, call: Call, accounts: Iterable[str]) -> None:
        """Ring on chat sockets once more, for devices that connected since."""
        self._chat.put(accounts, encode(ring_frame(call)))

    def members_changed(self, conversation: str) -> None:
        """Forget who the members of a conversation were, here and at the other nodes."""
        self._live.forget_members(conversation)
        self._publish(MembersByNode(self._node, conversation))

    def relay(self, account: str, device: str, line: bytes) -> None:
        """Pass an encoded frame to one device, wherever its socket is; it is lost when there is none."""
        here = self._listeners.of_device(account, device)
        if here:
            Sockets.broadcast(here, line)
        else:
            self._publish(RelayedByNode(self._node, account, device, line))

    def _stopping(self, call: Call, stop: Stop) -> list[Connection]:
        """The account's devices but the one that took the call."""
        found = self._listeners.of_account(stop.account)
        return [one for one in found if seat_of(call, stop.account, one.who.device) is None]

    def _tell_chat(self, said: Announcement) -> None:
        self._chat.put(said.rings, encode(ring_frame(said.call)))
        for reason in sorted({stop.reason for stop in said.stops}):
            stopping = [stop.account for stop in said.stops if stop.reason == reason]
            self._chat.put(stopping, encode(stop_frame(said.call, reason)))

    def _publish(self, message: FromNode) -> None:
        self._background.spawn(self._bus.publish(TOPIC, msgspec.msgpack.encode(message)), "tell other nodes")

    def _hear(self, message: bytes) -> None:
        heard = _decoder.decode(message)
        if heard.node == self._node:
            return
        if isinstance(heard, ToldByNode):
            self._live.put(heard.announcement.call)
            self.tell_here(heard.announcement)
        elif isinstance(heard, MembersByNode):
            self._live.forget_members(heard.conversation)
        else:
            Sockets.broadcast(self._listeners.of_device(heard.account, heard.device), heard.line)
