"""The policy's one row: who may register, once an administrator has said so."""

from sqlalchemy import Connection, delete, insert, select

from secureconnect.services.auth.limits import Registration
from secureconnect.services.auth.store.tables import policy


def registration(connection: Connection, default: Registration) -> Registration:
    """Who may register: what an administrator chose, else the setting."""
    return connection.execute(select(policy.c.registration).where(policy.c.id == 1)).scalar() or default


def set_registration(connection: Connection, registration: Registration) -> None:
    """Say who may register from now on."""
    connection.execute(delete(policy))
    connection.execute(insert(policy).values(id=1, registration=registration))
