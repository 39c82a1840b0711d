"""Sessions: begun by signing in, carried on by refresh tokens, ended by people, by time, or by a token used twice."""

from dataclasses import dataclass
from enum import Enum

from sqlalchemy import Connection

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.auth import (
    AccountBrief,
    DeviceAnswer,
    DeviceRequest,
    SessionAnswer,
    SessionPage,
    TokensAnswer,
)
from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.identity import Caller, Ended
from secureconnect.kit.clock import Clock
from secureconnect.kit.crashpoints import CrashPoints
from secureconnect.kit.ids import Ids, RandomBytes
from secureconnect.services.auth.changes import ChangeFeed
from secureconnect.services.auth.cursors import cursor_of, read_cursor
from secureconnect.services.auth.limits import DAY_MS, AuthLimits
from secureconnect.services.auth.metrics import AuthMetrics
from secureconnect.services.auth.names import device_name
from secureconnect.services.auth.refresh import SECRET_BYTES, RefreshToken, first_token, read_token
from secureconnect.services.auth.store import accounts, changes
from secureconnect.services.auth.store import sessions as store
from secureconnect.services.auth.store.accounts import AccountRow
from secureconnect.services.auth.store.sessions import DeviceRow, Held, SessionRow
from secureconnect.services.auth.tokens import Minted, Tokens

WEB = "web"


@dataclass(frozen=True)
class NewSession:
    """A session to be kept in the transaction of the sign-in, and the first token of its family."""

    session: SessionRow
    device: DeviceRow
    token: RefreshToken


@dataclass(frozen=True)
class SignedIn:
    """What a sign-in or refresh gives; `content` is there for browsers, whose tokens go into cookies."""

    answer: TokensAnswer
    refresh_token: str
    content: Minted | None


class Outcome(Enum):
    """What became of a refresh token that was sent in."""

    ROTATED = "rotated"
    REPEATED = "repeated"
    REFUSED = "refused"
    REUSED = "reused"


@dataclass(frozen=True)
class Rotation:
    """The outcome, with what to answer where it was good."""

    outcome: Outcome
    held: Held | None = None
    account: AccountRow | None = None
    token: RefreshToken | None = None


