"""Closing an account for ever: its name is never given again, all else that it said of itself is gone."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from secureconnect.contracts.auth import CloseAccountRequest
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import CHAT_RETIRE, STORAGE_FORGET, AccountOnly, RetireAsk
from secureconnect.edge.identity import Caller
from secureconnect.kit.clock import Clock
from secureconnect.services.auth.changes import ChangeFeed
from secureconnect.services.auth.confirmation import Confirmation
from secureconnect.services.auth.errands import Errands, owe
from secureconnect.services.auth.person import open_account
from secureconnect.services.auth.sessions import Sessions
from secureconnect.services.auth.store import administration, blocks, changes, friends, invites, people, sessions
from secureconnect.services.auth.store.accounts import AccountRow
from secureconnect.services.auth.store.errands import ErrandRow


@dataclass(frozen=True)
class Farewell:
    """An account to be closed, and what its closing owes to other services."""

    account: str
    owed: Sequence[ErrandRow]


class Closing:
    """Closes accounts; conversations and files follow by errands that survive a crash."""

    def __init__(
        self, feed: ChangeFeed, clock: Clock, confirmation: Confirmation, sessions: Sessions, errands: Errands
    ) -> None:
        self._feed = feed
        self._clock = clock
        self._confirmation = confirmation
        self._sessions = sessions
        self._errands = errands

    async def close(self, caller: Caller, request: CloseAccountRequest, client_ip: str) -> None:
        """Close the caller's account; raises Fault(AUTH_CREDENTIALS_WRONG, AUTH_LAST_ADMIN, AUTH_BUSY)."""
        await self._confirmation.require_password(caller, request.password, client_ip)
        farewell = self.farewell(caller.account, delete_messages=request.delete_messages)
        ended = await self._feed.write(close, farewell, self._clock.now_ms())
        await self.finish(farewell, ended)

    def farewell(self, account: str, *, delete_messages: bool) -> Farewell:
        """What `close` needs."""
        retire = self._errands.new(CHAT_RETIRE, RetireAsk(account, closed=True, delete_messages=delete_messages))
        return Farewell(account, [retire, self._errands.new(STORAGE_FORGET, AccountOnly(account))])

    async def finish(self, farewell: Farewell, ended: list[str]) -> None:
        """After the commit: refuse the ended sessions' tokens, and try once what is owed."""
        self._sessions.cut(ended)
        await self._errands.run([each.id for each in farewell.owed])


def close(connection: Connection, farewell: Farewell, now_ms: int) -> list[str]:
    """Close an account in the act's own transaction; returns the sessions that ended.

    Raises Fault(NOT_FOUND) when it is closed already, Fault(AUTH_LAST_ADMIN).
    """
    account = farewell.account
    row = open_account(connection, account)
    keep_an_admin(connection, row)
    ended = sessions.end_all(connection, now_ms, account)
    friends.remove_all(connection, account)
    blocks.remove_all(connection, account)
    invites.remove_all(connection, account)
    people.empty(connection, account, now_ms)
    changes.record(connection, now_ms, "account_closed", account)
    for errand in farewell.owed:
        owe(connection, errand)
    return ended


def keep_an_admin(connection: Connection, row: AccountRow) -> None:
    """Raise Fault(AUTH_LAST_ADMIN) when nobody else could administer the server without this account."""
    if row.admin and row.usable and not administration.another_admin(connection, row.id):
        raise Fault(Code.AUTH_LAST_ADMIN)
