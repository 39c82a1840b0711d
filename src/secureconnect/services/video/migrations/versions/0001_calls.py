"""The tables that video began with."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "calls",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("conversation", sa.String(64), nullable=False),
        sa.Column("live_in", sa.String(64), unique=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("media", sa.String(16), nullable=False),
        sa.Column("caller", sa.String(64), nullable=False),
        sa.Column("caller_device", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("room", sa.String(32), nullable=False),
        sa.Column("devices_max", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("reason", sa.String(16)),
    )
    op.create_index("ix_calls_conversation", "calls", ["conversation", "id"])
    op.create_table(
        "participants",
        sa.Column("call", sa.String(64), sa.ForeignKey("calls.id"), primary_key=True),
        sa.Column("account", sa.String(64), primary_key=True),
        sa.Column("device", sa.String(64), primary_key=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("session", sa.String(64)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since_at", sa.BigInteger(), nullable=False),
        sa.Column("deadline_at", sa.BigInteger()),
    )
    op.create_index("ix_participants_account", "participants", ["account", "state"])
    op.create_index("ix_participants_device", "participants", ["device", "state"])
    op.create_table(
        "untold",
        sa.Column("call", sa.String(64), primary_key=True),
        sa.Column("turn", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("conversation", sa.String(64), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("device", sa.String(64), nullable=False),
        sa.Column("change", sa.String(16), nullable=False),
        sa.Column("media", sa.String(16), nullable=False),
        sa.Column("duration_ms", sa.BigInteger()),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
    )
    op.create_index("ix_untold_due_at", "untold", ["due_at"])
    op.create_table(
        "kept_answers",
        sa.Column("account", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_kept_answers_expires_at", "kept_answers", ["expires_at"])
