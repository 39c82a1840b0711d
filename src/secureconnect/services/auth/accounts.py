"""Accounts: made by registering, under names that nobody else has, had, or could be mistaken for."""

from dataclasses import replace

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.auth import RegisterRequest
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import CHAT_JOIN, JoinAsk
from secureconnect.edge.limits import network_of
from secureconnect.kit.clock import Clock
from secureconnect.kit.ids import Ids, secret_hash
from secureconnect.services.auth.admission import admit, spend
from secureconnect.services.auth.changes import ChangeFeed
from secureconnect.services.auth.emails import EmailCheck, Emails
from secureconnect.services.auth.errands import Errands, owe
from secureconnect.services.auth.limits import AuthLimits
from secureconnect.services.auth.metrics import AuthMetrics
from secureconnect.services.auth.names import display_name, email_address, search_key
from secureconnect.services.auth.passwords import Passwords
from secureconnect.services.auth.sessions import NewSession, Sessions, SignedIn
from secureconnect.services.auth.store import accounts as store
from secureconnect.services.auth.store.accounts import AccountRow
from secureconnect.services.auth.store.errands import ErrandRow
from secureconnect.services.auth.store.invites import InviteRow
from secureconnect.services.auth.usernames import Username, enforce, refuse_reserved


def new_account(
    account: str, username: Username, shown: str, password_hash: str | None, now_ms: int, *, admin: bool = False
) -> AccountRow:
    """The row of a fresh account; `shown` is its display name. Without a password nobody can sign in yet."""
    return AccountRow(
        id=account,
        username=username.key,
        username_key=username.key,
        skeleton=username.skeleton,
        display_name=shown,
        display_key=search_key(shown),
        email=None,
        email_key=None,
        email_verified=False,
        pending_email=None,
        password_hash=password_hash,
        picture=None,
        preferences="{}",
        admin=admin,
        created_at=now_ms,
        last_used_at=None,
        disabled_at=None,
        closed_at=None,
    )


def keep_account(connection: Connection, row: AccountRow) -> None:
    """Keep a new account in the transaction that makes it; raises Fault(AUTH_USERNAME_TAKEN)."""
    if store.name_taken(connection, row.username_key, row.skeleton):
        raise Fault(Code.AUTH_USERNAME_TAKEN)
    store.add(connection, row)


class Accounts:
    """Makes accounts for people who register."""

    def __init__(
        self,
        sql: Sql,
        feed: ChangeFeed,
        clock: Clock,
        ids: Ids,
        passwords: Passwords,
        sessions: Sessions,
        emails: Emails,
        errands: Errands,
        limits: AuthLimits,
        metrics: AuthMetrics,
    ) -> None:
        self._sql = sql
        self._feed = feed
        self._clock = clock
        self._ids = ids
        self._passwords = passwords
        self._sessions = sessions
        self._emails = emails
        self._errands = errands
        self._limits = limits
        self._metrics = metrics

    async def register(self, request: RegisterRequest, client_ip: str) -> SignedIn:
        """Make an account and sign in.

        Whether the caller is let in is looked at first, so that names are tried out by nobody else. Raises Fault: those
        of admission, AUTH_USERNAME_INVALID, AUTH_USERNAME_TAKEN, AUTH_PASSWORD_WEAK, AUTH_EMAIL_INVALID, INVALID,
        AUTH_BUSY.
        """
        hashed = secret_hash(request.invite) if request.invite is not None else None
        now_ms = self._clock.now_ms()
        admission = await self._sql.read(admit, hashed, self._limits.registration, now_ms)
        username = enforce(request.username)
        refuse_reserved(username, sets_up=admission.sets_up)
        shown = display_name(request.display_name or request.username)
        email = email_address(request.email) if request.email is not None else None
        context = (username.key, shown, *([email.partition("@")[0]] if email else []))
        prepared = self._passwords.require_strong(request.password, *context)
        if await self._sql.read(store.name_taken, username.key, username.skeleton):
            raise Fault(Code.AUTH_USERNAME_TAKEN)
        password_hash = await self._passwords.hash(prepared, network_of(client_ip))
        row = new_account(self._ids.new(), username, shown, password_hash, now_ms, admin=admission.sets_up)
        new = self._sessions.new(row.id, request.device)
        check = self._emails.new_check(row.id, email) if email is not None else None
        join = self._join(row.id, admission.invite)
        try:
            await self._feed.write(self._keep, row, new, hashed, check, join)
        except IntegrityError:
            raise Fault(Code.AUTH_USERNAME_TAKEN) from None
        self._metrics.registrations.inc()
        if check is not None:
            self._emails.send(check, row.username)
        if join is not None:
            await self._errands.run([join.id])
        return self._sessions.signed_in(row, new.session, new.device, new.token)

    def _join(self, account: str, invite: InviteRow | None) -> ErrandRow | None:
        conversations = invite.conversation_ids() if invite is not None else []
        if invite is None or not conversations:
            return None
        return self._errands.new(CHAT_JOIN, JoinAsk(account, invite.inviter, conversations))

    def _keep(
        self,
        connection: Connection,
        row: AccountRow,
        new: NewSession,
        hashed: bytes | None,
        check: EmailCheck | None,
        join: ErrandRow | None,
    ) -> None:
        admission = spend(connection, hashed, self._limits.registration, row.created_at)
        keep_account(connection, replace(row, admin=admission.sets_up))
        self._sessions.begin(connection, new)
        if check is not None:
            self._emails.keep_check(connection, check)
        owe(connection, join)
