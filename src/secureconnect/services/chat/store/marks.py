"""How far a member has read: as marked, or up to one's own last message, which counts as read with all before it."""

from sqlalchemy import case, func, select

from secureconnect.services.chat.store.tables import members, messages

own_last_seq = (
    select(func.coalesce(func.max(messages.c.seq), 0))
    .where(messages.c.conversation == members.c.conversation, messages.c.sender == members.c.account)
    .correlate(members)
    .scalar_subquery()
)
"""The seq of the member's own last message, 0 when there is none; for statements over `members`."""

read_mark = case((own_last_seq > members.c.read_seq, own_last_seq), else_=members.c.read_seq)
"""How far the member of the row has read; for statements over `members`."""

delivered_mark = case((read_mark > members.c.delivered_seq, read_mark), else_=members.c.delivered_seq)
"""How far the member of the row has received: at least what was read."""
