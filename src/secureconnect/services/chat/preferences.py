"""What a member chose for a conversation: muting, notifications, pinning, archiving."""

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.chat import ConversationPreferences
from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.chat.store.preferences import choose


class Preferences:
    """Keeps preferences; one's other devices find them by sync."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def choose(self, account: str, conversation: str, preferences: ConversationPreferences) -> None:
        """Replace them; raises Fault(CHAT_NOT_A_MEMBER)."""
        if not await self._sql.write(choose, account, conversation, preferences):
            raise Fault(Code.CHAT_NOT_A_MEMBER)
