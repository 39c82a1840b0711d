"""The audit: who among administrators and operators did what to whom, and when."""

from enum import Enum

import msgspec
from sqlalchemy import Connection

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.auth import AuditPage, AuditRow
from secureconnect.kit.ids import Ids
from secureconnect.services.auth.cursors import cursor_of, place_of
from secureconnect.services.auth.store import audit as store
from secureconnect.services.auth.store.audit import AuditEntry

OPERATOR = "operator"


class Act(Enum):
    """What was done."""

    ACCOUNT_CREATE = "account.create"
    ACCOUNT_DISABLE = "account.disable"
    ACCOUNT_ENABLE = "account.enable"
    ACCOUNT_GRANT_ADMIN = "account.grant_admin"
    ACCOUNT_REVOKE_ADMIN = "account.revoke_admin"
    ACCOUNT_END_SESSIONS = "account.end_sessions"
    ACCOUNT_RESET_LINK = "account.reset_link"
    ACCOUNT_CLOSE = "account.close"
    POLICY_CHANGE = "policy.change"
    MAIL_TEST = "mail.test"
    KEYS_ROTATE = "keys.rotate"


class Audit:
    """Writes and reads it."""

    def __init__(self, sql: Sql, ids: Ids) -> None:
        self._sql = sql
        self._ids = ids

    def record(
        self, connection: Connection, now_ms: int, actor: str, act: Act, subject: str | None = None, **detail: str
    ) -> None:
        """Write down an act in its own transaction; `detail` holds nothing that a person said of themselves."""
        text = msgspec.json.encode(detail).decode()
        store.add(connection, AuditEntry(self._ids.new(), now_ms, actor, act.value, subject, text))

    async def page(self, cursor: str | None, limit: int) -> AuditPage:
        """Acts, newest first."""
        found = await self._sql.read(store.page, place_of(cursor), limit + 1)
        items = [_row(entry) for entry in found[:limit]]
        return AuditPage(items, cursor_of(items[-1].at, items[-1].id) if len(found) > limit else None)


def _row(entry: AuditEntry) -> AuditRow:
    detail = msgspec.json.decode(entry.detail, type=dict[str, str])
    return AuditRow(entry.id, entry.at, entry.actor, entry.act, entry.subject, detail)
