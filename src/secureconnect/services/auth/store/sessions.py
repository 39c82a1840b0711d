"""The rows of sessions and devices: one session is one family of refresh tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from secureconnect.services.auth.store import changes
from secureconnect.services.auth.store.tables import devices, push_addresses, sessions


@dataclass(frozen=True)
class DeviceRow:
    """A device, which is made by the sign-in on it."""

    id: str
    account: str
    name: str
    kind: str
    created_at: int


@dataclass(frozen=True)
class SessionRow:
    """A session with its device; times in ms."""

    id: str
    account: str
    device: str
    created_at: int
    last_used_at: int
    expires_at: int
    ended_at: int | None
    confirmed_at: int | None
    family_key: bytes
    generation: int
    current_hash: bytes
    previous_hash: bytes | None


@dataclass(frozen=True)
class Held:
    """A session, and the device that it is on."""

    session: SessionRow
    device: DeviceRow


_DEVICE = [column.label(f"device_{column.name}") for column in devices.columns]
_BY_ID = (
    select(sessions, *_DEVICE).join(devices, devices.c.id == sessions.c.device).where(sessions.c.id == bindparam("id"))
)
_OPEN = (sessions.c.account == bindparam("account_id")) & sessions.c.ended_at.is_(None)


def add(connection: Connection, session: SessionRow, device: DeviceRow) -> None:
    """Keep a new session and its device."""
    connection.execute(insert(devices).values(vars(device)))
    connection.execute(insert(sessions).values(vars(session)))


def by_id(connection: Connection, session: str) -> Held | None:
    """The session of this id, ended ones too for as long as they are kept."""
    row = connection.execute(_BY_ID, {"id": session}).mappings().first()
    return _held(dict(row)) if row is not None else None


def of_account(connection: Connection, account: str, below: str | None, limit: int) -> list[Held]:
    """The sessions of an account that still hold, newest first, with ids below `below` when it is given."""
    found = select(sessions, *_DEVICE).join(devices, devices.c.id == sessions.c.device).where(_OPEN)
    if below is not None:
        found = found.where(sessions.c.id < below)
    rows = connection.execute(found.order_by(sessions.c.id.desc()).limit(limit), {"account_id": account})
    return [_held(dict(row)) for row in rows.mappings().all()]


def excess(connection: Connection, account: str, most: int) -> list[str]:
    """The sessions above the most recently used `most` of an account."""
    found = select(sessions.c.id).where(_OPEN).order_by(sessions.c.last_used_at.desc(), sessions.c.id.desc())
    return list(connection.execute(found.offset(most).limit(1000), {"account_id": account}).scalars().all())


def advance(
    connection: Connection, held: SessionRow, next_hash: bytes, now_ms: int, idle_ms: int, expires_max_ms: int
) -> bool:
    """Compare and set: make the next token the current one; False when another request did it first."""
    same = (sessions.c.id == held.id) & (sessions.c.current_hash == held.current_hash) & sessions.c.ended_at.is_(None)
    values = {
        "generation": held.generation + 1,
        "current_hash": next_hash,
        "previous_hash": held.current_hash,
        "last_used_at": now_ms,
        "expires_at": min(now_ms + idle_ms, expires_max_ms),
    }
    return connection.execute(update(sessions).where(same).values(values)).rowcount == 1


def confirm(connection: Connection, session: str, now_ms: int) -> None:
    """Note that the password was given in this session."""
    connection.execute(update(sessions).where(sessions.c.id == session).values(confirmed_at=now_ms))


def end(connection: Connection, now_ms: int, account: str, ids: Sequence[str]) -> list[str]:
    """End these sessions of an account, in the act's own transaction, and record it; returns those that held."""
    found = select(sessions.c.id).where(_OPEN, sessions.c.id.in_(ids))
    open_ids = list(connection.execute(found, {"account_id": account}).scalars().all())
    if not open_ids:
        return []
    connection.execute(update(sessions).where(sessions.c.id.in_(open_ids)).values(ended_at=now_ms, family_key=b""))
    connection.execute(delete(push_addresses).where(push_addresses.c.session.in_(open_ids)))
    for one in open_ids:
        changes.record(connection, now_ms, "session_ended", account, session=one)
    changes.record(connection, now_ms, "sessions", account)
    return open_ids


def end_all(connection: Connection, now_ms: int, account: str, keep: str | None = None) -> list[str]:
    """End all sessions of an account but `keep`, in the act's own transaction; returns those that ended."""
    found = connection.execute(select(sessions.c.id).where(_OPEN), {"account_id": account}).scalars().all()
    return end(connection, now_ms, account, [one for one in found if one != keep])


def end_expired(connection: Connection, now_ms: int, limit: int) -> int:
    """End sessions whose time is over, at most `limit`; returns how many."""
    found = select(sessions.c.account, sessions.c.id).where(
        sessions.c.ended_at.is_(None), sessions.c.expires_at <= now_ms
    )
    rows = connection.execute(found.limit(limit)).all()
    for row in rows:
        end(connection, now_ms, row.account, [row.id])
    return len(rows)


def forget_ended(connection: Connection, before_ms: int, limit: int) -> int:
    """Delete sessions that ended before a time, with their devices, at most `limit`; returns how many."""
    found = select(sessions.c.id, sessions.c.device).where(sessions.c.ended_at < before_ms).limit(limit)
    rows = connection.execute(found).all()
    connection.execute(delete(sessions).where(sessions.c.id.in_([row.id for row in rows])))
    connection.execute(delete(devices).where(devices.c.id.in_([row.device for row in rows])))
    return len(rows)


def _held(row: dict[str, object]) -> Held:
    device = {name.removeprefix("device_"): row.pop(name) for name in list(row) if name.startswith("device_")}
    return Held(SessionRow(**row), DeviceRow(**device))  # type: ignore[arg-type]
