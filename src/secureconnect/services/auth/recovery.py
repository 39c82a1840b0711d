"""Passwords changed by those who know them, and set anew by those who do not, with a one-time link."""

from sqlalchemy import Connection

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.auth import PasswordChangeRequest, ResetAskRequest, ResetRequest
from secureconnect.contracts.errors import Code, Fault, invalid
from secureconnect.edge.identity import Caller
from secureconnect.edge.limits import Limiter, network_of
from secureconnect.kit.clock import Clock
from secureconnect.kit.ids import RandomBytes, one_time_secret, secret_hash
from secureconnect.services.auth.background import Background
from secureconnect.services.auth.changes import ChangeFeed
from secureconnect.services.auth.limits import AuthLimits
from secureconnect.services.auth.names import email_key
from secureconnect.services.auth.notices import Notices
from secureconnect.services.auth.passwords import Passwords
from secureconnect.services.auth.sessions import Sessions
from secureconnect.services.auth.store import accounts, one_time
from secureconnect.services.auth.store import sessions as sessions_store
from secureconnect.services.auth.store.accounts import AccountRow
from secureconnect.services.auth.store.one_time import SecretRow
from secureconnect.services.auth.usernames import find_key

PURPOSE = "reset"


class Recovery:
    """Changes and resets passwords; either ends the sessions that the new password did not open."""

    def __init__(
        self,
        sql: Sql,
        feed: ChangeFeed,
        clock: Clock,
        random_bytes: RandomBytes,
        limiter: Limiter,
        passwords: Passwords,
        sessions: Sessions,
        notices: Notices,
        background: Background,
        limits: AuthLimits,
    ) -> None:
        self._sql = sql
        self._feed = feed
        self._clock = clock
        self._random_bytes = random_bytes
        self._limiter = limiter
        self._passwords = passwords
        self._sessions = sessions
        self._notices = notices
        self._background = background
        self._limits = limits

    async def change(self, caller: Caller, request: PasswordChangeRequest, client_ip: str) -> None:
        """Set a new password; all sessions but this one end.

        Raises Fault(AUTH_CREDENTIALS_WRONG, AUTH_PASSWORD_WEAK, AUTH_BUSY).
        """
        network = network_of(client_ip)
        account = await self._sql.read(accounts.by_id, caller.account)
        stored = account.password_hash if account is not None else None
        if not await self._passwords.verify(request.password, stored, network) or account is None:
            raise Fault(Code.AUTH_CREDENTIALS_WRONG)
        fresh = await self._strong(account, request.new_password, network)
        ended = await self._feed.write(_change, account, fresh, self._clock.now_ms(), caller.session)
        if ended is None:
            raise Fault(Code.AUTH_CREDENTIALS_WRONG)
        self._sessions.cut(ended)
        self._notices.password_changed(account)

    async def ask(self, request: ResetAskRequest) -> None:
        """Send a reset link to the verified address, if there is one; the answer is the same, and as quick, if not.

        Raises Fault(INVALID) when neither name nor address is given, Fault(AUTH_TOO_MANY_TRIES) when asked too often.
        """
        if (request.username is None) == (request.email is None):
            raise invalid("", "Give either username or email.")
        key = find_key(request.username) if request.username is not None else None
        email = email_key(request.email.strip()) if request.email is not None else None
        asked_for = email if email is not None else key or request.username or ""
        await self._limiter.hit("reset_account", asked_for, Code.AUTH_TOO_MANY_TRIES)
        self._background.later("reset", lambda: self._send_links(key, email))

    async def reset(self, request: ResetRequest, client_ip: str) -> None:
        """Set a password with the secret of a link; all sessions end.

        Raises Fault(AUTH_SECRET_INVALID, AUTH_PASSWORD_WEAK, AUTH_BUSY); a weak password does not spend the secret.
        """
        hashed, now_ms = secret_hash(request.secret), self._clock.now_ms()
        account = await self._sql.read(_account_of, hashed, now_ms)
        if account is None:
            raise Fault(Code.AUTH_SECRET_INVALID)
        fresh = await self._strong(account, request.new_password, network_of(client_ip))
        ended = await self._feed.write(_reset, hashed, fresh, now_ms)
        if ended is None:
            raise Fault(Code.AUTH_SECRET_INVALID)
        self._sessions.cut(ended)
        self._notices.password_changed(account)

    def new_link(self, account: str, life_s: int, made_by: str | None) -> tuple[str, SecretRow]:
        """A reset secret for an account, and its row to be kept by store.one_time.replace: an earlier one ends."""
        secret = one_time_secret(self._random_bytes)
        now_ms = self._clock.now_ms()
        return secret, SecretRow(secret_hash(secret), PURPOSE, account, None, made_by, now_ms, now_ms + life_s * 1000)

    async def _strong(self, account: AccountRow, password: str, network: str) -> str:
        context = (account.username_key, account.display_name, (account.email or "").partition("@")[0])
        prepared = self._passwords.require_strong(password, *context, pointer="/new_password")
        return await self._passwords.hash(prepared, network)

    async def _send_links(self, key: str | None, email: str | None) -> None:
        for account in await self._sql.read(_who_asked, key, email):
            if account.mail_to is None or not account.usable:
                continue
            secret, row = self.new_link(account.id, self._limits.reset_s, None)
            await self._sql.write(one_time.replace, row)
            self._notices.reset_link(account.mail_to, account.username, secret, self._limits.reset_s)


def _who_asked(connection: Connection, key: str | None, email: str | None) -> list[AccountRow]:
    if email is not None:
        return accounts.by_email(connection, email)
    account = accounts.by_key(connection, key) if key is not None else None
    return [account] if account is not None else []


def _account_of(connection: Connection, hashed: bytes, now_ms: int) -> AccountRow | None:
    row = one_time.find(connection, hashed, PURPOSE, now_ms)
    account = accounts.by_id(connection, row.account) if row is not None and row.account is not None else None
    return account if account is not None and account.closed_at is None else None


def _change(
    connection: Connection, account: AccountRow, password_hash: str, now_ms: int, keep: str
) -> list[str] | None:
    """Change the password unless it was changed since it was checked; returns the sessions that ended."""
    now = accounts.by_id(connection, account.id)
    if now is None or now.password_hash != account.password_hash or not now.usable:
        return None
    return _set(connection, account.id, password_hash, now_ms, keep)


def _reset(connection: Connection, hashed: bytes, password_hash: str, now_ms: int) -> list[str] | None:
    account = _account_of(connection, hashed, now_ms)
    if account is None or one_time.spend(connection, hashed, PURPOSE, now_ms) is None:
        return None
    return _set(connection, account.id, password_hash, now_ms, None)


def _set(connection: Connection, account: str, password_hash: str, now_ms: int, keep: str | None) -> list[str]:
    accounts.set_password(connection, account, password_hash)
    one_time.end(connection, PURPOSE, account)
    return sessions_store.end_all(connection, now_ms, account, keep)
