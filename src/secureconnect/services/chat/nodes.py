"""What the chat nodes tell each other: gathered for a few milliseconds and sent over the bus as one message."""

import asyncio
from collections.abc import Callable

import msgspec
import structlog
from msgspec import Raw, Struct, field

from secureconnect.backends.bus.port import Bus, Subscription
from secureconnect.contracts.errors import Fault
from secureconnect.kit.clock import Clock

log = structlog.get_logger("chat.nodes")
TOPIC = "chat.nodes"
GATHER_S = 0.002
GATHER_ALONE_S = 0.05
"""While no other node was heard of, what is told reaches nobody and may gather longer."""
OTHERS_S = 60.0
ITEMS_MAX = 1_000


class Joined(Struct, frozen=True, array_like=True):
    """An account became a member by the event at `seq`, and reads from `first_seq`."""

    account: str
    conversation: str
    first_seq: int
    seq: int


class Marked(Struct, frozen=True, array_like=True):
    """An account's marks in a conversation moved."""

    account: str
    conversation: str
    read_seq: int
    delivered_seq: int


class Typed(Struct, frozen=True, array_like=True):
    """An account types in a conversation, or no longer."""

    account: str
    conversation: str
    on: bool


class Framed(Struct, frozen=True, array_like=True):
    """A frame for all sockets of these accounts."""

    accounts: list[str]
    frame: Raw


class Told(Struct, omit_defaults=True):
    """One message between nodes; what is lost of it is repaired from the log, or was not promised."""

    node: str
    heads: dict[str, int] = field(default_factory=dict[str, int])
    remembered: list[str] = field(default_factory=list[str])
    joined: list[Joined] = field(default_factory=list[Joined])
    marked: list[Marked] = field(default_factory=list[Marked])
    typed: list[Typed] = field(default_factory=list[Typed])
    framed: list[Framed] = field(default_factory=list[Framed])
    asked: list[str] = field(default_factory=list[str])
    online: list[str] = field(default_factory=list[str])
    offline: list[str] = field(default_factory=list[str])

    def size(self) -> int:
        """How many things are told, heads apart."""
        return len(self.joined) + len(self.marked) + len(self.typed) + len(self.framed) + len(self.online)


_decoder = msgspec.json.Decoder(Told)


class Nodes:
    """This node's voice and ear on the bus; `node` is its name among the others.

    A node makes itself known when it starts and by `greet`; the others then tell it quickly what they have.
    """

    def __init__(self, bus: Bus, node: str, clock: Clock) -> None:
        self._bus = bus
        self._node = node
        self._clock = clock
        self._others_until_s = float("-inf")
        self._listeners: list[Callable[[Told], None]] = []
        self._pending: Told | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._subscription: Subscription | None = None
        self.away = False

    def start(self) -> None:
        """Begin to hear the others."""
        self._subscription = self._bus.subscribe(TOPIC, self._take)
        self.greet()

    def greet(self) -> None:
        """Let the others know that this node is there, also when nothing else is to be told."""
        self._send(self.tell())

    def stop(self) -> None:
        """Hear no more."""
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None

    def hear(self, listener: Callable[[Told], None]) -> None:
        """Call `listener` for each message of another node."""
        self._listeners.append(listener)

    def tell(self) -> Told:
        """The message that goes out next: add to it what is to be told, without waiting."""
        pending = self._pending
        if pending is None:
            pending = self._pending = Told(self._node)
            alone = self._clock.monotonic_s() > self._others_until_s
            asyncio.get_running_loop().call_later(GATHER_ALONE_S if alone else GATHER_S, self._send, pending)
        elif pending.size() >= ITEMS_MAX:
            self._send(pending)
            return self.tell()
        return pending

    def _send(self, told: Told) -> None:
        if self._pending is not told:
            return
        self._pending = None
        task = asyncio.get_running_loop().create_task(self._publish(msgspec.json.encode(told)))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _publish(self, message: bytes) -> None:
        try:
            await self._bus.publish(TOPIC, message)
        except Fault as fault:
            if not self.away:
                log.warning("the bus takes nothing", code=fault.code.wire)
            self.away = True

    def _take(self, message: bytes) -> None:
        try:
            told = _decoder.decode(message)
        except msgspec.MsgspecError:
            log.warning("a message of another node cannot be read")
            return
        if told.node != self._node:
            now_s = self._clock.monotonic_s()
            alone, self._others_until_s = now_s > self._others_until_s, now_s + OTHERS_S
            if alone:
                self.greet()
            for listener in self._listeners:
                listener(told)
