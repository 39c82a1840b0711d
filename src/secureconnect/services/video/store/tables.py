"""The tables of video, and what each column means."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, String, Table

from secureconnect.edge.kept import kept_answers_table

METADATA = MetaData()

# `live_in` is the conversation while the call lives and NULL after: unique, so that a conversation has one live call.
calls = Table(
    "calls",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("conversation", String(64), nullable=False),
    Column("live_in", String(64), unique=True),
    Column("kind", String(16), nullable=False),
    Column("media", String(16), nullable=False),
    Column("caller", String(64), nullable=False),
    Column("caller_device", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("room", String(32), nullable=False),
    Column("devices_max", Integer, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("answered_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("reason", String(16)),
    Index("ix_calls_conversation", "conversation", "id"),
)

# `device` is empty for an account that rings or rang. `deadline_at` stands for the live ones alone.
participants = Table(
    "participants",
    METADATA,
    Column("call", String(64), ForeignKey("calls.id"), primary_key=True),
    Column("account", String(64), primary_key=True),
    Column("device", String(64), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("session", String(64)),
    Column("state", String(16), nullable=False),
    Column("since_at", BigInteger, nullable=False),
    Column("deadline_at", BigInteger),
    Index("ix_participants_account", "account", "state"),
    Index("ix_participants_device", "device", "state"),
)

# What a conversation's log has still to be told. `turn` puts what is said of a call in order: 0 it started, 1 it ended.
untold = Table(
    "untold",
    METADATA,
    Column("call", String(64), primary_key=True),
    Column("turn", Integer, primary_key=True),
    Column("conversation", String(64), nullable=False),
    Column("account", String(64), nullable=False),
    Column("device", String(64), nullable=False),
    Column("change", String(16), nullable=False),
    Column("media", String(16), nullable=False),
    Column("duration_ms", BigInteger),
    Column("due_at", BigInteger, nullable=False, index=True),
    Column("tries", Integer, nullable=False),
)

kept_answers = kept_answers_table(METADATA)
