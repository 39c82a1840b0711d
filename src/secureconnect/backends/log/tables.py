"""The tables of the log on a SQL database, as they are now."""

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    literal_column,
    text,
)

metadata = MetaData()

events = Table(
    "log_events",
    metadata,
    Column("conversation", String(36), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", String(36), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("sender", String(36), nullable=False),
    Column("device", String(36)),
    Column("client_id", String(64)),
    Column("sent_at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("envelope", LargeBinary),
    Column("target", String(36)),
    Column("edited_at", BigInteger),
    Column("deleted_at", BigInteger),
    Column("fingerprint", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Every event, clustered by conversation and seq: a page is one walk over neighbouring rows."""

CLIENT_DEVICE: ColumnElement[str] = literal_column("coalesce(device, '')")
"""A device as the index of client_ids has it: what no device sent is the server's own."""

# Both indexes begin with an id that grows with time, so that what is sent together lies together: a commit to fifty
# conversations then writes fifty leaves of the table and two of the indexes, not a hundred and fifty.
Index("log_events_event", events.c.event_id, unique=True)

_sent_by_client = text("client_id IS NOT NULL")
Index(
    "log_events_client",
    events.c.client_id,
    events.c.conversation,
    CLIENT_DEVICE,
    unique=True,
    sqlite_where=_sent_by_client,
    postgresql_where=_sent_by_client,
)

_is_edit = text("kind = 'edit'")
Index("log_events_edits", events.c.conversation, events.c.target, sqlite_where=_is_edit, postgresql_where=_is_edit)

heads = Table(
    "log_heads",
    metadata,
    Column("conversation", String(36), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("member_version", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""How far each log reaches; written with the events, compared before."""
