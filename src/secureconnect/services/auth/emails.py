"""Mail addresses of accounts: one counts once the link that was sent to it has been followed."""

from dataclasses import dataclass

from sqlalchemy import Connection

from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import Clock
from secureconnect.kit.ids import RandomBytes, one_time_secret, secret_hash
from secureconnect.services.auth.changes import ChangeFeed
from secureconnect.services.auth.limits import AuthLimits
from secureconnect.services.auth.names import email_key
from secureconnect.services.auth.notices import Notices
from secureconnect.services.auth.store import accounts, changes, one_time
from secureconnect.services.auth.store.accounts import AccountRow
from secureconnect.services.auth.store.one_time import SecretRow

PURPOSE = "email"


@dataclass(frozen=True)
class EmailCheck:
    """An address that is to be verified, with the secret that goes into its link."""

    account: str
    email: str
    secret: str
    row: SecretRow


class Emails:
    """Asks for, verifies and removes addresses."""

    def __init__(
        self, feed: ChangeFeed, clock: Clock, random_bytes: RandomBytes, limits: AuthLimits, notices: Notices
    ) -> None:
        self._feed = feed
        self._clock = clock
        self._random_bytes = random_bytes
        self._limits = limits
        self._notices = notices

    def new_check(self, account: str, email: str) -> EmailCheck:
        """A check of an address (as names.email_address gives it), to be kept by `keep_check`, then sent by `send`."""
        secret = one_time_secret(self._random_bytes)
        now_ms = self._clock.now_ms()
        expires_at = now_ms + self._limits.address_check_s * 1000
        row = SecretRow(secret_hash(secret), PURPOSE, account, email, None, now_ms, expires_at)
        return EmailCheck(account, email, secret, row)

    def keep_check(self, connection: Connection, check: EmailCheck) -> None:
        """Let the address wait for its link, in the transaction of the act; an earlier link ends."""
        accounts.set_pending_email(connection, check.account, check.email)
        one_time.replace(connection, check.row)

    def send(self, check: EmailCheck, username: str) -> None:
        """Send the link, after the commit."""
        self._notices.verify_address(check.email, username, check.secret, self._limits.address_check_s)

    def drop(self, connection: Connection, account: str) -> None:
        """Remove the account's address, and one that waits, in the transaction of the act."""
        accounts.set_email(connection, account, None, None)
        one_time.end(connection, PURPOSE, account)

    async def verify(self, secret: str) -> None:
        """Spend the secret of a link: its address is the account's now, and the earlier one is told.

        Raises Fault(AUTH_SECRET_INVALID).
        """
        before = await self._feed.write(_verify, secret_hash(secret), self._clock.now_ms())
        if before is None or before.pending_email is None:
            raise Fault(Code.AUTH_SECRET_INVALID)
        self._notices.address_changed(before, before.pending_email)


def _verify(connection: Connection, hashed: bytes, now_ms: int) -> AccountRow | None:
    """The account as it was before; None when the secret does not hold."""
    row = one_time.spend(connection, hashed, PURPOSE, now_ms)
    account = accounts.by_id(connection, row.account) if row is not None and row.account is not None else None
    if row is None or row.email is None or account is None or account.pending_email != row.email:
        return None
    if account.closed_at is not None:
        return None
    accounts.set_email(connection, account.id, row.email, email_key(row.email))
    changes.record(connection, now_ms, "profile", account.id)
    return account
