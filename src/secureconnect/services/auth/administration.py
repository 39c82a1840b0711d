"""What administrators, and operators, do to accounts: each act with an audit row in its transaction."""

from dataclasses import dataclass

from msgspec import UNSET
from sqlalchemy import Connection

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.auth import AdminAccount, AdminAccountPage, AdminAccountPatch, ResetLinkAnswer
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import CHAT_RETIRE, RetireAsk
from secureconnect.kit.clock import Clock
from secureconnect.services.auth.admission import FIRST_ADMIN
from secureconnect.services.auth.audit import Act, Audit
from secureconnect.services.auth.changes import ChangeFeed
from secureconnect.services.auth.closing import Closing, Farewell, close, keep_an_admin
from secureconnect.services.auth.cursors import cursor_of, place_of
from secureconnect.services.auth.errands import Errands, owe
from secureconnect.services.auth.names import search_key
from secureconnect.services.auth.person import open_account, require_id
from secureconnect.services.auth.recovery import PURPOSE, Recovery
from secureconnect.services.auth.sessions import Sessions
from secureconnect.services.auth.store import administration as store
from secureconnect.services.auth.store import changes, one_time
from secureconnect.services.auth.store import sessions as sessions_store
from secureconnect.services.auth.store.accounts import AccountRow
from secureconnect.services.auth.store.errands import ErrandRow
from secureconnect.services.auth.store.one_time import SecretRow


@dataclass(frozen=True)
class Order:
    """An act that somebody orders on an account."""

    actor: str
    account: str
    now_ms: int


