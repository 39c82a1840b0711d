"""The rows of signing keys: public halves only."""

from sqlalchemy import Connection, delete, insert, select, update

from secureconnect.services.auth.store.tables import signing_keys as keys


def published(connection: Connection, now_ms: int) -> list[str]:
    """The public keys (JWK as JSON) whose tokens are taken, the newest first."""
    holds = keys.c.expires_at.is_(None) | (keys.c.expires_at > now_ms)
    found = select(keys.c.public_jwk).where(holds).order_by(keys.c.created_at.desc(), keys.c.kid)
    return list(connection.execute(found).scalars().all())


def known(connection: Connection, kid: str) -> bool:
    """Whether this key is published without an end."""
    found = select(keys.c.kid).where(keys.c.kid == kid, keys.c.expires_at.is_(None))
    return connection.execute(found).first() is not None


def publish(connection: Connection, kid: str, public_jwk: str, now_ms: int) -> None:
    """Publish a key without an end; one that was to end is published anew."""
    connection.execute(delete(keys).where(keys.c.kid == kid))
    connection.execute(insert(keys).values(kid=kid, public_jwk=public_jwk, created_at=now_ms, expires_at=None))


def end_others(connection: Connection, kid: str, expires_at: int) -> None:
    """Let every other key end at a time, unless it ends before."""
    connection.execute(update(keys).where(keys.c.kid != kid, keys.c.expires_at.is_(None)).values(expires_at=expires_at))


def forget_expired(connection: Connection, now_ms: int) -> int:
    """Delete keys whose time is over; returns how many."""
    return connection.execute(delete(keys).where(keys.c.expires_at <= now_ms)).rowcount
