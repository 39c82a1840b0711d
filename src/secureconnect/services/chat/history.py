"""Pages of a conversation's log as one reader may see them, also a former member, up to their removal."""

import asyncio
from collections.abc import Sequence

from secureconnect.backends.log.port import Log, Page, Stored
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Code, Fault, invalid
from secureconnect.contracts.events import SHOWN_KINDS, Event, EventPage
from secureconnect.services.chat.folding import Folding, Piece, Span
from secureconnect.services.chat.membership import Membership
from secureconnect.services.chat.store.history import read_span

SHOWN = frozenset(kind.value for kind in SHOWN_KINDS)


class History:
    """Reads pages."""

    def __init__(self, sql: Sql, log: Log, membership: Membership, folding: Folding, page_events_max: int) -> None:
        self._sql = sql
        self._log = log
        self._membership = membership
        self._folding = folding
        self._page_events_max = page_events_max

    async def span(self, account: str, conversation: str) -> Span:
        """What the account may read; raises Fault(CHAT_NOT_A_MEMBER) for one that never was a member."""
        state = self._membership.get(conversation) or await self._membership.load(conversation)
        member = None if state is None else state.members.get(account)
        if member is not None:
            return Span(member.first_seq, None)
        row = None if state is None else await self._sql.read(read_span, conversation, account)
        if row is None:
            raise Fault(Code.CHAT_NOT_A_MEMBER)
        return Span(*row)

    async def page(
        self,
        account: str,
        conversation: str,
        after: int | None = None,
        before: int | None = None,
        limit: int = 100,
        shown: bool = False,
    ) -> EventPage:
        """A page above `after` (0 unless given), or the newest below `before`; at most `page_events_max` events.

        With `shown` only what draws a line; `from_seq` and `to_seq` tell the range that was covered. Raises Fault:
        CHAT_NOT_A_MEMBER, INVALID (both `after` and `before`).
        """
        if after is not None and before is not None:
            raise invalid("query:before", "give either after or before")
        span = await self.span(account, conversation)
        kinds = SHOWN if shown else None
        limit = max(1, min(limit, self._page_events_max))
        if before is not None:
            page = await self._log.page_before(conversation, min(before, span.until + 1), limit, kinds)
        else:
            page = await self._log.page_after(conversation, max(after or 0, span.first_seq - 1), limit, kinds)
        events = [event for event in page.events if span.holds(event.seq)]
        folded = await self._folding.fold(Piece(events, span), account)
        return _page(folded, page, span, before is not None)

    async def at(self, account: str, conversation: str, seqs: Sequence[int], span: Span) -> list[Event]:
        """The events at these places, in their order; those outside of the span are left out."""
        stored = await asyncio.gather(*(self.stored_at(conversation, seq) for seq in seqs if span.holds(seq)))
        found = {event.seq: event for event in stored if event is not None}
        events = [found[seq] for seq in sorted(found)]
        folded = {event.seq: event for event in await self._folding.fold(Piece(events, span), account)}
        return [folded[seq] for seq in seqs if seq in folded]

    async def stored_at(self, conversation: str, seq: int) -> Stored | None:
        """The event at one place as the log keeps it."""
        page = await self._log.page_after(conversation, seq - 1, 1)
        return page.events[0] if page.events and page.events[0].seq == seq else None


def _page(events: list[Event], page: Page, span: Span, downwards: bool) -> EventPage:
    """The page cut to the span: a former member's log ends where they left."""
    head_seq = min(page.head_seq, span.until)
    from_seq = max(page.from_seq, span.first_seq)
    to_seq = min(page.to_seq, head_seq)
    more = from_seq > span.first_seq if downwards else to_seq < head_seq
    return EventPage(events, from_seq, to_seq, head_seq, more and to_seq >= from_seq)
