"""Writes what a member chose for a conversation."""

from sqlalchemy import Connection, bindparam, update

from secureconnect.contracts.chat import ConversationPreferences
from secureconnect.services.chat.store.statements import next_change
from secureconnect.services.chat.store.tables import members

_choose = (
    update(members)
    .where(
        members.c.account == bindparam("of_account"),
        members.c.conversation == bindparam("of_conversation"),
        members.c.last_seq.is_(None),
    )
    .values({name: bindparam(name) for name in (*ConversationPreferences.__struct_fields__, "mark_no")})
)


def choose(connection: Connection, account: str, conversation: str, preferences: ConversationPreferences) -> bool:
    """Replace a present member's preferences; False when the account is no member."""
    chosen = {name: getattr(preferences, name) for name in ConversationPreferences.__struct_fields__}
    wanted = {"of_account": account, "of_conversation": conversation, "mark_no": next_change(connection)}
    return connection.execute(_choose, {**wanted, **chosen}).rowcount == 1
