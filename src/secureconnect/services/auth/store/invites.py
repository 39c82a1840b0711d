"""The rows of invites, as far as registering spends them."""

from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, select, update

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
