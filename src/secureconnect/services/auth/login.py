"""Signing in: the same answer in the same time whether the name is known, and few wrong tries."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.auth import LoginRequest
from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.limits import Limiter, network_of
from secureconnect.services.auth.changes import ChangeFeed
from secureconnect.services.auth.metrics import AuthMetrics
from secureconnect.services.auth.notices import Notices
from secureconnect.services.auth.passwords import Passwords
from secureconnect.services.auth.sessions import NewSession, Sessions, SignedIn
from secureconnect.services.auth.store import accounts as store
from secureconnect.services.auth.store.accounts import AccountRow
from secureconnect.services.auth.usernames import find_key
from secureconnect.services.auth.weakness import prepare

SAME_NAME_MAX = 64
KNOWN_NETWORKS_MAX = 50_000
UNUSABLE_NAME = "-"
BY_ACCOUNT = "login_failures_account"
BY_ADDRESS = "login_failures_address"


@dataclass
class _Line:
    lock: asyncio.Lock
    length: int = 0


class Tries:
    """Counts wrong passwords by name and by network, known names and unknown ones alike.

    Those who try one name wait for each other, so that none is tried beside the count. A network from which the account
    was signed in to before has a count of its own, so that strangers cannot lock anybody out.
    """

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self._lines: dict[str, _Line] = {}
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    @asynccontextmanager
    async def turn(self, name: str, network: str) -> AsyncGenerator[None]:
        """Stand in line for a name; raises Fault(AUTH_TOO_MANY_TRIES) when its or the network's tries are used up."""
        line = self._lines.setdefault(name, _Line(asyncio.Lock()))
        if line.length >= SAME_NAME_MAX:
            raise Fault(Code.AUTH_TOO_MANY_TRIES, retry_after_ms=1000)
        line.length += 1
        try:
            async with line.lock:
                await self._limiter.check(BY_ACCOUNT, self._key(name, network), Code.AUTH_TOO_MANY_TRIES)
                await self._limiter.check(BY_ADDRESS, network, Code.AUTH_TOO_MANY_TRIES)
                yield
        finally:
            line.length -= 1
            if not line.length:
                self._lines.pop(name, None)

    async def wrong(self, name: str, network: str) -> None:
        """Count a wrong password."""
        for rate, key in ((BY_ACCOUNT, self._key(name, network)), (BY_ADDRESS, network)):
            try:
                await self._limiter.hit(rate, key, Code.AUTH_TOO_MANY_TRIES)
            except Fault:
                continue

    def right(self, name: str, network: str) -> None:
        """Note that the account was signed in to from this network."""
        self._known[name, network] = None
        self._known.move_to_end((name, network))
        if len(self._known) > KNOWN_NETWORKS_MAX:
            self._known.popitem(last=False)

    def _key(self, name: str, network: str) -> str:
        return f"{name} from {network}" if (name, network) in self._known else name


class Login:
    """Signs people in by name and password."""

    def __init__(
        self,
        sql: Sql,
        feed: ChangeFeed,
        passwords: Passwords,
        sessions: Sessions,
        tries: Tries,
        notices: Notices,
        metrics: AuthMetrics,
    ) -> None:
        self._sql = sql
        self._feed = feed
        self._passwords = passwords
        self._sessions = sessions
        self._tries = tries
        self._notices = notices
        self._metrics = metrics

    async def login(self, request: LoginRequest, client_ip: str) -> SignedIn:
        """Begin a session.

        Raises Fault(AUTH_CREDENTIALS_WRONG) alike for a wrong password and for an account that is unknown, disabled or
        closed; Fault(AUTH_TOO_MANY_TRIES, AUTH_BUSY).
        """
        key = find_key(request.username)
        name, network = key or UNUSABLE_NAME, network_of(client_ip)
        try:
            async with self._tries.turn(name, network):
                account = await self._check(key, request.password, network)
                if account is None:
                    await self._tries.wrong(name, network)
        except Fault as fault:
            if fault.code is Code.AUTH_TOO_MANY_TRIES:
                self._metrics.login("limited")
            raise
        if account is None:
            self._metrics.login("wrong")
            raise Fault(Code.AUTH_CREDENTIALS_WRONG)
        self._tries.right(name, network)
        new = self._sessions.new(account.id, request.device)
        if not await self._feed.write(self._begin, account, new):
            raise Fault(Code.AUTH_CREDENTIALS_WRONG)
        self._metrics.login("good")
        self._notices.new_device(account, new.device.name)
        return self._sessions.signed_in(account, new.session, new.device, new.token)

    async def _check(self, key: str | None, password: str, network: str) -> AccountRow | None:
        """The account whose name and password these are; it takes as long when there is none."""
        account = await self._sql.read(store.by_key, key or "")
        stored = account.password_hash if account is not None else None
        fits = await self._passwords.verify(password, stored, network)
        if not fits or account is None or stored is None or not account.usable:
            return None
        if self._passwords.outdated(stored):
            fresh = await self._passwords.hash(prepare(password), network)
            await self._sql.write(store.rehash, account.id, stored, fresh)
            return replace(account, password_hash=fresh)
        return account

    def _begin(self, connection: Connection, account: AccountRow, new: NewSession) -> bool:
        """Begin the session unless the account or its password changed since it was checked."""
        now = store.by_id(connection, account.id)
        if now is None or not now.usable or now.password_hash != account.password_hash:
            return False
        self._sessions.begin(connection, new)
        return True
