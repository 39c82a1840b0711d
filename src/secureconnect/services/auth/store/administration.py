"""The rows of accounts as administrators see and change them."""

from dataclasses import dataclass

from sqlalchemy import Connection, Select, func, or_, select, update

from secureconnect.services.auth.store.accounts import AccountRow
from secureconnect.services.auth.store.order import newest_first
from secureconnect.services.auth.store.people import LAST, begins
from secureconnect.services.auth.store.tables import accounts, sessions

_SESSIONS = (
    select(func.count())
    .select_from(sessions)
    .where(sessions.c.account == accounts.c.id, sessions.c.ended_at.is_(None))
    .scalar_subquery()
    .label("open_sessions")
)
_USABLE_ADMINS = accounts.c.admin & accounts.c.disabled_at.is_(None) & accounts.c.closed_at.is_(None)


@dataclass(frozen=True)
class Figures:
    """How many accounts are open, how many of them are disabled, and how many sessions hold."""

    accounts: int
    disabled_accounts: int
    sessions: int


def find(connection: Connection, account: str) -> tuple[AccountRow, int] | None:
    """An account and how many of its sessions hold."""
    row = connection.execute(select(_SESSIONS, accounts).where(accounts.c.id == account)).mappings().first()
    return _read(dict(row)) if row is not None else None


def page(
    connection: Connection, prefix: str | None, below: tuple[int, str] | None, limit: int
) -> list[tuple[AccountRow, int]]:
    """Accounts, closed ones too, newest first, below a time of making and an id; with a prefix those whose username,
    display name or verified address begins so."""
    found = select(_SESSIONS, accounts)
    if prefix is not None:
        found = found.where(or_(begins(prefix), accounts.c.email_key.between(prefix, prefix + LAST)))
        found = found.where(accounts.c.closed_at.is_(None))
    rows = connection.execute(newest_first(found, accounts.c.created_at, accounts.c.id, below, limit)).mappings().all()
    return [_read(dict(row)) for row in rows]


def another_admin(connection: Connection, account: str) -> bool:
    """Whether an administrator beside this account can sign in."""
    found = select(accounts.c.id).where(_USABLE_ADMINS, accounts.c.id != account).limit(1)
    return connection.execute(found).first() is not None


def set_disabled(connection: Connection, account: str, at_ms: int | None) -> None:
    """Disable an account since a time, or enable it."""
    connection.execute(update(accounts).where(accounts.c.id == account).values(disabled_at=at_ms))


def set_admin(connection: Connection, account: str, *, admin: bool) -> None:
    """Make an account an administrator's, or anybody's."""
    connection.execute(update(accounts).where(accounts.c.id == account).values(admin=admin))


def figures(connection: Connection) -> Figures:
    """The figures of now."""
    opened = select(func.count()).select_from(accounts).where(accounts.c.closed_at.is_(None))
    held = select(func.count()).select_from(sessions).where(sessions.c.ended_at.is_(None))
    return Figures(
        _number(connection, opened),
        _number(connection, opened.where(accounts.c.disabled_at.is_not(None))),
        _number(connection, held),
    )


def _number(connection: Connection, counting: Select[tuple[int]]) -> int:
    return int(connection.execute(counting).scalar_one())


def _read(row: dict[str, object]) -> tuple[AccountRow, int]:
    count = row.pop("open_sessions")
    return AccountRow(**row), int(str(count))  # type: ignore[arg-type]
