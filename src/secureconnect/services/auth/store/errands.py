"""The rows of errands: what is owed to other services since a commit."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from secureconnect.services.auth.store.tables import errands


@dataclass(frozen=True)
class ErrandRow:
    """One call that is owed; `payload` is its ask as JSON, `due_at` when it is tried next."""

    id: str
    call: str
    payload: str
    tries: int
    due_at: int


def owe(connection: Connection, row: ErrandRow) -> None:
    """Keep an errand in the transaction of the act that owes it."""
    connection.execute(insert(errands).values(vars(row)))


def due(connection: Connection, now_ms: int, limit: int) -> list[ErrandRow]:
    """The errands whose time has come, the longest due first."""
    found = select(errands).where(errands.c.due_at <= now_ms).order_by(errands.c.due_at, errands.c.id).limit(limit)
    return [ErrandRow(**row) for row in connection.execute(found).mappings().all()]


def by_ids(connection: Connection, ids: Sequence[str]) -> list[ErrandRow]:
    """These errands, in the order of their making, as far as they are still owed."""
    found = select(errands).where(errands.c.id.in_(ids)).order_by(errands.c.id)
    return [ErrandRow(**row) for row in connection.execute(found).mappings().all()]


def take(connection: Connection, row: ErrandRow, again_at: int) -> bool:
    """Claim an errand until `again_at`; False when another process did, or it is done."""
    same = (errands.c.id == row.id) & (errands.c.due_at == row.due_at)
    claimed = update(errands).where(same).values(due_at=again_at, tries=row.tries + 1)
    return connection.execute(claimed).rowcount == 1


def done(connection: Connection, errand: str) -> None:
    """Forget an errand that was done."""
    connection.execute(delete(errands).where(errands.c.id == errand))
