"""The tables of auth: whose rows they are, and what each column means."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

from secureconnect.edge.kept import kept_answers_table

METADATA = MetaData()

# A closed account keeps its row, so that `username_key` (RFC 8265 section 3.3) and `skeleton` are never given again;
# the columns that hold what a person said of themselves are emptied.
accounts = Table(
    "accounts",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("username", String(256), nullable=False),
    Column("username_key", String(256), nullable=False, unique=True),
    Column("skeleton", String(512), nullable=False, unique=True),
    Column("display_name", String(400), nullable=False),
    Column("display_key", String(800), nullable=False, index=True),
    Column("email", String(320)),
    Column("email_key", String(320), index=True),
    Column("email_verified", Boolean, nullable=False, default=False),
    Column("pending_email", String(320)),
    Column("password_hash", String(512)),
    Column("picture", String(64)),
    Column("preferences", Text, nullable=False, default="{}"),
    Column("admin", Boolean, nullable=False, default=False),
    Column("created_at", BigInteger, nullable=False),
    Column("last_used_at", BigInteger),
    Column("disabled_at", BigInteger),
    Column("closed_at", BigInteger),
)

devices = Table(
    "devices",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("account", String(64), ForeignKey("accounts.id"), nullable=False, index=True),
    Column("name", String(400), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

# One row is one family of refresh tokens. Of the tokens only hashes stand here: of the one that is good now, and of the
# one before it. `family_key` derives each token's successor from the token itself, so it is worth nothing without one.
sessions = Table(
    "sessions",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("account", String(64), ForeignKey("accounts.id"), nullable=False),
    Column("device", String(64), ForeignKey("devices.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("last_used_at", BigInteger, nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, index=True),
    Column("confirmed_at", BigInteger),
    Column("family_key", LargeBinary(32), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("current_hash", LargeBinary(32), nullable=False),
    Column("previous_hash", LargeBinary(32)),
    Index("sessions_of_account", "account", "ended_at", "id"),
)

push_addresses = Table(
    "push_addresses",
    METADATA,
    Column("session", String(64), ForeignKey("sessions.id"), primary_key=True),
    Column("account", String(64), ForeignKey("accounts.id"), nullable=False, index=True),
    Column("device", String(64), nullable=False),
    Column("provider", String(32), nullable=False),
    Column("address", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

# purpose: first_admin, reset, email. A spent one has no row any more.
one_time_secrets = Table(
    "one_time_secrets",
    METADATA,
    Column("hash", LargeBinary(32), primary_key=True),
    Column("purpose", String(32), nullable=False),
    Column("account", String(64)),
    Column("email", String(320)),
    Column("made_by", String(64)),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Index("secrets_of_account", "account", "purpose"),
)

# conversations: a JSON list of ids.
invites = Table(
    "invites",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("hash", LargeBinary(32), nullable=False, unique=True),
    Column("inviter", String(64), ForeignKey("accounts.id"), nullable=False),
    Column("uses_left", Integer, nullable=False),
    Column("conversations", Text, nullable=False, default="[]"),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Index("invites_of_account", "inviter", "id"),
)

# Two rows for each pair, one for either side. state: asked (the account asked the other), asking (the other did),
# friends.
friends = Table(
    "friends",
    METADATA,
    Column("account", String(64), ForeignKey("accounts.id"), primary_key=True),
    Column("other", String(64), ForeignKey("accounts.id"), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("since", BigInteger, nullable=False),
    Index("friends_of_account", "account", "since", "other"),
)

blocks = Table(
    "blocks",
    METADATA,
    Column("account", String(64), ForeignKey("accounts.id"), primary_key=True),
    Column("other", String(64), ForeignKey("accounts.id"), primary_key=True, index=True),
    Column("since", BigInteger, nullable=False),
    Index("blocks_of_account", "account", "since", "other"),
)

# `no` comes from the one row of changes_head in the same transaction: numbers rise in the order of commits, without
# holes.
changes = Table(
    "changes",
    METADATA,
    Column("no", BigInteger, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    Column("account", String(64), nullable=False),
    Column("session", String(64)),
    Column("other", String(64)),
)
changes_head = Table(
    "changes_head",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("no", BigInteger, nullable=False),
)

# detail: a JSON object of texts.
audit = Table(
    "audit",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("actor", String(64), nullable=False),
    Column("act", String(64), nullable=False),
    Column("subject", String(64), index=True),
    Column("detail", Text, nullable=False, default="{}"),
)

# The policy's one row (id 1) stands only once an administrator changed it; until then the setting counts.
policy = Table(
    "policy",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("registration", String(16), nullable=False),
)

# Public halves only. A key that signs no more is published until `expires_at`.
signing_keys = Table(
    "signing_keys",
    METADATA,
    Column("kid", String(64), primary_key=True),
    Column("public_jwk", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
)

# What is owed to other services since a commit here; done again until they have answered. payload: the call's ask as
# JSON.
errands = Table(
    "errands",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("call", String(64), nullable=False),
    Column("payload", Text, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("due_at", BigInteger, nullable=False, index=True),
)

kept_answers = kept_answers_table(METADATA)
