"""What has expired goes by itself while auth runs."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Connection

from secureconnect.services.auth import upkeep
from secureconnect.services.auth.store import changes
from secureconnect.services.auth.store.tables import one_time_secrets, sessions
from tests.fixtures.auth import auth

pytestmark = pytest.mark.anyio


def age(connection: Connection) -> None:
    """Let everything have expired."""
    connection.execute(one_time_secrets.update().values(expires_at=0))
    connection.execute(sessions.update().values(expires_at=0))
    changes.record(connection, 1, "profile", "old")


def standing(connection: Connection) -> tuple[int, int, int]:
    """How many secrets stand, sessions hold, and old changes are kept."""
    secrets = len(connection.execute(one_time_secrets.select()).all())
    held = len(connection.execute(sessions.select().where(sessions.c.ended_at.is_(None))).all())
    return secrets, held, len([each for each in changes.after(connection, 0, 1000) if each.account == "old"])


async def test_expired_secrets_sessions_and_changes_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "EXPIRED_S", 0.01)
    monkeypatch.setattr(upkeep, "OLD_S", 0.01)
    async with auth(tmp_path / "auth") as house:
        anna = await house.register("anna", email="anna@example.org")
        await house.sql.write(age)
        async with asyncio.timeout(5):
            while await house.sql.read(standing) != (0, 0, 0):  # noqa: ASYNC110 a database is asked, there is no event
                await asyncio.sleep(0.005)
        ended = [each.session for each in await house.changes() if each.kind == "session_ended"]
        assert ended == [anna.session_id]
