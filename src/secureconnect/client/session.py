"""The session of a client: its tokens, renewed before they end and never twice at once."""

import asyncio
from collections.abc import Awaitable, Callable

from msgspec import Struct

from secureconnect.client.faults import ConnectionLost, ServerFault
from secureconnect.contracts.auth import AccountBrief, TokensAnswer
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import Clock

EARLY_S_MOST = 30.0
EARLY_SHARE = 0.25
"""An access token is renewed in the last quarter of its life, at most 30 s before its end."""


class Session(Struct, frozen=True):
    """What a caller keeps to stay signed in over a restart; it holds secrets, so it never shows them."""

    tokens: TokensAnswer
    obtained_at_ms: int

    @property
    def account(self) -> AccountBrief:
        """Who is signed in."""
        return self.tokens.account

    @property
    def device_id(self) -> str:
        """The device that is signed in."""
        return self.tokens.device_id

    def __repr__(self) -> str:
        return f"Session(account={self.tokens.account.id!r}, device={self.tokens.device_id!r})"


Refresh = Callable[[str | None], Awaitable[TokensAnswer]]
"""Trades a refresh token (None: the cookie) for the next tokens, over the network."""


class Keeper:
    """Keeps the session and hands out access tokens that still hold."""

    def __init__(self, clock: Clock, changed: Callable[[Session | None], None] | None = None) -> None:
        self._clock = clock
        self._changed = changed
        self._session: Session | None = None
        self._ends_at_s = 0.0
        self._renewing = asyncio.Lock()
        self.refresh: Refresh | None = None

    @property
    def session(self) -> Session:
        """The session; raises Fault UNAUTHENTICATED when nobody is signed in."""
        if self._session is None:
            raise Fault(Code.UNAUTHENTICATED)
        return self._session

    def is_me(self, account: str | None) -> bool:
        """Whether this is the account that is signed in."""
        return self._session is not None and self._session.account.id == account

    def take(self, tokens: TokensAnswer) -> Session:
        """Begin or go on with a session that the server has just given."""
        return self.restore(Session(tokens, self._clock.now_ms()))

    def restore(self, session: Session) -> Session:
        """Go on with a session that was kept."""
        age_s = max(0.0, (self._clock.now_ms() - session.obtained_at_ms) / 1000)
        self._ends_at_s = self._clock.monotonic_s() + session.tokens.access_expires_in - age_s
        self._session = session
        if self._changed is not None:
            self._changed(session)
        return session

    def drop(self) -> None:
        """Forget the session."""
        self._session = None
        if self._changed is not None:
            self._changed(None)

    def left_s(self) -> float:
        """Seconds until the access token should be renewed; negative when that time is over."""
        early_s = min(EARLY_S_MOST, self.session.tokens.access_expires_in * EARLY_SHARE)
        return self._ends_at_s - early_s - self._clock.monotonic_s()

    async def access(self) -> str:
        """An access token, renewed if it soon ends; an old one that still holds serves while the server is away."""
        token = self.session.tokens.access_token
        if self.left_s() > 0:
            return token
        try:
            return await self.renew(token)
        except ConnectionLost:
            if self._clock.monotonic_s() < self._ends_at_s:
                return token
            raise

    async def renew(self, used: str) -> str:
        """An access token other than `used`: whoever comes second gets what the first one fetched.

        After a lost answer the next call sends the same refresh token again; the server gives the same successor.
        Raises ServerFault AUTH_REFRESH_INVALID, and forgets the session, when it has ended.
        """
        async with self._renewing:
            session = self.session
            if session.tokens.access_token != used or self.refresh is None:
                return session.tokens.access_token
            try:
                tokens = await self.refresh(session.tokens.refresh_token)
            except ServerFault as fault:
                if fault.status == 401 and self._session is session:
                    self.drop()
                raise
            if self._session is session:
                self.take(tokens)
            return tokens.access_token
