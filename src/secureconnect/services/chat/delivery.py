"""New events on their way to sockets: each is encoded once, and what one commit brought goes out as one message."""

from collections.abc import Callable, Sequence

import msgspec

from secureconnect.backends.log.port import Appended, Stored
from secureconnect.contracts.events import Kind, MemberBody
from secureconnect.contracts.frames import EventFrame
from secureconnect.edge.socket import Connection
from secureconnect.edge.sockets import Sockets
from secureconnect.services.chat.audience import Audience, Place, Room
from secureconnect.services.chat.bodies import NO_BODY, Body, body_of, fresh_body, wire_body
from secureconnect.services.chat.metrics_live import LiveMetrics

MESSAGE_BYTES_MAX = 262_144
"""Above this the lines of one commit go out as several messages."""
MEMBER = Kind.MEMBER.value
TARGETED = frozenset({Kind.EDIT.value, Kind.DELETE.value, Kind.REACTION.value})
Fill = Callable[[str, int], None]
"""Asks for a conversation to be read from the log up to a seq."""
encode = msgspec.json.encode


def event_line(event: Stored) -> bytes:
    """The frame of a live event as one line."""
    return encode(
        EventFrame(
            event.conversation,
            event.seq,
            event.event_id,
            event.kind,
            event.sender,
            event.sent_at,
            wire_body(event),
            event.device,
            event.client_id,
        )
    )


def hidden_line(event: Stored) -> bytes:
    """The frame of an event for one who may not read what it points to."""
    return encode(
        EventFrame(event.conversation, event.seq, event.event_id, event.kind, event.sender, event.sent_at, NO_BODY)
    )


class Delivery:
    """Hands events to the sockets of their conversation, in order and without a hole; `fill` is asked where one is,
    `moved` is told who came or went."""

    def __init__(self, audience: Audience, fill: Fill, moved: Callable[[str], None], metrics: LiveMetrics) -> None:
        self._audience = audience
        self._rooms = audience.rooms
        self._fill = fill
        self._moved = moved
        self._metrics = metrics

    def hear(self, batch: Sequence[Appended]) -> None:
        """Take what one commit of this process brought."""
        by_conversation: dict[str, list[Appended]] = {}
        for appended in batch:
            gathered = by_conversation.get(appended.event.conversation)
            if gathered is None:
                by_conversation[appended.event.conversation] = [appended]
            else:
                gathered.append(appended)
        for conversation, found in by_conversation.items():
            room = self._rooms.get(conversation)
            if room is None:
                self._open(found)
            else:
                self._follow(room, [appended.event for appended in found])

    def take(self, room: Room, events: Sequence[Stored]) -> int:
        """Deliver those of these events that follow what was delivered; how many that were."""
        fresh = [event for event in events if event.seq > room.last_seq]
        if not fresh or fresh[0].seq != room.last_seq + 1:
            return 0
        self._pass_on(room, fresh)
        return len(fresh)

    def _follow(self, room: Room, events: Sequence[Stored]) -> None:
        last_seq = room.last_seq
        if events[0].seq == last_seq + 1:
            self._pass_on(room, events)
        elif events[-1].seq > last_seq and not self.take(room, events):
            self._fill(events[0].conversation, events[-1].seq)

    def _open(self, batch: Sequence[Appended]) -> None:
        """Nobody of this conversation is here; somebody may be from one of these events on."""
        for at, appended in enumerate(batch):
            event = appended.event
            if event.kind != MEMBER:
                continue
            body = fresh_body(appended)
            if isinstance(body, MemberBody) and comes(body):
                self._audience.admit(body.account, event.conversation, place_of(event, body))
                room = self._rooms.get(event.conversation)
                if room is not None:
                    self._follow(room, [later.event for later in batch[at:]])
                    return
            elif isinstance(body, MemberBody) and goes(body):
                self._audience.dismiss(body.account, event.conversation)

    def _pass_on(self, room: Room, events: Sequence[Stored]) -> None:
        room.last_seq = events[-1].seq
        lines: list[bytes] = []
        for event in events:
            if event.kind == MEMBER:
                self._member(room, event, lines)
            elif event.kind in TARGETED and room.floor > 1:
                self._targeted(room, event, lines)
            else:
                lines.append(event_line(event))
        self._write(room.connections, lines)

    def _member(self, room: Room, event: Stored, lines: list[bytes]) -> None:
        """Who comes sees their coming and nothing before; who goes sees their going and nothing after."""
        body = read_body(event)
        if isinstance(body, MemberBody) and comes(body):
            self._write(room.connections, lines)
            self._audience.admit(body.account, event.conversation, place_of(event, body))
        lines.append(event_line(event))
        if isinstance(body, MemberBody) and goes(body):
            self._write(room.connections, lines)
            self._audience.dismiss(body.account, event.conversation)
        if isinstance(body, MemberBody):
            self._moved(body.account)

    def _targeted(self, room: Room, event: Stored, lines: list[bytes]) -> None:
        """Those for whom the target lies before their beginning get the event without its body."""
        target_seq = getattr(read_body(event), "message_seq", 0)
        if target_seq >= room.floor:
            lines.append(event_line(event))
            return
        self._write(room.connections, lines)
        seeing: list[Connection] = []
        others: list[Connection] = []
        for connection in room.connections:
            first_seq = self._audience.first_seq(connection.who.account, event.conversation) or 1
            (seeing if first_seq <= target_seq else others).append(connection)
        self._write(seeing, [event_line(event)])
        self._write(others, [hidden_line(event)])

    def _write(self, connections: Sequence[Connection], lines: list[bytes]) -> None:
        """Write and empty `lines`."""
        if not lines or not connections:
            lines.clear()
            return
        self._metrics.deliveries.inc(len(lines) * len(connections))
        for text in joined(lines):
            Sockets.broadcast(connections, text)
        lines.clear()


def joined(lines: Sequence[bytes]) -> list[bytes]:
    """The lines as texts of at most MESSAGE_BYTES_MAX, or of one line."""
    if len(lines) == 1:
        return [lines[0]]
    whole = b"\n".join(lines)
    if len(whole) <= MESSAGE_BYTES_MAX:
        return [whole]
    texts: list[bytes] = []
    gathered: list[bytes] = []
    size = 0
    for line in lines:
        if gathered and size + len(line) > MESSAGE_BYTES_MAX:
            texts.append(b"\n".join(gathered))
            gathered, size = [], 0
        gathered.append(line)
        size += len(line) + 1
    texts.append(b"\n".join(gathered))
    return texts


def read_body(event: Stored) -> Body | None:
    """The body, None when it cannot be read: one bad event never stops those after it."""
    try:
        return body_of(event)
    except (msgspec.MsgspecError, KeyError):
        return None


def comes(body: MemberBody) -> bool:
    """Whether somebody becomes a member by it."""
    return body.change in ("added", "joined")


def goes(body: MemberBody) -> bool:
    """Whether somebody is no member any more after it."""
    return body.change in ("left", "removed")


def place_of(event: Stored, body: MemberBody) -> Place:
    """Where one begins to read who comes by this event, which itself is still to be delivered."""
    return Place(body.first_seq or event.seq, event.seq - 1)
