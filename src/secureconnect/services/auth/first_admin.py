"""The first administrator: made by a one-time link that whoever runs the server is shown."""

from collections.abc import Callable

from sqlalchemy import Connection

from secureconnect.backends.sql.port import Sql
from secureconnect.kit.clock import Clock
from secureconnect.kit.ids import RandomBytes, one_time_secret, secret_hash
from secureconnect.services.auth.admission import FIRST_ADMIN
from secureconnect.services.auth.store import accounts, one_time
from secureconnect.services.auth.store.one_time import SecretRow


async def offer_setup(
    sql: Sql,
    clock: Clock,
    random_bytes: RandomBytes,
    life_s: int,
    public_url: str,
    announce: Callable[[str], None],
) -> None:
    """Give `announce` a fresh link while no administrator's account stands; earlier links end."""
    secret = one_time_secret(random_bytes)
    now_ms = clock.now_ms()
    row = SecretRow(secret_hash(secret), FIRST_ADMIN, None, None, None, now_ms, now_ms + life_s * 1000)
    if await sql.write(_renew, row):
        announce(f"{public_url}/join#{secret}")


def _renew(connection: Connection, row: SecretRow) -> bool:
    if accounts.has_admin(connection):
        one_time.end(connection, FIRST_ADMIN, None)
        return False
    one_time.replace(connection, row)
    return True
