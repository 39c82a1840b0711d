"""The messages that mention the reader."""

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.chat import MentionPage
from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.chat.cursors import cursor_of, key_of
from secureconnect.services.chat.folding import FOREVER
from secureconnect.services.chat.history import History
from secureconnect.services.chat.store.history import read_mentioning


class Mentions:
    """Lists mentions in a conversation."""

    def __init__(self, sql: Sql, history: History) -> None:
        self._sql = sql
        self._history = history

    async def page(self, account: str, conversation: str, cursor: str | None, limit: int) -> MentionPage:
        """The messages that mention the account or all, newest first.

        Raises Fault: CHAT_NOT_A_MEMBER (also for a former member), INVALID (cursor).
        """
        before = FOREVER if cursor is None else key_of(cursor, tuple[int])[0]
        span = await self._history.span(account, conversation)
        if span.last_seq is not None:
            raise Fault(Code.CHAT_NOT_A_MEMBER)
        seqs = await self._sql.read(read_mentioning, conversation, account, span.first_seq, before, limit + 1)
        more = len(seqs) > limit
        events = await self._history.at(account, conversation, seqs[:limit], span)
        return MentionPage(events, cursor_of(seqs[limit - 1]) if more else None)
