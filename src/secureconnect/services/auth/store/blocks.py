"""The rows of blocks."""

from sqlalchemy import Connection, delete, func, insert, or_, select

from secureconnect.services.auth.store.accounts import AccountRow
from secureconnect.services.auth.store.order import newest_first
from secureconnect.services.auth.store.tables import accounts, blocks


def since(connection: Connection, account: str, other: str) -> int | None:
    """When the account blocked the other, None when it does not."""
    found = select(blocks.c.since).where(blocks.c.account == account, blocks.c.other == other)
    return connection.execute(found).scalar()


def add(connection: Connection, account: str, other: str, now_ms: int) -> None:
    """Keep a block."""
    connection.execute(insert(blocks).values(account=account, other=other, since=now_ms))


def remove(connection: Connection, account: str, other: str) -> bool:
    """Remove a block; False when there was none."""
    gone = delete(blocks).where(blocks.c.account == account, blocks.c.other == other)
    return connection.execute(gone).rowcount == 1


def remove_all(connection: Connection, account: str) -> None:
    """Remove all blocks by and of an account."""
    connection.execute(delete(blocks).where(or_(blocks.c.account == account, blocks.c.other == account)))


def count(connection: Connection, account: str) -> int:
    """How many an account blocks."""
    found = select(func.count()).select_from(blocks).where(blocks.c.account == account)
    return int(connection.execute(found).scalar_one())


def page(
    connection: Connection, account: str, below: tuple[int, str] | None, limit: int
) -> list[tuple[int, AccountRow]]:
    """Whom an account blocks and since when, newest first, below a time and an id."""
    found = select(blocks.c.since.label("blocked_since"), accounts).join(accounts, accounts.c.id == blocks.c.other)
    found = found.where(blocks.c.account == account)
    rows = connection.execute(newest_first(found, blocks.c.since, blocks.c.other, below, limit)).mappings().all()
    return [_read(dict(row)) for row in rows]


def _read(row: dict[str, object]) -> tuple[int, AccountRow]:
    at = row.pop("blocked_since")
    return int(str(at)), AccountRow(**row)  # type: ignore[arg-type]
