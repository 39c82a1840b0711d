"""The tables of storage: whose rows they are, and what each column means."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

from secureconnect.edge.kept import kept_answers_table

METADATA = MetaData()

# A file, or the upload that will become one. `due_at` is when an open upload expires or an ended one is forgotten.
files = Table(
    "files",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("account", String(64), nullable=False, index=True),
    Column("name", String(255), nullable=False),
    Column("type", String(127), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("sha256", String(64)),
    Column("conversation", String(64)),
    Column("audience", String(16), nullable=False),
    Column("blob", String(64), nullable=False),
    Column("metadata", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Index("ix_files_state_due_at", "state", "due_at"),
)

# The bytes that files share; one that no file refers to any more was released at `released_at` and is to be dropped.
blobs = Table(
    "blobs",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("refs", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("released_at", BigInteger, index=True),
)

# What an account has stored, what its open uploads have reserved, and how many they are.
quotas = Table(
    "quotas",
    METADATA,
    Column("account", String(64), primary_key=True),
    Column("used_bytes", BigInteger, nullable=False),
    Column("reserved_bytes", BigInteger, nullable=False),
    Column("uploads_open", Integer, nullable=False),
)

kept_answers = kept_answers_table(METADATA)
