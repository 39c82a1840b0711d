"""The rows of friendships: one for each side."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, or_, select

from secureconnect.services.auth.store.accounts import AccountRow
from secureconnect.services.auth.store.order import newest_first
from secureconnect.services.auth.store.tables import accounts, friends


@dataclass(frozen=True)
class FriendRow:
    """How an account's side of a friendship stands: asked, asking or friends."""

    account: str
    other: str
    state: str
    since: int


def find(connection: Connection, account: str, other: str) -> FriendRow | None:
    """The account's side."""
    found = select(friends).where(friends.c.account == account, friends.c.other == other)
    row = connection.execute(found).mappings().first()
    return FriendRow(**row) if row is not None else None


def put(connection: Connection, row: FriendRow) -> None:
    """Keep one side, in place of what stood there."""
    remove(connection, row.account, row.other)
    connection.execute(insert(friends).values(vars(row)))


def remove(connection: Connection, account: str, other: str) -> bool:
    """Remove one side; False when there was none."""
    gone = delete(friends).where(friends.c.account == account, friends.c.other == other)
    return connection.execute(gone).rowcount == 1


def remove_all(connection: Connection, account: str) -> None:
    """Remove all friendships of an account, both sides of each."""
    connection.execute(delete(friends).where(or_(friends.c.account == account, friends.c.other == account)))


def count(connection: Connection, account: str) -> int:
    """How many friendships an account has, in any state."""
    found = select(func.count()).select_from(friends).where(friends.c.account == account)
    return int(connection.execute(found).scalar_one())


def page(
    connection: Connection, account: str, below: tuple[int, str] | None, limit: int
) -> list[tuple[FriendRow, AccountRow]]:
    """An account's friendships with the others' accounts, newest first, below a time and an id."""
    state, since = friends.c.state.label("friend_state"), friends.c.since.label("friend_since")
    found = select(state, since, accounts).join(accounts, accounts.c.id == friends.c.other)
    found = found.where(friends.c.account == account)
    rows = connection.execute(newest_first(found, friends.c.since, friends.c.other, below, limit)).mappings().all()
    return [_pair(account, dict(row)) for row in rows]


def _pair(account: str, row: dict[str, object]) -> tuple[FriendRow, AccountRow]:
    state, since = row.pop("friend_state"), row.pop("friend_since")
    other = AccountRow(**row)  # type: ignore[arg-type]
    return FriendRow(account, other.id, str(state), int(str(since))), other
