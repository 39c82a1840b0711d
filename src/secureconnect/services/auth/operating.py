"""What whoever runs the server asks of auth from its command line: the acts of an administrator without a session."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from secureconnect.backends.mail.port import Letter, Mail
from secureconnect.backends.peers.port import AnsweredCall, answered
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.auth import AdminAccount, AdminAccountPage, AdminAccountPatch, AuditPage, ResetLinkAnswer
from secureconnect.contracts.errors import Code, Fault, invalid
from secureconnect.contracts.operator import (
    AUDIT_TAIL,
    IMPORT_ROWS_MAX,
    MAIL_TEST,
    PAGE_MAX,
    USER_CHANGE,
    USER_CREATE,
    USER_DELETE,
    USER_END_SESSIONS,
    USER_IMPORT,
    USER_LIST,
    USER_RESET_LINK,
    AuditAsk,
    MailTestAsk,
    NewUser,
    UserAsk,
    UserChangeAsk,
    UserDeleteAsk,
    UserImportAsk,
    UserImported,
    UserImportReply,
    UserListAsk,
    UserMade,
)
from secureconnect.contracts.peers import AUTH_KEYS_REREAD, Done, KeysReply, Nothing
from secureconnect.kit.clock import Clock
from secureconnect.kit.ids import Ids
from secureconnect.services.auth.accounts import keep_account, new_account
from secureconnect.services.auth.administration import Administration
from secureconnect.services.auth.admission import FIRST_ADMIN
from secureconnect.services.auth.audit import OPERATOR, Act, Audit
from secureconnect.services.auth.keys import SigningKeys
from secureconnect.services.auth.names import display_name, email_address, email_key
from secureconnect.services.auth.passwords import Passwords
from secureconnect.services.auth.store import accounts, one_time
from secureconnect.services.auth.store.accounts import AccountRow
from secureconnect.services.auth.store.one_time import SecretRow
from secureconnect.services.auth.usernames import enforce, find_key, refuse_reserved


class Operating:
    """Answers the calls of contracts.operator; every act is written in the audit as the operator's."""

    def __init__(
        self,
        sql: Sql,
        clock: Clock,
        ids: Ids,
        administration: Administration,
        audit: Audit,
        mail: Mail,
        keys: SigningKeys,
        passwords: Passwords,
        server_name: str,
    ) -> None:
        self._sql = sql
        self._clock = clock
        self._ids = ids
        self._administration = administration
        self._audit = audit
        self._mail = mail
        self._keys = keys
        self._passwords = passwords
        self._server_name = server_name

    def answered(self) -> Sequence[AnsweredCall]:
        """Each call with its handler."""
        return (
            answered(USER_LIST, self.list_users),
            answered(USER_CREATE, self.create),
            answered(USER_IMPORT, self.import_users),
            answered(USER_CHANGE, self.change),
            answered(USER_END_SESSIONS, self.end_sessions),
            answered(USER_RESET_LINK, self.reset_link),
            answered(USER_DELETE, self.delete),
            answered(AUDIT_TAIL, self.audit_tail),
            answered(MAIL_TEST, self.test_mail),
            answered(AUTH_KEYS_REREAD, self.reread_keys),
        )

    async def list_users(self, ask: UserListAsk) -> AdminAccountPage:
        """A page of accounts; raises Fault(INVALID)."""
        return await self._administration.page(ask.query, ask.cursor, _bounded(ask.limit))

    async def create(self, ask: NewUser) -> UserMade:
        """Make an account with a password, or without one and with the link that sets it.

        Names of roles are free to the operator. Raises Fault(AUTH_USERNAME_INVALID, AUTH_USERNAME_TAKEN,
        AUTH_PASSWORD_WEAK, AUTH_EMAIL_INVALID, INVALID, AUTH_BUSY).
        """
        row = self._row(ask)
        if ask.password is not None:
            password_hash = await self._passwords.hash(self._strong(row, ask.password), OPERATOR)
            await self._sql.write(self._keep, replace(row, password_hash=password_hash), None)
            return UserMade(await self._administration.get(row.id), None)
        link, secret = self._administration.new_link(OPERATOR, row.id)
        await self._sql.write(self._keep, row, secret)
        return UserMade(await self._administration.get(row.id), link)

    def _row(self, ask: NewUser) -> AccountRow:
        username = enforce(ask.username)
        refuse_reserved(username, sets_up=True)
        shown = display_name(ask.display_name or ask.username)
        row = new_account(self._ids.new(), username, shown, None, self._clock.now_ms(), admin=ask.admin)
        if ask.email is None:
            return row
        email = email_address(ask.email)
        return replace(row, email=email, email_key=email_key(email), email_verified=True)

    def _strong(self, row: AccountRow, password: str) -> str:
        local = (row.email or "").partition("@")[0]
        context = (row.username_key, row.display_name, *([local] if local else []))
        return self._passwords.require_strong(password, *context)

    async def import_users(self, ask: UserImportAsk) -> UserImportReply:
        """Make many accounts; a row that is refused does not hold up the others. Raises Fault(INVALID) above 500."""
        if len(ask.users) > IMPORT_ROWS_MAX:
            raise invalid("/users", f"At most {IMPORT_ROWS_MAX} rows at a time.")
        act = self._check if ask.check else self._import
        return UserImportReply([await act(each) for each in ask.users])

    async def change(self, ask: UserChangeAsk) -> AdminAccount:
        """Disable, enable, make or unmake an administrator; raises Fault(NOT_FOUND, AUTH_LAST_ADMIN)."""
        account = await self._account(ask.user)
        changed = {"disabled": ask.disabled, "admin": ask.admin}
        patch = AdminAccountPatch(**{name: value for name, value in changed.items() if value is not None})
        return await self._administration.change(OPERATOR, account, patch)

    async def end_sessions(self, ask: UserAsk) -> AdminAccount:
        """Sign somebody out everywhere; raises Fault(NOT_FOUND)."""
        account = await self._account(ask.user)
        await self._administration.end_sessions(OPERATOR, account)
        return await self._administration.get(account)

    async def reset_link(self, ask: UserAsk) -> ResetLinkAnswer:
        """A link that sets a password; raises Fault(NOT_FOUND, CONFLICT)."""
        return await self._administration.reset_link(OPERATOR, await self._account(ask.user))

    async def delete(self, ask: UserDeleteAsk) -> Done:
        """Close an account for ever; raises Fault(NOT_FOUND, AUTH_LAST_ADMIN)."""
        account = await self._account(ask.user)
        await self._administration.close(OPERATOR, account, delete_messages=ask.delete_messages)
        return Done()

    async def audit_tail(self, ask: AuditAsk) -> AuditPage:
        """A page of the audit; raises Fault(INVALID)."""
        return await self._audit.page(ask.cursor, _bounded(ask.limit))

    async def test_mail(self, ask: MailTestAsk) -> Done:
        """Hand over one letter; raises Fault(AUTH_EMAIL_INVALID, UNAVAILABLE)."""
        to = email_address(ask.to)
        text = f"This letter was sent by {self._server_name} to see whether its mail works. It does."
        await self._mail.send(Letter(to, f"A test of mail ({self._server_name})", text, f"<p>{text}</p>"))
        await self._sql.write(self._audit.record, self._clock.now_ms(), OPERATOR, Act.MAIL_TEST)
        return Done()

    async def reread_keys(self, ask: Nothing) -> KeysReply:
        """Sign with the key that stands in the secret now; raises Fault(UNAVAILABLE) when there is no usable one."""
        before, _ = self._keys.current()
        reply = await self._keys.answer_reread(ask)
        kid, _ = self._keys.current()
        if kid != before:
            await self._sql.write(self._audit.record, self._clock.now_ms(), OPERATOR, Act.KEYS_ROTATE, kid=kid)
        return reply

    async def _account(self, user: str) -> str:
        found = await self._sql.read(_find, user)
        if found is None:
            raise Fault(Code.NOT_FOUND, "No account has this name or id.")
        return found

    async def _import(self, user: NewUser) -> UserImported:
        try:
            return UserImported(user.username, await self.create(user))
        except Fault as fault:
            return _refused(user, fault)

    async def _check(self, user: NewUser) -> UserImported:
        try:
            row = self._row(user)
            if user.password is not None:
                self._strong(row, user.password)
        except Fault as fault:
            return _refused(user, fault)
        if await self._sql.read(accounts.name_taken, row.username_key, row.skeleton):
            return _refused(user, Fault(Code.AUTH_USERNAME_TAKEN))
        return UserImported(user.username)

    def _keep(self, connection: Connection, row: AccountRow, secret: SecretRow | None) -> None:
        try:
            keep_account(connection, row)
        except IntegrityError:
            raise Fault(Code.AUTH_USERNAME_TAKEN) from None
        if secret is not None:
            one_time.replace(connection, secret)
        if row.admin:
            one_time.end(connection, FIRST_ADMIN, None)
        role = "admin" if row.admin else "user"
        self._audit.record(connection, row.created_at, OPERATOR, Act.ACCOUNT_CREATE, row.id, role=role)


def _refused(user: NewUser, fault: Fault) -> UserImported:
    detail = fault.detail or "; ".join(each.detail for each in fault.errors) or fault.code.title
    return UserImported(user.username, None, fault.code.wire, detail)


def _bounded(limit: int) -> int:
    return max(1, min(limit, PAGE_MAX))


def _find(connection: Connection, user: str) -> str | None:
    key = find_key(user)
    row = accounts.by_key(connection, key) if key is not None else None
    if row is None or row.closed_at is not None:
        row = accounts.by_id(connection, user)
    return row.id if row is not None else None
