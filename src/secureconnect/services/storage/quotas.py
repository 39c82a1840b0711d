"""How much an account may store: the limits, what a refused reservation means, and what is left."""

from dataclasses import dataclass

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.storage import QuotaAnswer
from secureconnect.services.storage.store import quotas as rows
from secureconnect.services.storage.store.quotas import Reservation

RETRY_OPEN_MS = 10_000


@dataclass(frozen=True)
class StorageLimits:
    """What storage allows: the largest file, each account's room in bytes, how long an upload may rest, how many of one
    account may be open at once, and how often is swept."""

    file_bytes_max: int
    quota_bytes: int
    upload_expiry_s: int
    uploads_open_max: int
    sweep_s: int = 600


def require(reservation: Reservation) -> None:
    """Raise the fault of a reservation that was refused."""
    if reservation is Reservation.NO_ROOM:
        raise Fault(Code.STORAGE_QUOTA_EXCEEDED)
    if reservation is Reservation.TOO_MANY_OPEN:
        raise Fault(Code.STORAGE_TOO_MANY_UPLOADS, retry_after_ms=RETRY_OPEN_MS)


class Quotas:
    """What accounts have used and reserved."""

    def __init__(self, sql: Sql, limits: StorageLimits) -> None:
        self._sql = sql
        self._limits = limits

    async def of(self, account: str) -> QuotaAnswer:
        """An account's room."""
        used_bytes, reserved_bytes = await self._sql.read(rows.room, account)
        return QuotaAnswer(used_bytes, reserved_bytes, self._limits.quota_bytes)
