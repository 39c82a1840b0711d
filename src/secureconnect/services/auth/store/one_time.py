"""The rows of one-time secrets: by hash alone, gone once spent."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from secureconnect.services.auth.store.tables import one_time_secrets as secrets


@dataclass(frozen=True)
class SecretRow:
    """A secret that was given out; purpose is first_admin, reset or email."""

    hash: bytes
    purpose: str
    account: str | None
    email: str | None
    made_by: str | None
    created_at: int
    expires_at: int


def replace(connection: Connection, row: SecretRow) -> None:
    """Keep a secret; an earlier one of the same account and purpose ends."""
    end(connection, row.purpose, row.account)
    connection.execute(insert(secrets).values(vars(row)))


def end(connection: Connection, purpose: str, account: str | None) -> None:
    """End what was given out to an account for a purpose."""
    connection.execute(
        delete(secrets).where(secrets.c.purpose == purpose, secrets.c.account.is_not_distinct_from(account))
    )


def find(connection: Connection, hashed: bytes, purpose: str, now_ms: int) -> SecretRow | None:
    """The secret while it may be spent."""
    found = select(secrets).where(secrets.c.hash == hashed, secrets.c.purpose == purpose, secrets.c.expires_at > now_ms)
    row = connection.execute(found).mappings().first()
    return SecretRow(**row) if row is not None else None


def spend(connection: Connection, hashed: bytes, purpose: str, now_ms: int) -> SecretRow | None:
    """Take a secret in the act's own transaction; None when it was spent, has expired or never was."""
    row = find(connection, hashed, purpose, now_ms)
    if row is None or connection.execute(delete(secrets).where(secrets.c.hash == hashed)).rowcount != 1:
        return None
    return row


def forget_expired(connection: Connection, now_ms: int) -> int:
    """Delete what can be spent no more; returns how many rows went."""
    return connection.execute(delete(secrets).where(secrets.c.expires_at <= now_ms)).rowcount
