"""Which events of each conversation were handed on, which are held, and what is missing between: pure, without I/O."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from secureconnect.contracts.events import Event

HELD_MAX = 10_000
"""Events held above a hole or a full queue; beyond them only the height is remembered, and they are read again."""


@dataclass
class Track:
    """One conversation: everything up to `cursor` was handed on, something stands at `wanted`."""

    cursor: int = 0
    wanted: int = 0
    held: dict[int, Event] = field(default_factory=dict[int, Event])
    looking: bool = False
    """Left: what stood before the removal is read once more, without knowing how far it reaches."""


class Tracks:
    """All conversations of one account on one device.

    Whatever is lost, doubled or reordered on the way in, `take` answers each event once, in its conversation's order.
    """

    def __init__(self, cursors: dict[str, int] | None = None, heads: dict[str, int] | None = None) -> None:
        self._tracks = {conversation: Track(seq, seq) for conversation, seq in (cursors or {}).items()}
        self._held = 0
        for conversation, seq in (heads or {}).items():
            self.head(conversation, seq)

    def cursor(self, conversation: str) -> int:
        """The last seq handed on; 0 before the first."""
        track = self._tracks.get(conversation)
        return 0 if track is None else track.cursor

    def heads(self) -> dict[str, int]:
        """How far each conversation is known to reach."""
        return {conversation: track.wanted for conversation, track in self._tracks.items()}

    def head(self, conversation: str, seq: int) -> None:
        """Something stands at `seq`."""
        track = self._track(conversation)
        track.wanted = max(track.wanted, seq)

    def start_at(self, conversation: str, seq: int) -> bool:
        """Begin behind `seq` where the conversation is not known yet, and tell whether it was so; else it is a head."""
        if conversation in self._tracks:
            self.head(conversation, seq)
            return False
        self._tracks[conversation] = Track(seq, seq)
        return True

    def live(self, event: Event) -> None:
        """An event came; it is held, unless it was handed on before or too many are held."""
        track = self._track(event.conversation)
        track.wanted = max(track.wanted, event.seq)
        if self._held < HELD_MAX or event.seq == track.cursor + 1:
            self._hold(track, event)

    def page(self, conversation: str, events: Iterable[Event], from_seq: int, to_seq: int) -> bool:
        """A page came that was asked for after the cursor; False when it brings nothing new.

        Where it begins higher than asked, nothing below may be read: the cursor goes there.
        """
        track = self._track(conversation)
        first = True
        for event in events:
            if first and track.cursor + 1 < from_seq <= event.seq:
                self._skip(track, from_seq - 1)
            first = False
            track.wanted = max(track.wanted, event.seq)
            self._hold(track, event)
        if not first:
            track.wanted = max(track.wanted, to_seq)
        return track.cursor + 1 in track.held

    def take(self, conversation: str) -> Event | None:
        """The next event in order, if it is here; it counts as handed on from now."""
        track = self._tracks.get(conversation)
        if track is None:
            return None
        event = track.held.pop(track.cursor + 1, None)
        if event is not None:
            track.cursor += 1
            self._held -= 1
        return event

    def missing(self, conversation: str) -> int | None:
        """After which seq to read a page now; None when nothing is missing or the next event is here."""
        track = self._tracks.get(conversation)
        if track is None or track.cursor + 1 in track.held:
            return None
        return track.cursor if track.wanted > track.cursor or track.looking else None

    def is_behind(self, conversation: str) -> bool:
        """Whether not everything known of it was handed on."""
        track = self._tracks.get(conversation)
        return track is not None and (track.wanted > track.cursor or track.looking)

    def behind(self) -> Iterator[str]:
        """The conversations of which not everything known was handed on."""
        return (name for name, track in self._tracks.items() if track.wanted > track.cursor or track.looking)

    def left(self, conversation: str) -> None:
        """The account is no longer in it: what stood before is looked for once more."""
        self._track(conversation).looking = True

    def settle(self, conversation: str) -> None:
        """There is nothing more to be had: forget what is wanted and held, keep the cursor."""
        track = self._tracks.get(conversation)
        if track is not None:
            self._held -= len(track.held)
            track.held.clear()
            track.wanted = track.cursor
            track.looking = False

    def looking(self, conversation: str) -> bool:
        """Whether this is the last look at a conversation that was left."""
        track = self._tracks.get(conversation)
        return track is not None and track.looking

    def _track(self, conversation: str) -> Track:
        track = self._tracks.get(conversation)
        if track is None:
            track = self._tracks[conversation] = Track()
        return track

    def _hold(self, track: Track, event: Event) -> None:
        if event.seq > track.cursor and event.seq not in track.held:
            track.held[event.seq] = event
            self._held += 1

    def _skip(self, track: Track, seq: int) -> None:
        for below in [held for held in track.held if held <= seq]:
            del track.held[below]
            self._held -= 1
        track.cursor = max(track.cursor, seq)
        track.wanted = max(track.wanted, track.cursor)
