"""The rows of the audit: written in the act's own transaction, never changed."""

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from secureconnect.services.auth.store.order import newest_first
from secureconnect.services.auth.store.tables import audit


@dataclass(frozen=True)
class AuditEntry:
    """One act; `actor` is an account or `operator`, `detail` a JSON object of texts."""

    id: str
    at: int
    actor: str
    act: str
    subject: str | None
    detail: str


def add(connection: Connection, entry: AuditEntry) -> None:
    """Keep an entry in the transaction of its act."""
    connection.execute(insert(audit).values(vars(entry)))


def page(connection: Connection, below: tuple[int, str] | None, limit: int) -> list[AuditEntry]:
    """Entries, newest first, below a time and an id."""
    found = newest_first(select(audit), audit.c.at, audit.c.id, below, limit)
    return [AuditEntry(**row) for row in connection.execute(found).mappings().all()]
