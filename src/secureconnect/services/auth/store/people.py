"""The rows of accounts as people find them, change their own, and leave."""

from sqlalchemy import ColumnElement, Connection, delete, or_, select, update

from secureconnect.services.auth.store.accounts import AccountRow
from secureconnect.services.auth.store.tables import accounts, blocks, kept_answers, one_time_secrets

LAST = "\U0010ffff"


def begins(prefix: str) -> ColumnElement[bool]:
    """The condition that a name begins so; ranges, so that the indexes serve."""
    end = prefix + LAST
    return or_(
        accounts.c.username_key.between(prefix, end),
        accounts.c.display_key.between(prefix, end),
    )


def search(connection: Connection, asker: str, prefix: str, after: str | None, limit: int) -> list[AccountRow]:
    """Usable accounts whose username or display name begins so, by username, without those who block the asker or
    whom it blocks."""
    blocked = select(blocks.c.other).where(blocks.c.account == asker)
    blocking = select(blocks.c.account).where(blocks.c.other == asker)
    found = select(accounts).where(
        begins(prefix),
        accounts.c.closed_at.is_(None),
        accounts.c.disabled_at.is_(None),
        accounts.c.id.not_in(blocked),
        accounts.c.id.not_in(blocking),
    )
    if after is not None:
        found = found.where(accounts.c.username_key > after)
    rows = connection.execute(found.order_by(accounts.c.username_key).limit(limit)).mappings().all()
    return [AccountRow(**row) for row in rows]


def set_display_name(connection: Connection, account: str, shown: str, key: str) -> None:
    """Change the name that is shown, and the form it is searched by."""
    connection.execute(update(accounts).where(accounts.c.id == account).values(display_name=shown, display_key=key))


def set_preferences(connection: Connection, account: str, preferences: str) -> None:
    """Replace the preferences (JSON)."""
    connection.execute(update(accounts).where(accounts.c.id == account).values(preferences=preferences))


def set_picture(connection: Connection, account: str, picture: str | None) -> bool:
    """Name the file of the picture, or none; False when the account was closed meanwhile."""
    still = update(accounts).where(accounts.c.id == account, accounts.c.closed_at.is_(None))
    return connection.execute(still.values(picture=picture)).rowcount == 1


def empty(connection: Connection, account: str, now_ms: int) -> None:
    """Close an account: what it said of itself is gone, what makes its name unique stays."""
    values = {
        "username": "",
        "display_name": "",
        "display_key": "",
        "email": None,
        "email_key": None,
        "email_verified": False,
        "pending_email": None,
        "password_hash": None,
        "picture": None,
        "preferences": "{}",
        "admin": False,
        "last_used_at": None,
        "closed_at": now_ms,
    }
    connection.execute(update(accounts).where(accounts.c.id == account).values(values))
    connection.execute(delete(one_time_secrets).where(one_time_secrets.c.account == account))
    connection.execute(delete(kept_answers).where(kept_answers.c.account == account))
