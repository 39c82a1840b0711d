"""Conversations as one of their members sees them: unread counts, the last message, the other one, a live call."""

import asyncio
from collections.abc import Sequence

import structlog

from secureconnect.backends.peers.port import Peers
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.chat import (
    ConversationAnswer,
    ConversationPage,
    ConversationPreferences,
    LiveCallAnswer,
    PeerAnswer,
)
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.events import Event
from secureconnect.contracts.peers import VIDEO_LIVE_CALLS, ConversationsAsk
from secureconnect.services.chat.cursors import cursor_of, key_of
from secureconnect.services.chat.folding import Folding, Piece, Span
from secureconnect.services.chat.history import History
from secureconnect.services.chat.membership import Membership
from secureconnect.services.chat.people import Blocks, People
from secureconnect.services.chat.store.rows import Seen, read_one, read_page

LIVE_CALLS_S = 1.0
NO_BLOCKS = Blocks(frozenset(), frozenset())
log = structlog.get_logger("chat.listing")


class Listing:
    """Makes the rows."""

    def __init__(
        self, sql: Sql, peers: Peers, membership: Membership, people: People, history: History, folding: Folding
    ) -> None:
        self._sql = sql
        self._peers = peers
        self._membership = membership
        self._people = people
        self._history = history
        self._folding = folding

    async def page(self, account: str, cursor: str | None, limit: int) -> ConversationPage:
        """The account's conversations, newest activity first. Raises Fault(INVALID) for a cursor that is none."""
        after = None if cursor is None else key_of(cursor, tuple[int, str])
        blocks = await self._blocks(account)
        seen = await self._sql.read(read_page, account, sorted(blocks.blocks), after, limit + 1)
        items = await self._answers(account, seen[:limit], blocks)
        last = seen[limit - 1].row if len(seen) > limit else None
        return ConversationPage(items, None if last is None else cursor_of(last.activity_at, last.id))

    async def one(self, account: str, conversation: str) -> ConversationAnswer:
        """One conversation; raises Fault(CHAT_NOT_A_MEMBER) for one that the account never was in."""
        blocks = await self._blocks(account)
        seen = await self._sql.read(read_one, account, sorted(blocks.blocks), conversation)
        if seen is None:
            raise Fault(Code.CHAT_NOT_A_MEMBER)
        return (await self._answers(account, [seen], blocks))[0]

    async def _blocks(self, account: str) -> Blocks:
        """The account's blocks; while auth cannot be asked nobody counts as blocked, and the list is still shown."""
        try:
            return await self._people.blocks(account)
        except Fault:
            return NO_BLOCKS

    async def _answers(self, account: str, seen: Sequence[Seen], blocks: Blocks) -> list[ConversationAnswer]:
        last_messages, peers, calls = await asyncio.gather(
            self._last_messages(account, seen), self._others(account, seen, blocks), self._live_calls(seen)
        )
        return [
            answer_of(one, last_messages.get(one.row.id), peers.get(one.row.id), calls.get(one.row.id)) for one in seen
        ]

    async def _last_messages(self, account: str, seen: Sequence[Seen]) -> dict[str, Event]:
        wanted = [one for one in seen if one.last_message_seq]
        stored = await asyncio.gather(*(self._history.stored_at(one.row.id, one.last_message_seq) for one in wanted))
        pieces = [
            Piece([event], Span(one.row.first_seq, one.row.last_seq))
            for one, event in zip(wanted, stored, strict=True)
            if event is not None
        ]
        return {events[0].conversation: events[0] for events in await self._folding.fold_all(pieces, account)}

    async def _others(self, account: str, seen: Sequence[Seen], blocks: Blocks) -> dict[str, PeerAnswer]:
        direct = [one.row.id for one in seen if one.row.kind == "direct"]
        states = await asyncio.gather(*(self._membership.load(conversation) for conversation in direct))
        others = {state.id: other for state in states if state and (other := state.other_than(account))}
        people = await self._people.of_reachable(others.values())
        answers: dict[str, PeerAnswer] = {}
        for conversation, other in others.items():
            person = people.get(other)
            answers[conversation] = PeerAnswer(
                other,
                person.username if person else "",
                person.display_name if person else "",
                person.picture if person else None,
                person.closed if person else False,
                blocks.between(other),
            )
        return answers

    async def _live_calls(self, seen: Sequence[Seen]) -> dict[str, LiveCallAnswer]:
        """The calls that live there, none while video does not answer: a row never fails for its call."""
        present = [one.row.id for one in seen if one.row.last_seq is None]
        if not present:
            return {}
        try:
            reply = await self._peers.ask(VIDEO_LIVE_CALLS, ConversationsAsk(present), timeout_s=LIVE_CALLS_S)
        except Fault as fault:
            log.info("video does not tell of live calls", code=fault.code.wire)
            return {}
        return {call.conversation: LiveCallAnswer(call.call, call.media, call.started_at) for call in reply.calls}


def answer_of(
    seen: Seen, last_message: Event | None, peer: PeerAnswer | None, live_call: LiveCallAnswer | None
) -> ConversationAnswer:
    """A row as it is answered; a former member sees what was up to their removal."""
    row, unread = seen.row, seen.unread
    present = row.last_seq is None
    return ConversationAnswer(
        id=row.id,
        kind=row.kind,
        title=row.title,
        scheme=row.scheme,
        role=row.role if present else None,
        head_seq=row.head_seq if present else min(row.head_seq, row.last_seq),
        first_seq=row.first_seq,
        read_seq=row.read_seq if unread is None else unread.read_seq,
        unread=0 if unread is None else unread.unread,
        unread_mentions=0 if unread is None else unread.mentions,
        last_message=last_message,
        preferences=ConversationPreferences(row.muted_until, row.notify, row.pinned, row.archived, row.marked_unread),
        created_at=row.created_at,
        activity_at=row.activity_at,
        history=row.history,
        members=row.member_count if present else 0,
        picture=row.picture,
        last_seq=row.last_seq,
        peer=peer,
        live_call=live_call,
    )
