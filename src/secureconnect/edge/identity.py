"""Who is asking: access tokens verified by each service itself, and what ended since they were made."""

from collections import OrderedDict
from dataclasses import dataclass

import msgspec
from joserfc import jwk, jws
from joserfc.errors import JoseError

from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import Clock

ACCESS_TYPE = "at+jwt"
CONTENT_TYPE = "content+jwt"
ALGORITHM = "ES256"
TOKEN_BYTES_MAX = 4096
SKEW_MS = 5_000
CACHE_ENTRIES_MAX = 20_000
ENDED_KEPT_MS = 15 * 60 * 1000


class Claims(msgspec.Struct, frozen=True):
    """What a token says (RFC 9068): times in seconds since 1970, kept for at most ten minutes."""

    iss: str
    aud: str
    sub: str
    sid: str
    did: str
    iat: int
    exp: int
    knd: str = ""


class TokenHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The head of a token: nothing but these three is accepted, so no key can be smuggled in (jku, x5u, jwk)."""

    alg: str
    typ: str
    kid: str


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated account on one of its devices; `device_kind` is the kind it signed in with."""

    account: str
    device: str
    session: str
    device_kind: str
    expires_ms: int


class Ended:
    """Sessions and accounts that ended within the last minutes: their tokens still look valid and are not."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sessions: OrderedDict[str, int] = OrderedDict()
        self._accounts: dict[str, int] = {}

    def end_session(self, session: str) -> None:
        """Refuse this session's tokens from now on."""
        self._sessions[session] = self._clock.now_ms()
        self._sessions.move_to_end(session)
        self._forget_old()

    def end_account(self, account: str) -> None:
        """Refuse this account's tokens from now on."""
        self._accounts[account] = self._clock.now_ms()

    def restore_account(self, account: str) -> None:
        """Take new tokens of this account again; its ended sessions stay ended."""
        self._accounts.pop(account, None)

    def holds(self, caller: Caller) -> bool:
        """Whether the caller's session or account has ended."""
        return caller.session in self._sessions or caller.account in self._accounts

    def _forget_old(self) -> None:
        limit_ms = self._clock.now_ms() - ENDED_KEPT_MS
        while self._sessions:
            session, at_ms = next(iter(self._sessions.items()))
            if at_ms >= limit_ms:
                return
            del self._sessions[session]


class UnknownKey(Exception):
    """The token names a key that is not known here; it may be newer than the set at hand."""


class Identity:
    """Verifies tokens against the key set at hand and the sessions that ended."""

    def __init__(self, issuer: str, audience: str, clock: Clock) -> None:
        self.issuer = issuer
        self.audience = audience
        self._clock = clock
        self._keys: dict[str, jwk.ECKey] = {}
        self._verified: OrderedDict[str, Caller] = OrderedDict()
        self._head = msgspec.json.Decoder(TokenHead)
        self._claims = msgspec.json.Decoder(Claims)
        self._registry = jws.JWSRegistry(algorithms=[ALGORITHM], strict_check_header=True)
        self.ended = Ended(clock)
        self.ready = False

    def use_keys(self, jwks: bytes) -> None:
        """Replace the key set by this JWK set (RFC 7517); tokens of keys no longer in it are refused at once."""
        keys = jwk.KeySet.import_key_set(msgspec.json.decode(jwks)).keys
        self._keys = {str(key.kid): key for key in keys if isinstance(key, jwk.ECKey) and not key.is_private}
        self._verified.clear()

    def verify(self, token: str, token_type: str = ACCESS_TYPE) -> Caller:
        """The caller that a token names.

        Raises Fault(AUTH_TOKEN_INVALID) for every forged, stale or ended token alike, UnknownKey when its key is not
        at hand, Fault(UNAVAILABLE) before the sessions that ended were read once.
        """
        if not self.ready:
            raise Fault(Code.UNAVAILABLE, retry_after_ms=1000)
        cached = self._verified.get(token) if token_type == ACCESS_TYPE else None
        caller = cached or self._check(token, token_type)
        if self._clock.now_ms() >= caller.expires_ms or self.ended.holds(caller):
            self._verified.pop(token, None)
            raise Fault(Code.AUTH_TOKEN_INVALID)
        if cached is None and token_type == ACCESS_TYPE:
            self._remember(token, caller)
        return caller

    def _remember(self, token: str, caller: Caller) -> None:
        self._verified[token] = caller
        if len(self._verified) > CACHE_ENTRIES_MAX:
            self._verified.popitem(last=False)

    def _check(self, token: str, token_type: str) -> Caller:
        if len(token) > TOKEN_BYTES_MAX or token.count(".") != 2:
            raise Fault(Code.AUTH_TOKEN_INVALID)
        try:
            parts = jws.extract_compact(token.encode("ascii"))
            head = self._head.decode(msgspec.json.encode(parts.headers()))
        except (JoseError, ValueError, msgspec.MsgspecError):
            raise Fault(Code.AUTH_TOKEN_INVALID) from None
        if head.alg != ALGORITHM or head.typ != token_type:
            raise Fault(Code.AUTH_TOKEN_INVALID)
        key = self._keys.get(head.kid)
        if key is None:
            raise UnknownKey(head.kid)
        try:
            verified = jws.deserialize_compact(token, key, algorithms=[ALGORITHM], registry=self._registry)
            claims = self._claims.decode(verified.payload)
        except (JoseError, ValueError, msgspec.MsgspecError):
            raise Fault(Code.AUTH_TOKEN_INVALID) from None
        return self._caller(claims)

    def _caller(self, claims: Claims) -> Caller:
        now_ms = self._clock.now_ms()
        fits = claims.iss == self.issuer and claims.aud == self.audience
        if not fits or claims.exp * 1000 <= now_ms or claims.iat * 1000 > now_ms + SKEW_MS:
            raise Fault(Code.AUTH_TOKEN_INVALID)
        return Caller(claims.sub, claims.did, claims.sid, claims.knd, claims.exp * 1000)


def bearer(headers: list[tuple[bytes, bytes]]) -> str | None:
    """The bearer token of a request's headers (RFC 6750 section 2.1), None when there is none or more than one."""
    found = [value for name, value in headers if name == b"authorization"]
    if len(found) != 1:
        return None
    scheme, _, token = found[0].partition(b" ")
    if scheme.lower() != b"bearer" or not token:
        return None
    return token.decode("latin-1")


def cookie(headers: list[tuple[bytes, bytes]], name: str) -> str | None:
    """A cookie's value (RFC 6265 section 5.4), the first when it is sent twice."""
    wanted = name.encode()
    for header, value in headers:
        if header != b"cookie":
            continue
        for part in value.split(b";"):
            key, _, content = part.strip().partition(b"=")
            if key == wanted:
                return content.decode("latin-1")
    return None
