"""The keys that access tokens are signed with: one that signs, and those before it whose tokens still hold."""

import asyncio
from collections.abc import Callable

import msgspec
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from msgspec import Raw
from sqlalchemy import Connection

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import KeysReply, Nothing
from secureconnect.edge.identity import ALGORITHM, SKEW_MS
from secureconnect.kit.clock import Clock
from secureconnect.services.auth.changes import ChangeFeed
from secureconnect.services.auth.store import changes
from secureconnect.services.auth.store import keys as store

ANNOUNCE_S = 2.0
log = structlog.get_logger("auth.keys")


class NoSigningKey(Exception):
    """There is no usable private EC P-256 key to sign with: look at the secret `jwt_secret`."""


class SigningKeys:
    """Signs with the key that `signing_pem` gives; a new one there is published first and signs two seconds later.

    Private keys are never in the database: of a key that signs no more only the public half is kept, until the last
    token it signed has expired.
    """

    def __init__(
        self,
        feed: ChangeFeed,
        sql: Sql,
        clock: Clock,
        signing_pem: Callable[[], str | None],
        access_s: int,
        incarnation: str,
        announce_s: float = ANNOUNCE_S,
    ) -> None:
        self._feed = feed
        self._sql = sql
        self._clock = clock
        self._signing_pem = signing_pem
        self._overlap_ms = access_s * 1000 + 2 * SKEW_MS
        self._incarnation = incarnation
        self._announce_s = announce_s
        self._key: ECKey | None = None
        self._kid = ""
        self._turn = asyncio.Lock()
        self._told = False

    def current(self) -> tuple[str, ECKey]:
        """The key that signs and its name (RFC 7638 thumbprint)."""
        if self._key is None:
            raise Fault(Code.UNAVAILABLE)
        return self._kid, self._key

    async def start(self) -> None:
        """Read the key and publish it; raises NoSigningKey."""
        kid, key = _read(self._signing_pem())
        await self._feed.write(_publish, kid, _public(key, kid), self._clock.now_ms())
        await self._sign_with(kid, key)

    async def reread(self) -> None:
        """Take a new key into use if there is one; raises NoSigningKey when what stands there is none."""
        async with self._turn:
            kid, key = _read(self._signing_pem())
            if kid == self._kid:
                return
            await self._feed.write(_publish, kid, _public(key, kid), self._clock.now_ms())
            await asyncio.sleep(self._announce_s)
            await self._sign_with(kid, key)
            log.info("access tokens are signed with a new key", kid=kid)

    async def follow(self) -> None:
        """Take a new key into use if there is one; what is no key is left alone and told once."""
        try:
            await self.reread()
        except NoSigningKey as error:
            if not self._told:
                log.error("tokens are signed with the key from before", reason=str(error))
            self._told = True
        else:
            self._told = False

    async def answer_reread(self, ask: Nothing) -> KeysReply:
        """Take a new key into use now, for the operator; raises Fault(UNAVAILABLE) when there is no usable one."""
        try:
            await self.reread()
        except NoSigningKey as error:
            raise Fault(Code.UNAVAILABLE, str(error)) from error
        return await self.answer(ask)

    async def answer(self, _: Nothing) -> KeysReply:
        """The public keys, for services."""
        return KeysReply(Raw(await self.jwks()), self._incarnation)

    async def jwks(self) -> bytes:
        """The public keys whose tokens are taken, as a JWK set (RFC 7517 section 5)."""
        found = await self._sql.read(store.published, self._clock.now_ms())
        return b'{"keys":[' + ",".join(found).encode() + b"]}"

    async def forget_expired(self) -> None:
        """Let go of keys whose last token has expired; every service is told."""
        await self._feed.write(_forget, self._clock.now_ms())

    async def _sign_with(self, kid: str, key: ECKey) -> None:
        self._kid, self._key = kid, key
        await self._sql.write(store.end_others, kid, self._clock.now_ms() + self._overlap_ms)


def _read(pem: str | None) -> tuple[str, ECKey]:
    try:
        key = ECKey.import_key(pem or "")
        usable = key.is_private and key.curve_name == "P-256"
    except (JoseError, ValueError, TypeError):
        usable, key = False, None
    if not usable or key is None:
        raise NoSigningKey("the secret jwt_secret holds no private EC P-256 key in PEM form")
    return key.thumbprint(), key


def _public(key: ECKey, kid: str) -> str:
    shown = {name: str(value) for name, value in key.as_dict(private=False).items() if name in {"kty", "crv", "x", "y"}}
    return msgspec.json.encode(shown | {"kid": kid, "use": "sig", "alg": ALGORITHM}).decode()


def _publish(connection: Connection, kid: str, public_jwk: str, now_ms: int) -> None:
    if not store.known(connection, kid):
        store.publish(connection, kid, public_jwk, now_ms)
        changes.record(connection, now_ms, "keys", "")


def _forget(connection: Connection, now_ms: int) -> None:
    if store.forget_expired(connection, now_ms):
        changes.record(connection, now_ms, "keys", "")
