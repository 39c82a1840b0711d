"""The rows of invites: kept by hash, spent by registering."""

from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from secureconnect.services.auth.store.tables import accounts, invites


@dataclass(frozen=True)
class InviteRow:
    """An invite; `conversations` is a JSON list of ids."""

    id: str
    hash: bytes
    inviter: str
    uses_left: int
    conversations: str
    created_at: int
    expires_at: int

    def conversation_ids(self) -> list[str]:
        """Where it leads."""
        return msgspec.json.decode(self.conversations, type=list[str])


def find(connection: Connection, hashed: bytes, now_ms: int) -> InviteRow | None:
    """The invite while it may be used: it ends with the account of who made it."""
    maker = select(accounts.c.id).where(
        accounts.c.id == invites.c.inviter, accounts.c.disabled_at.is_(None), accounts.c.closed_at.is_(None)
    )
    usable = (invites.c.hash == hashed) & (invites.c.uses_left > 0) & (invites.c.expires_at > now_ms)
    row = connection.execute(select(invites).where(usable, maker.exists())).mappings().first()
    return InviteRow(**row) if row is not None else None


def use(connection: Connection, hashed: bytes, now_ms: int) -> InviteRow | None:
    """Use an invite once, in the act's own transaction; None when it was used up, has expired or never was."""
    row = find(connection, hashed, now_ms)
    if row is None:
        return None
    left = update(invites).where(invites.c.id == row.id, invites.c.uses_left > 0)
    used = connection.execute(left.values(uses_left=invites.c.uses_left - 1)).rowcount == 1
    return row if used else None


def add(connection: Connection, row: InviteRow) -> None:
    """Keep a new invite."""
    connection.execute(insert(invites).values(vars(row)))


def count_open(connection: Connection, inviter: str, now_ms: int) -> int:
    """How many invites of an account may still be used."""
    usable = (invites.c.inviter == inviter) & (invites.c.uses_left > 0) & (invites.c.expires_at > now_ms)
    return int(connection.execute(select(func.count()).select_from(invites).where(usable)).scalar_one())


def page(connection: Connection, inviter: str, now_ms: int, below: str | None, limit: int) -> list[InviteRow]:
    """An account's invites that have not expired, newest first, below an id."""
    found = select(invites).where(invites.c.inviter == inviter, invites.c.expires_at > now_ms)
    if below is not None:
        found = found.where(invites.c.id < below)
    rows = connection.execute(found.order_by(invites.c.id.desc()).limit(limit)).mappings().all()
    return [InviteRow(**row) for row in rows]


def remove(connection: Connection, inviter: str, invite: str) -> bool:
    """End one of an account's invites; False when it has no such one."""
    gone = delete(invites).where(invites.c.id == invite, invites.c.inviter == inviter)
    return connection.execute(gone).rowcount == 1


def remove_all(connection: Connection, inviter: str) -> None:
    """End all invites of an account."""
    connection.execute(delete(invites).where(invites.c.inviter == inviter))


def forget_expired(connection: Connection, now_ms: int) -> int:
    """Delete what can be used no more; returns how many rows went."""
    return connection.execute(delete(invites).where(invites.c.expires_at <= now_ms)).rowcount