class Administration:
    """Lists and changes accounts; who may do so is checked before (the edge's admin check, or the operator's key)."""

    def __init__(
        self,
        sql: Sql,
        feed: ChangeFeed,
        clock: Clock,
        audit: Audit,
        sessions: Sessions,
        errands: Errands,
        recovery: Recovery,
        closing: Closing,
        admin_reset_s: int,
        public_url: str,
    ) -> None:
        self._sql = sql
        self._feed = feed
        self._clock = clock
        self._audit = audit
        self._sessions = sessions
        self._errands = errands
        self._recovery = recovery
        self._closing = closing
        self._admin_reset_s = admin_reset_s
        self._public_url = public_url

    async def page(self, query: str | None, cursor: str | None, limit: int) -> AdminAccountPage:
        """Accounts, newest first; with a query the open ones whose name or address begins so."""
        prefix = search_key(query) or None if query is not None else None
        if prefix is not None and not prefix.isprintable():
            return AdminAccountPage([], None)
        found = await self._sql.read(store.page, prefix, place_of(cursor), limit + 1)
        items = [admin_account(row, count) for row, count in found[:limit]]
        return AdminAccountPage(items, cursor_of(items[-1].created_at, items[-1].id) if len(found) > limit else None)

    async def get(self, account: str) -> AdminAccount:
        """One account, closed ones too; raises Fault(NOT_FOUND)."""
        found = await self._sql.read(store.find, require_id(account))
        if found is None:
            raise Fault(Code.NOT_FOUND)
        return admin_account(*found)

    async def change(self, actor: str, account: str, patch: AdminAccountPatch) -> AdminAccount:
        """Disable or enable an account, make it an administrator's or anybody's; what stands already is no act.

        Disabling ends all sessions at once, and lets conversations pass on what the account alone owned. Raises
        Fault(NOT_FOUND), also for a closed account, and Fault(AUTH_LAST_ADMIN).
        """
        order = self._order(actor, account)
        retire = self._errands.new(CHAT_RETIRE, RetireAsk(account, closed=False))
        ended = await self._feed.write(self._change, order, patch, retire)
        self._sessions.cut(ended)
        await self._errands.run([retire.id])
        return await self.get(account)

    async def end_sessions(self, actor: str, account: str) -> None:
        """Sign somebody out everywhere; raises Fault(NOT_FOUND)."""
        self._sessions.cut(await self._feed.write(self._end_sessions, self._order(actor, account)))

    async def reset_link(self, actor: str, account: str) -> ResetLinkAnswer:
        """Make a one-time link by which somebody sets a password anew; an earlier one ends.

        Raises Fault(NOT_FOUND), also for a closed account, and Fault(CONFLICT) for a disabled one.
        """
        order = self._order(actor, account)
        answer, row = self.new_link(actor, account)
        await self._sql.write(self._keep_link, order, row)
        return answer

    async def close(self, actor: str, account: str, *, delete_messages: bool) -> None:
        """Close somebody's account for ever; raises Fault(NOT_FOUND, AUTH_LAST_ADMIN)."""
        order = self._order(actor, account)
        farewell = self._closing.farewell(account, delete_messages=delete_messages)
        await self._closing.finish(farewell, await self._feed.write(self._close, order, farewell))

    def new_link(self, actor: str, account: str) -> tuple[ResetLinkAnswer, SecretRow]:
        """A link that sets a password, and its row to be kept by store.one_time.replace."""
        secret, row = self._recovery.new_link(account, self._admin_reset_s, actor)
        return ResetLinkAnswer(f"{self._public_url}/reset#{secret}", row.expires_at), row

    def _order(self, actor: str, account: str) -> Order:
        return Order(actor, require_id(account), self._clock.now_ms())

    def _record(self, connection: Connection, order: Order, act: Act) -> None:
        self._audit.record(connection, order.now_ms, order.actor, act, order.account)

    def _change(self, connection: Connection, order: Order, patch: AdminAccountPatch, retire: ErrandRow) -> list[str]:
        row = open_account(connection, order.account)
        if patch.admin is not UNSET and patch.admin != row.admin:
            self._set_admin(connection, order, row, admin=patch.admin)
            row = open_account(connection, order.account)
        if patch.disabled is UNSET or patch.disabled == (row.disabled_at is not None):
            return []
        if patch.disabled:
            return self._disable(connection, order, row, retire)
        store.set_disabled(connection, row.id, None)
        self._record(connection, order, Act.ACCOUNT_ENABLE)
        changes.record(connection, order.now_ms, "account_enabled", row.id)
        return []

    def _set_admin(self, connection: Connection, order: Order, row: AccountRow, *, admin: bool) -> None:
        if admin:
            one_time.end(connection, FIRST_ADMIN, None)
        else:
            keep_an_admin(connection, row)
        store.set_admin(connection, row.id, admin=admin)
        self._record(connection, order, Act.ACCOUNT_GRANT_ADMIN if admin else Act.ACCOUNT_REVOKE_ADMIN)
        changes.record(connection, order.now_ms, "role", row.id)

    def _disable(self, connection: Connection, order: Order, row: AccountRow, retire: ErrandRow) -> list[str]:
        keep_an_admin(connection, row)
        store.set_disabled(connection, row.id, order.now_ms)
        one_time.end(connection, PURPOSE, row.id)
        self._record(connection, order, Act.ACCOUNT_DISABLE)
        ended = sessions_store.end_all(connection, order.now_ms, row.id)
        changes.record(connection, order.now_ms, "account_disabled", row.id)
        owe(connection, retire)
        return ended

    def _end_sessions(self, connection: Connection, order: Order) -> list[str]:
        row = open_account(connection, order.account)
        self._record(connection, order, Act.ACCOUNT_END_SESSIONS)
        return sessions_store.end_all(connection, order.now_ms, row.id)

    def _keep_link(self, connection: Connection, order: Order, secret: SecretRow) -> None:
        if open_account(connection, order.account).disabled_at is not None:
            raise Fault(Code.CONFLICT, "This account is disabled; enable it first.")
        one_time.replace(connection, secret)
        self._record(connection, order, Act.ACCOUNT_RESET_LINK)

    def _close(self, connection: Connection, order: Order, farewell: Farewell) -> list[str]:
        ended = close(connection, farewell, order.now_ms)
        self._record(connection, order, Act.ACCOUNT_CLOSE)
        return ended


def admin_account(row: AccountRow, sessions: int) -> AdminAccount:
    """An account as administrators see it."""
    return AdminAccount(
        id=row.id,
        username=row.username,
        display_name=row.display_name,
        email=row.email,
        email_verified=row.email_verified,
        admin=row.admin,
        disabled=row.disabled_at is not None,
        closed=row.closed_at is not None,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        sessions=sessions,
    )
