"""The tables that chat began with."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    _conversations_and_members()
    _of_messages()
    op.create_table(
        "change_numbers",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("last_no", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "retirements",
        sa.Column("account", sa.String(36), primary_key=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("delete_messages", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "last_seen",
        sa.Column("account", sa.String(36), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "kept_answers",
        sa.Column("account", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False, index=True),
    )


def _conversations_and_members() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("title", sa.String(200)),
        sa.Column("picture", sa.String(64)),
        sa.Column("scheme", sa.String(16), nullable=False),
        sa.Column("history", sa.String(8), nullable=False),
        sa.Column("creator", sa.String(36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("activity_at", sa.BigInteger(), nullable=False),
        sa.Column("head_seq", sa.BigInteger(), nullable=False),
        sa.Column("member_version", sa.BigInteger(), nullable=False),
        sa.Column("member_count", sa.Integer(), nullable=False),
        sa.Column("message_count", sa.BigInteger(), nullable=False),
        sa.Column("last_message_seq", sa.BigInteger(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("conversations_picture", "conversations", ["picture"])
    op.create_index("conversations_change", "conversations", ["change_no"])
    op.create_table(
        "members",
        sa.Column("account", sa.String(36), primary_key=True),
        sa.Column("conversation", sa.String(36), primary_key=True),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("joined_seq", sa.BigInteger(), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger()),
        sa.Column("left_at", sa.BigInteger()),
        sa.Column("left_title", sa.String(200)),
        sa.Column("read_seq", sa.BigInteger(), nullable=False),
        sa.Column("delivered_seq", sa.BigInteger(), nullable=False),
        sa.Column("mark_no", sa.BigInteger(), nullable=False),
        sa.Column("removed_no", sa.BigInteger(), nullable=False),
        sa.Column("muted_until", sa.BigInteger()),
        sa.Column("notify", sa.String(8), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("marked_unread", sa.Boolean(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("members_conversation", "members", ["conversation", "account"])
    op.create_index("members_mark", "members", ["mark_no"])


def _of_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("conversation", sa.String(36), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("sender", sa.String(36), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("messages_sender", "messages", ["conversation", "sender", "seq"])
    op.create_table(
        "deletions",
        sa.Column("conversation", sa.String(36), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("sender", sa.String(36), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "edits",
        sa.Column("conversation", sa.String(36), primary_key=True),
        sa.Column("message_seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("edit_seq", sa.BigInteger(), nullable=False),
        sa.Column("edit_event", sa.String(36), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reactions",
        sa.Column("conversation", sa.String(36), primary_key=True),
        sa.Column("message_seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("emoji", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(36), primary_key=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mentions",
        sa.Column("conversation", sa.String(36), primary_key=True),
        sa.Column("account", sa.String(36), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("sender", sa.String(36), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("mentions_message", "mentions", ["conversation", "seq"])
    op.create_index("mentions_account", "mentions", ["account", "conversation", "seq"])
    op.create_table(
        "message_files",
        sa.Column("file", sa.String(64), primary_key=True),
        sa.Column("conversation", sa.String(36), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_index("message_files_message", "message_files", ["conversation", "seq"])
