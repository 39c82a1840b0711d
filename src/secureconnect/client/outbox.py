"""Messages that wait for their acknowledgement, in the order they were given: pure, without I/O."""

from dataclasses import dataclass

from msgspec import Struct

from secureconnect.client.faults import ServerFault, TooMuchWaiting
from secureconnect.contracts.errors import Code
from secureconnect.contracts.frames import MessageSend

WAITING_MAX = 1_000
AGAIN_S = 0.5
"""Seconds before a message is sent again that the server could not take now and gave no time for."""
PASSING = frozenset({Code.CHAT_MEMBERSHIP_CHANGED, Code.UNAVAILABLE, Code.STOPPING, Code.UPSTREAM_FAILED})


class Unsent(Struct, frozen=True):
    """A message that was not acknowledged yet, as it is kept over a restart."""

    frame: MessageSend
    deadline_ms: int


@dataclass(eq=False)
class Entry:
    """A message on its way, not sent before `not_before_s` of the monotonic clock."""

    unsent: Unsent
    not_before_s: float = 0.0

    @property
    def key(self) -> tuple[str, str]:
        """What makes it one message for ever: its conversation and client_id."""
        return self.unsent.frame.conversation, self.unsent.frame.client_id


class Outbox:
    """The messages of one device that were not acknowledged yet."""

    def __init__(self, unsent: list[Unsent] | None = None, waiting_max: int = WAITING_MAX) -> None:
        self._waiting_max = waiting_max
        self._entries = {(one.frame.conversation, one.frame.client_id): Entry(one) for one in unsent or []}
        self._waiting = dict(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def unsent(self) -> list[Unsent]:
        """What is to be kept over a restart."""
        return [entry.unsent for entry in self._entries.values()]

    def add(self, frame: MessageSend, deadline_ms: int) -> Entry:
        """Take a message in; one that is here already is the same one. Raises TooMuchWaiting."""
        key = (frame.conversation, frame.client_id)
        entry = self._entries.get(key)
        if entry is None:
            if len(self._entries) >= self._waiting_max:
                raise TooMuchWaiting(f"{self._waiting_max} messages wait for their acknowledgement")
            entry = self._entries[key] = self._waiting[key] = Entry(Unsent(frame, deadline_ms))
        return entry

    def due(self, now_s: float) -> list[Entry]:
        """What may be sent now, oldest first; each is in flight from then on."""
        ready = [entry for entry in self._waiting.values() if entry.not_before_s <= now_s]
        for entry in ready:
            del self._waiting[entry.key]
        return ready

    def next_due_s(self) -> float | None:
        """When the next message that had to wait may be sent; None when none waits."""
        return min((entry.not_before_s for entry in self._waiting.values()), default=None)

    def lost(self) -> None:
        """The connection is gone: what was in flight is to be sent again, at once."""
        for entry in self._entries.values():
            entry.not_before_s = 0.0
        self._waiting = dict(self._entries)

    def wait(self, entry: Entry, until_s: float) -> None:
        """It could not be sent, or not be taken: send it again from `until_s` on."""
        if entry.key in self._entries:
            entry.not_before_s = until_s
            self._waiting[entry.key] = entry

    def done(self, entry: Entry) -> None:
        """It was acknowledged, refused or given up."""
        self._entries.pop(entry.key, None)
        self._waiting.pop(entry.key, None)

    def refused(self, entry: Entry, fault: ServerFault, now_s: float) -> bool:
        """Whether a refusal is for good; else the message waits as long as the server asks."""
        if fault.retry_after_ms is None and fault.code not in PASSING:
            self.done(entry)
            return True
        self.wait(entry, now_s + (AGAIN_S if fault.retry_after_ms is None else fault.retry_after_ms / 1000))
        return False

    def expired(self, now_ms: int) -> list[Entry]:
        """Take out and answer those whose deadline is over."""
        over = [entry for entry in self._entries.values() if entry.unsent.deadline_ms <= now_ms]
        for entry in over:
            self.done(entry)
        return over
