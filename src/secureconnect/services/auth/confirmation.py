"""The password given again: what administrators and careful acts ask for."""

from sqlalchemy import Connection

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.identity import Caller
from secureconnect.edge.limits import network_of
from secureconnect.kit.clock import Clock
from secureconnect.services.auth.passwords import Passwords
from secureconnect.services.auth.store import accounts, sessions
from secureconnect.services.auth.store.accounts import AccountRow
from secureconnect.services.auth.store.sessions import Held


class Confirmation:
    """Remembers for each session when the password was given; signing in counts, refreshing does not."""

    def __init__(self, sql: Sql, clock: Clock, passwords: Passwords, open_s: int) -> None:
        self._sql = sql
        self._clock = clock
        self._passwords = passwords
        self._open_ms = open_s * 1000

    async def confirm(self, caller: Caller, password: str, client_ip: str) -> None:
        """Open what asks for the password to this session; raises Fault(AUTH_CREDENTIALS_WRONG, AUTH_BUSY)."""
        await self.require_password(caller, password, client_ip)
        await self._sql.write(sessions.confirm, caller.session, self._clock.now_ms())

    async def require_password(self, caller: Caller, password: str, client_ip: str) -> AccountRow:
        """The caller's account, when this is its password; raises Fault(AUTH_CREDENTIALS_WRONG, AUTH_BUSY)."""
        account = await self._sql.read(accounts.by_id, caller.account)
        stored = account.password_hash if account is not None else None
        if not await self._passwords.verify(password, stored, network_of(client_ip)) or account is None:
            raise Fault(Code.AUTH_CREDENTIALS_WRONG)
        return account

    async def admin_check(self, caller: Caller) -> None:
        """Raise Fault(AUTH_NOT_ADMIN) unless the caller is an administrator now, Fault(AUTH_PASSWORD_NEEDED) when the
        password was not given lately."""
        account, held = await self._sql.read(_standing, caller)
        if account is None or not account.admin or not account.usable:
            raise Fault(Code.AUTH_NOT_ADMIN)
        if held is None or held.session.ended_at is not None:
            raise Fault(Code.AUTH_TOKEN_INVALID)
        confirmed_at = held.session.confirmed_at
        if confirmed_at is None or not 0 <= self._clock.now_ms() - confirmed_at < self._open_ms:
            raise Fault(Code.AUTH_PASSWORD_NEEDED)


def _standing(connection: Connection, caller: Caller) -> tuple[AccountRow | None, Held | None]:
    return accounts.by_id(connection, caller.account), sessions.by_id(connection, caller.session)
