"""The rows of push addresses: one per session, gone with it."""

from sqlalchemy import Connection, delete, insert, select

from secureconnect.services.auth.store.tables import push_addresses, sessions


def put(
    connection: Connection, session: str, account: str, device: str, provider: str, address: str, now_ms: int
) -> bool:
    """Replace the address of a session; False when the session has ended."""
    open_one = select(sessions.c.id).where(sessions.c.id == session, sessions.c.ended_at.is_(None))
    if connection.execute(open_one).first() is None:
        return False
    remove(connection, session)
    row = {"session": session, "account": account, "device": device, "provider": provider, "address": address}
    connection.execute(insert(push_addresses).values(row | {"created_at": now_ms}))
    return True


def remove(connection: Connection, session: str) -> None:
    """Forget the address of a session."""
    connection.execute(delete(push_addresses).where(push_addresses.c.session == session))