class Sessions:
    """Begins, refreshes, lists and ends sessions; an ended one stands in SQL before it is answered."""

    def __init__(
        self,
        sql: Sql,
        feed: ChangeFeed,
        tokens: Tokens,
        ended: Ended,
        clock: Clock,
        ids: Ids,
        random_bytes: RandomBytes,
        limits: AuthLimits,
        metrics: AuthMetrics,
        crashpoints: CrashPoints,
    ) -> None:
        self._sql = sql
        self._feed = feed
        self._tokens = tokens
        self._ended = ended
        self._clock = clock
        self._ids = ids
        self._random_bytes = random_bytes
        self._limits = limits
        self._metrics = metrics
        self._crashpoints = crashpoints

    def new(self, account: str, device: DeviceRequest) -> NewSession:
        """A session for `begin`; the password was given just now, so it counts as confirmed."""
        now_ms = self._clock.now_ms()
        made = DeviceRow(self._ids.new(), account, device_name(device.name), device.kind, now_ms)
        family_key = self._random_bytes(32)
        session = self._ids.new()
        token = first_token(session, family_key, self._random_bytes(SECRET_BYTES))
        idle_ms, longest_ms = self._lives_ms()
        row = SessionRow(
            id=session,
            account=account,
            device=made.id,
            created_at=now_ms,
            last_used_at=now_ms,
            expires_at=now_ms + min(idle_ms, longest_ms),
            ended_at=None,
            confirmed_at=now_ms,
            family_key=family_key,
            generation=0,
            current_hash=token.hash,
            previous_hash=None,
        )
        return NewSession(row, made, token)

    def begin(self, connection: Connection, new: NewSession) -> None:
        """Keep a new session in the transaction of the sign-in; above the limit the least recently used ones end."""
        now_ms = new.session.created_at
        store.add(connection, new.session, new.device)
        above = store.excess(connection, new.session.account, self._limits.sessions_per_account_max)
        store.end(connection, now_ms, new.session.account, above)
        accounts.touch(connection, new.session.account, now_ms)
        changes.record(connection, now_ms, "sessions", new.session.account)

    def signed_in(self, account: AccountRow, session: SessionRow, device: DeviceRow, token: RefreshToken) -> SignedIn:
        """The answer for a session that was begun or refreshed."""
        ends_ms = session.created_at + self._lives_ms()[1]
        who = (account.id, session.id, device.id, device.kind, ends_ms)
        access = self._tokens.access(*who)
        web = device.kind == WEB
        answer = TokensAnswer(
            account=AccountBrief(account.id, account.username, account.display_name),
            device_id=device.id,
            session_id=session.id,
            access_token=access.text,
            access_expires_in=access.expires_in_s,
            refresh_expires_in=max(0, (session.expires_at - self._clock.now_ms()) // 1000),
            refresh_token=None if web else token.text,
        )
        return SignedIn(answer, token.text, self._tokens.content(*who) if web else None)

    async def refresh(self, text: str, *, by_cookie: bool) -> SignedIn:
        """The next tokens of a session.

        A token whose answer was lost gets the same successor again while that is unused; later it ends the session.
        Browsers' tokens come by cookie, all others in the body. Raises Fault(AUTH_REFRESH_INVALID) for all that fails.
        """
        token = read_token(text)
        if token is None:
            rotation = Rotation(Outcome.REFUSED)
        else:
            self._crashpoints.reach("auth.before_rotate")
            rotation = await self._sql.write(self._rotate, token, by_cookie, self._clock.now_ms())
            self._crashpoints.reach("auth.after_rotate")
        self._metrics.refresh(rotation.outcome.value)
        if rotation.outcome is Outcome.REUSED and rotation.held is not None:
            self._feed.wake()
            self._ended.end_session(rotation.held.session.id)
        if rotation.held is None or rotation.account is None or rotation.token is None:
            raise Fault(Code.AUTH_REFRESH_INVALID)
        return self.signed_in(rotation.account, rotation.held.session, rotation.held.device, rotation.token)

    async def page(self, caller: Caller, cursor: str | None, limit: int) -> SessionPage:
        """The caller's sessions that hold, newest first."""
        key = read_cursor(cursor, [str])
        below = str(key[0]) if key is not None else None
        found = await self._sql.read(store.of_account, caller.account, below, limit + 1)
        items = [_answer(held, caller.session) for held in found[:limit]]
        return SessionPage(items, cursor_of(items[-1].id) if len(found) > limit else None)

    async def end(self, account: str, session: str) -> None:
        """End one session of an account, at once for this service; raises Fault(NOT_FOUND)."""
        ended = await self._feed.write(store.end, self._clock.now_ms(), account, [session])
        if not ended:
            raise Fault(Code.NOT_FOUND)
        self.cut(ended)

    def cut(self, ended: list[str]) -> None:
        """Refuse the tokens of sessions whose end was committed; other services hear of it by the feed."""
        for session in ended:
            self._ended.end_session(session)

    async def end_expired(self) -> None:
        """End sessions whose time is over, and forget those that ended long ago."""
        now_ms = self._clock.now_ms()
        await self._feed.write(store.end_expired, now_ms, 500)
        await self._sql.write(store.forget_ended, now_ms - DAY_MS, 500)

    def _rotate(self, connection: Connection, token: RefreshToken, by_cookie: bool, now_ms: int) -> Rotation:
        held = store.by_id(connection, token.session)
        if held is None or held.session.ended_at is not None or held.session.expires_at <= now_ms:
            return Rotation(Outcome.REFUSED)
        session = held.session
        if not token.given_out(session.family_key) or (held.device.kind == WEB) != by_cookie:
            return Rotation(Outcome.REFUSED)
        account = accounts.by_id(connection, session.account)
        if account is None or not account.usable:
            return Rotation(Outcome.REFUSED)
        following = token.successor(session.family_key)
        if token.hash == session.previous_hash and following.hash == session.current_hash:
            return Rotation(Outcome.REPEATED, held, account, following)
        if token.hash != session.current_hash:
            store.end(connection, now_ms, session.account, [session.id])
            return Rotation(Outcome.REUSED, held)
        idle_ms, longest_ms = self._lives_ms()
        expires_max_ms = session.created_at + longest_ms
        if not store.advance(connection, session, following.hash, now_ms, idle_ms, expires_max_ms):
            return Rotation(Outcome.REPEATED, held, account, following)
        accounts.touch(connection, account.id, now_ms)
        return Rotation(Outcome.ROTATED, store.by_id(connection, session.id), account, following)

    def _lives_ms(self) -> tuple[int, int]:
        return self._limits.refresh_idle_days * DAY_MS, self._limits.refresh_max_days * DAY_MS


def _answer(held: Held, current: str) -> SessionAnswer:
    session, device = held.session, held.device
    return SessionAnswer(
        session.id,
        DeviceAnswer(device.id, device.name, device.kind),
        session.created_at,
        session.last_used_at,
        session.id == current,
    )
