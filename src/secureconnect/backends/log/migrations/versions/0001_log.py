"""The log's first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "log_events",
        sa.Column("conversation", sa.String(36), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("event_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("sender", sa.String(36), nullable=False),
        sa.Column("device", sa.String(36)),
        sa.Column("client_id", sa.String(64)),
        sa.Column("sent_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("envelope", sa.LargeBinary),
        sa.Column("target", sa.String(36)),
        sa.Column("edited_at", sa.BigInteger),
        sa.Column("deleted_at", sa.BigInteger),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("log_events_event", "log_events", ["event_id"], unique=True)
    sent_by_client = sa.text("client_id IS NOT NULL")
    op.create_index(
        "log_events_client",
        "log_events",
        ["client_id", "conversation", sa.text("coalesce(device, '')")],
        unique=True,
        sqlite_where=sent_by_client,
        postgresql_where=sent_by_client,
    )
    is_edit = sa.text("kind = 'edit'")
    op.create_index(
        "log_events_edits", "log_events", ["conversation", "target"], sqlite_where=is_edit, postgresql_where=is_edit
    )
    op.create_table(
        "log_heads",
        sa.Column("conversation", sa.String(36), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("member_version", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
