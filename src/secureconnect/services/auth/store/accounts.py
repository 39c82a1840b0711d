"""The rows of accounts: found by id, name or address, and what sign-in changes of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, select, update

from secureconnect.services.auth.store.tables import accounts

BY_EMAIL_MAX = 5
_BY_ID = select(accounts).where(accounts.c.id == bindparam("id"))
_BY_KEY = select(accounts).where(accounts.c.username_key == bindparam("key"))


@dataclass(frozen=True)
class AccountRow:
    """An account as it stands; of a closed one only the name that is never given again."""

    id: str
    username: str
    username_key: str
    skeleton: str
    display_name: str
    display_key: str
    email: str | None
    email_key: str | None
    email_verified: bool
    pending_email: str | None
    password_hash: str | None
    picture: str | None
    preferences: str
    admin: bool
    created_at: int
    last_used_at: int | None
    disabled_at: int | None
    closed_at: int | None

    @property
    def usable(self) -> bool:
        """Whether somebody may sign in with it."""
        return self.disabled_at is None and self.closed_at is None

    @property
    def mail_to(self) -> str | None:
        """The address that letters go to: a verified one, or none."""
        return self.email if self.email_verified else None


def by_id(connection: Connection, account: str) -> AccountRow | None:
    """The account of this id, closed ones too."""
    row = connection.execute(_BY_ID, {"id": account}).mappings().first()
    return AccountRow(**row) if row is not None else None


def by_ids(connection: Connection, ids: Sequence[str]) -> list[AccountRow]:
    """The accounts of these ids (at most 1,000), in no order; unknown ids are left out."""
    found = connection.execute(select(accounts).where(accounts.c.id.in_(ids))).mappings().all()
    return [AccountRow(**row) for row in found]


def by_key(connection: Connection, key: str) -> AccountRow | None:
    """The account that holds this name, closed ones too."""
    row = connection.execute(_BY_KEY, {"key": key}).mappings().first()
    return AccountRow(**row) if row is not None else None


def by_email(connection: Connection, email_key: str) -> list[AccountRow]:
    """The open accounts whose verified address this is: several people may share one, five are enough."""
    found = select(accounts).where(
        accounts.c.email_key == email_key, accounts.c.email_verified, accounts.c.closed_at.is_(None)
    )
    return [AccountRow(**row) for row in connection.execute(found.limit(BY_EMAIL_MAX)).mappings().all()]


def name_taken(connection: Connection, key: str, skeleton: str) -> bool:
    """Whether somebody has, or ever had, this name or one that is read like it."""
    clash = (accounts.c.username_key == key) | (accounts.c.skeleton == skeleton)
    return connection.execute(select(accounts.c.id).where(clash).limit(1)).first() is not None


def add(connection: Connection, row: AccountRow) -> None:
    """Keep a new account; raises IntegrityError when its name is taken."""
    connection.execute(insert(accounts).values(vars(row)))


def has_admin(connection: Connection) -> bool:
    """Whether an administrator's account stands, disabled or not."""
    found = select(accounts.c.id).where(accounts.c.admin, accounts.c.closed_at.is_(None)).limit(1)
    return connection.execute(found).first() is not None


def set_password(connection: Connection, account: str, password_hash: str) -> None:
    """Replace the password's hash."""
    connection.execute(update(accounts).where(accounts.c.id == account).values(password_hash=password_hash))


def rehash(connection: Connection, account: str, old: str, new: str) -> None:
    """Replace the hash of the same password, unless the password was changed meanwhile."""
    same = (accounts.c.id == account) & (accounts.c.password_hash == old)
    connection.execute(update(accounts).where(same).values(password_hash=new))


def touch(connection: Connection, account: str, now_ms: int) -> None:
    """Note that the account was used."""
    connection.execute(update(accounts).where(accounts.c.id == account).values(last_used_at=now_ms))


def set_pending_email(connection: Connection, account: str, email: str | None) -> None:
    """Note the address that waits to be verified."""
    connection.execute(update(accounts).where(accounts.c.id == account).values(pending_email=email))


def set_email(connection: Connection, account: str, email: str | None, email_key: str | None) -> None:
    """Make a verified address the account's own, or remove it; none waits any more."""
    values = {"email": email, "email_key": email_key, "email_verified": email is not None, "pending_email": None}
    connection.execute(update(accounts).where(accounts.c.id == account).values(values))
