"""Reactions: set and taken back, and who reacted with what."""

from secureconnect.backends.log.port import Draft, Log
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.chat import ReactorAnswer, ReactorPage
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.events import Kind, ReactionBody
from secureconnect.edge.identity import Caller
from secureconnect.services.chat.appending import Appending
from secureconnect.services.chat.cursors import cursor_of, key_of
from secureconnect.services.chat.drafts import Drafts
from secureconnect.services.chat.emoji import is_one_emoji
from secureconnect.services.chat.limits import REACTIONS_PER_MEMBER_MAX
from secureconnect.services.chat.membership import ConversationState
from secureconnect.services.chat.messages import member_of, message_for
from secureconnect.services.chat.standing import Standing
from secureconnect.services.chat.store.reactions import list_reactors, own_reactions


class Reactions:
    """Checks and stands reactions."""

    def __init__(self, sql: Sql, log: Log, appending: Appending, standing: Standing, drafts: Drafts) -> None:
        self._sql = sql
        self._log = log
        self._appending = appending
        self._standing = standing
        self._drafts = drafts

    async def react(self, caller: Caller, conversation: str, event_id: str, emoji: str, on: bool) -> None:
        """Set or take back one's reaction to a message; what is so already stays so, without an event.

        Raises Fault: CHAT_NOT_A_MEMBER, CHAT_EVENT_NOT_FOUND, CHAT_DELETED, CHAT_BLOCKED, CHAT_REACTION_INVALID (no
        single emoji, or too many of one member).
        """
        state = await self._appending.state(conversation)
        member = member_of(state, caller.account)
        if not is_one_emoji(emoji):
            raise Fault(Code.CHAT_REACTION_INVALID)
        message = message_for(await self._log.find(conversation, event_id), member)
        if message.deleted_at is not None:
            raise Fault(Code.CHAT_DELETED)
        await self._standing.clear(state, caller.account)
        own = await self._sql.read(own_reactions, conversation, message.seq, caller.account)
        if (emoji in own) == on:
            return
        if on and len(own) >= REACTIONS_PER_MEMBER_MAX:
            raise Fault(Code.CHAT_REACTION_INVALID, f"at most {REACTIONS_PER_MEMBER_MAX} of one member")
        body = ReactionBody(message.event_id, emoji, on, message.seq)

        def make(now: ConversationState) -> Draft:
            message_for(message, member_of(now, caller.account))
            return self._drafts.pointing(
                Kind.REACTION, caller.account, caller.device, conversation, body, now.member_version
            )

        await self._appending.stand(conversation, make)

    async def reactors(
        self, caller: Caller, conversation: str, event_id: str, cursor: str | None, limit: int
    ) -> ReactorPage:
        """Who reacted to a message, in order. Raises Fault: CHAT_NOT_A_MEMBER, CHAT_EVENT_NOT_FOUND, INVALID."""
        after = 0 if cursor is None else key_of(cursor, tuple[int])[0]
        member = member_of(await self._appending.state(conversation), caller.account)
        message = message_for(await self._log.find(conversation, event_id), member)
        rows = await self._sql.read(list_reactors, conversation, message.seq, after, limit + 1)
        more = len(rows) > limit
        items = [ReactorAnswer(row.account, row.emoji) for row in rows[:limit]]
        return ReactorPage(items, cursor_of(rows[limit - 1].seq) if more else None)
