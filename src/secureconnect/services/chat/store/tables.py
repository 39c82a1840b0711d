"""The tables of the chat service beside the log's own: what follows from the log, and what people chose and marked."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table

from secureconnect.edge.kept import kept_answers_table

METADATA = MetaData()

conversations = Table(
    "conversations",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("title", String(200)),
    Column("picture", String(64)),
    Column("scheme", String(16), nullable=False),
    Column("history", String(8), nullable=False),
    Column("creator", String(36), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("activity_at", BigInteger, nullable=False),
    Column("head_seq", BigInteger, nullable=False),
    Column("member_version", BigInteger, nullable=False),
    Column("member_count", Integer, nullable=False),
    Column("message_count", BigInteger, nullable=False),
    Column("last_message_seq", BigInteger, nullable=False),
    Column("change_no", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""One row a conversation: how far its log was applied, and the number of its latest change."""

Index("conversations_picture", conversations.c.picture)
Index("conversations_change", conversations.c.change_no)

members = Table(
    "members",
    METADATA,
    Column("account", String(36), primary_key=True),
    Column("conversation", String(36), primary_key=True),
    Column("role", String(8), nullable=False),
    Column("joined_seq", BigInteger, nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger),
    Column("left_at", BigInteger),
    Column("left_title", String(200)),
    Column("read_seq", BigInteger, nullable=False),
    Column("delivered_seq", BigInteger, nullable=False),
    Column("mark_no", BigInteger, nullable=False),
    Column("removed_no", BigInteger, nullable=False),
    Column("muted_until", BigInteger),
    Column("notify", String(8), nullable=False),
    Column("pinned", Boolean, nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("marked_unread", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
"""One row a member, also a former one (then last_seq is set): the span that may be read, marks and preferences.

`left_at` and `left_title` are the time and the title of then: a former member learns nothing of what came after.
`mark_no` is the number of the latest change of what only this member sees (marks, preferences), `removed_no` that of
the leaving, 0 while present. One's own messages count as read: see store.marks.
"""

Index("members_conversation", members.c.conversation, members.c.account)
Index("members_mark", members.c.mark_no)

messages = Table(
    "messages",
    METADATA,
    Column("conversation", String(36), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("sender", String(36), nullable=False),
    Column("no", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""One row a message; `no` counts the messages of the conversation, so that a range is counted by two look-ups."""

Index("messages_sender", messages.c.conversation, messages.c.sender, messages.c.seq)

deletions = Table(
    "deletions",
    METADATA,
    Column("conversation", String(36), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("sender", String(36), nullable=False),
    sqlite_with_rowid=False,
)
"""The messages that were deleted: few, and never counted as unread."""

edits = Table(
    "edits",
    METADATA,
    Column("conversation", String(36), primary_key=True),
    Column("message_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("edit_seq", BigInteger, nullable=False),
    Column("edit_event", String(36), nullable=False),
    sqlite_with_rowid=False,
)
"""The latest edit of each edited message: where its present envelope stands."""

reactions = Table(
    "reactions",
    METADATA,
    Column("conversation", String(36), primary_key=True),
    Column("message_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("emoji", String(64), primary_key=True),
    Column("account", String(36), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""The reactions of now."""

mentions = Table(
    "mentions",
    METADATA,
    Column("conversation", String(36), primary_key=True),
    Column("account", String(36), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("sender", String(36), nullable=False),
    sqlite_with_rowid=False,
)
"""Who is mentioned where; `account` is `all` where everybody is."""

Index("mentions_message", mentions.c.conversation, mentions.c.seq)
Index("mentions_account", mentions.c.account, mentions.c.conversation, mentions.c.seq)

message_files = Table(
    "message_files",
    METADATA,
    Column("file", String(64), primary_key=True),
    Column("conversation", String(36), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Which file hangs on which message; gone with the message's deletion."""

Index("message_files_message", message_files.c.conversation, message_files.c.seq)

change_numbers = Table(
    "change_numbers",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("last_no", BigInteger, nullable=False),
)
"""One row: the last change number that was given, in the order of commits; sync tokens are made of these."""

retirements = Table(
    "retirements",
    METADATA,
    Column("account", String(36), primary_key=True),
    Column("closed", Boolean, nullable=False),
    Column("delete_messages", Boolean, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
)
"""Accounts that were disabled or closed and whose affairs are not yet all settled."""

last_seen = Table(
    "last_seen",
    METADATA,
    Column("account", String(36), primary_key=True),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""When an account last had a socket; told only to those who watch it and may know."""

kept_answers = kept_answers_table(METADATA)
