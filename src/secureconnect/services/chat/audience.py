"""Who is connected here, by conversation: sockets come and go, and the events of members keep it right."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from secureconnect.backends.sql.port import Sql
from secureconnect.edge.socket import Connection
from secureconnect.services.chat.store.live import read_spans


class Room:
    """A conversation with sockets here: what was delivered to them, and the highest seq that one of them begins at."""

    __slots__ = ("connections", "floor", "last_seq")

    def __init__(self, last_seq: int) -> None:
        self.connections: list[Connection] = []
        self.floor = 1
        self.last_seq = last_seq


class Place(NamedTuple):
    """From where a member reads a conversation, and what was delivered when they came."""

    first_seq: int
    last_seq: int


class Person:
    """An account with sockets here; `spans` says from where it reads each conversation, None while that is read."""

    __slots__ = ("account", "changes", "connections", "loading", "spans")

    def __init__(self, account: str) -> None:
        self.account = account
        self.connections: list[Connection] = []
        self.spans: dict[str, int] | None = None
        self.loading: asyncio.Future[None] | None = None
        self.changes: dict[str, Place | None] = {}


class Audience:
    """The index from conversations to sockets; all its steps but `enter` are done at once."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self._people: dict[str, Person] = {}
        self.rooms: dict[str, Room] = {}

    async def enter(self, connection: Connection) -> None:
        """Take a socket into all conversations of its account; live events reach it from here on. Raises Fault."""
        account = connection.who.account
        person = self._people.get(account)
        if person is None:
            person = self._people[account] = Person(account)
        person.connections.append(connection)
        if person.spans is not None:
            for conversation in person.spans:
                self.rooms[conversation].connections.append(connection)
            return
        if person.loading is None:
            person.loading = asyncio.ensure_future(self._load(person))
            person.loading.add_done_callback(_take_notice)
        await asyncio.shield(person.loading)

    def leave(self, connection: Connection) -> bool:
        """Take a socket out of everything; whether it was the last one of its account here."""
        account = connection.who.account
        person = self._people.get(account)
        if person is None or connection not in person.connections:
            return False
        person.connections.remove(connection)
        for conversation in person.spans or ():
            self._unseat(conversation, (connection,))
        if person.connections:
            return False
        del self._people[account]
        return True

    def admit(self, account: str, conversation: str, place: Place) -> None:
        """An account became a member: its sockets are in from now on; `place.last_seq` counts where nobody was."""
        person = self._people.get(account)
        if person is None:
            return
        if person.spans is None:
            person.changes[conversation] = place
        elif conversation not in person.spans:
            self._seat(person, conversation, place)

    def dismiss(self, account: str, conversation: str) -> None:
        """An account is no longer a member: its sockets get nothing more."""
        person = self._people.get(account)
        if person is None:
            return
        if person.spans is None:
            person.changes[conversation] = None
        elif person.spans.pop(conversation, None) is not None:
            self._unseat(conversation, person.connections)

    def connections_of(self, account: str) -> Sequence[Connection]:
        """The account's sockets here."""
        person = self._people.get(account)
        return () if person is None else tuple(person.connections)

    def is_here(self, account: str) -> bool:
        """Whether the account has a socket here."""
        return account in self._people

    def first_seq(self, account: str, conversation: str) -> int | None:
        """From where an account with sockets here reads; None when it is no member or has none."""
        person = self._people.get(account)
        return None if person is None or person.spans is None else person.spans.get(conversation)

    def conversations_of(self, account: str) -> Sequence[str]:
        """The conversations of an account with sockets here; none for others."""
        person = self._people.get(account)
        return () if person is None or person.spans is None else tuple(person.spans)

    def accounts(self) -> Sequence[str]:
        """All accounts with sockets here."""
        return tuple(self._people)

    async def _load(self, person: Person) -> None:
        try:
            spans = await self._sql.read(read_spans, person.account)
        finally:
            person.loading = None
        person.spans = {}
        for conversation, head_seq, first_seq in spans:
            if conversation not in person.changes:
                self._seat(person, conversation, Place(first_seq, head_seq))
        for conversation, place in person.changes.items():
            if place is not None:
                self._seat(person, conversation, place)
        person.changes.clear()

    def _seat(self, person: Person, conversation: str, place: Place) -> None:
        if person.spans is None or not person.connections:
            return
        person.spans[conversation] = place.first_seq
        room = self.rooms.get(conversation)
        if room is None:
            room = self.rooms[conversation] = Room(place.last_seq)
        room.connections.extend(person.connections)
        room.floor = max(room.floor, place.first_seq)

    def _unseat(self, conversation: str, connections: Sequence[Connection]) -> None:
        room = self.rooms.get(conversation)
        if room is None:
            return
        for connection in connections:
            if connection in room.connections:
                room.connections.remove(connection)
        if not room.connections:
            del self.rooms[conversation]


def _take_notice(loading: "asyncio.Future[None]") -> None:
    """A failure is told to those who wait; when all of them went away, nobody is left to tell."""
    if not loading.cancelled():
        loading.exception()
