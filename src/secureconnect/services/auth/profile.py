"""One's own account: how one is called, the address, what one prefers."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import UNSET
from sqlalchemy import Connection

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.auth import OwnAccount, OwnAccountPatch, Preferences
from secureconnect.contracts.errors import invalid
from secureconnect.edge.limits import Limiter
from secureconnect.kit.clock import Clock
from secureconnect.services.auth.changes import ChangeFeed
from secureconnect.services.auth.emails import PURPOSE, EmailCheck, Emails
from secureconnect.services.auth.names import display_name, email_address, search_key
from secureconnect.services.auth.notices import Notices
from secureconnect.services.auth.person import open_account
from secureconnect.services.auth.store import accounts, changes, one_time
from secureconnect.services.auth.store import people as store
from secureconnect.services.auth.store.accounts import AccountRow

RATE = "address_change"
_preferences = msgspec.json.Decoder(Preferences)


@dataclass(frozen=True)
class Wish:
    """What is to be changed: a display name, an address to be verified, or none any more."""

    shown: str | None
    check: EmailCheck | None
    drops_email: bool


@dataclass(frozen=True)
class Changed:
    """The account before and after, and whether a link is to be sent."""

    before: AccountRow
    after: AccountRow
    sends: bool


class Profile:
    """Reads and changes one's own account."""

    def __init__(
        self, sql: Sql, feed: ChangeFeed, clock: Clock, limiter: Limiter, emails: Emails, notices: Notices
    ) -> None:
        self._sql = sql
        self._feed = feed
        self._clock = clock
        self._limiter = limiter
        self._emails = emails
        self._notices = notices

    async def me(self, account: str) -> OwnAccount:
        """One's own account; raises Fault(NOT_FOUND) when it was closed."""
        return own_account(await self._sql.read(open_account, account))

    async def change(self, account: str, patch: OwnAccountPatch) -> OwnAccount:
        """Change what is given. A new address waits until its link was followed; none removes it, which its owner is
        told at the address before.

        Raises Fault(INVALID, AUTH_EMAIL_INVALID), Fault(TOO_MANY_REQUESTS) for too many addresses.
        """
        shown = display_name(patch.display_name) if patch.display_name is not UNSET else None
        check = None
        if isinstance(patch.email, str):
            email = email_address(patch.email)
            await self._limiter.hit(RATE, account)
            check = self._emails.new_check(account, email)
        wish = Wish(shown, check, patch.email is None)
        changed = await self._feed.write(self._change, account, wish, self._clock.now_ms())
        if check is not None and changed.sends:
            self._emails.send(check, changed.after.username)
        if wish.drops_email:
            self._notices.address_changed(changed.before, None)
        return own_account(changed.after)

    async def set_preferences(self, account: str, preferences: Preferences) -> None:
        """Replace all preferences; raises Fault(INVALID) for a time zone that is not known."""
        if preferences.quiet_hours is not None:
            require_zone(preferences.quiet_hours.zone)
        text = msgspec.json.encode(preferences).decode()
        await self._feed.write(_set_preferences, account, text, self._clock.now_ms())

    def _change(self, connection: Connection, account: str, wish: Wish, now_ms: int) -> Changed:
        before = open_account(connection, account)
        seen = wish.drops_email and before.email is not None
        if wish.shown is not None and wish.shown != before.display_name:
            store.set_display_name(connection, account, wish.shown, search_key(wish.shown))
            seen = True
        sends = False
        if wish.drops_email:
            self._emails.drop(connection, account)
        elif wish.check is not None and wish.check.email == before.mail_to:
            accounts.set_pending_email(connection, account, None)
            one_time.end(connection, PURPOSE, account)
        elif wish.check is not None:
            self._emails.keep_check(connection, wish.check)
            sends = True
        if seen:
            changes.record(connection, now_ms, "profile", account)
        return Changed(before, open_account(connection, account), sends)


def own_account(row: AccountRow) -> OwnAccount:
    """An account as its owner sees it."""
    return OwnAccount(
        id=row.id,
        username=row.username,
        display_name=row.display_name,
        picture=row.picture,
        email=row.email,
        email_verified=row.email_verified,
        pending_email=row.pending_email,
        admin=row.admin,
        created_at=row.created_at,
        preferences=_preferences.decode(row.preferences),
    )


def require_zone(name: str) -> None:
    """Raise Fault(INVALID) unless the time zone database knows this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise invalid("/quiet_hours/zone", "No such time zone is known.") from None


def _set_preferences(connection: Connection, account: str, preferences: str, now_ms: int) -> None:
    open_account(connection, account)
    store.set_preferences(connection, account, preferences)
    changes.record(connection, now_ms, "preferences", account)
