"""Service tokens: how a service proves to another who it is (ES256 JWT, RFC 7519; 60 s; one audience)."""

import json
from collections import OrderedDict
from collections.abc import Mapping

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, GuestProtocol

from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import Clock
from secureconnect.kit.ids import Ids
from secureconnect.kit.secret import Secret

ALGORITHM = "ES256"
TYPE = "sc-service+jwt"
LIFE_S = 60
REUSE_S = 30
SKEW_S = 10
TOKEN_BYTES_MAX = 2048
VERIFIED_MAX = 1024


class Claims(msgspec.Struct, frozen=True):
    """What a token says: who asks (a service or `operator`), whom, and from when to when in seconds since 1970."""

    iss: str
    aud: str
    iat: int
    exp: int
    jti: str


def new_key_pem() -> str:
    """A fresh private key on P-256 in PEM (PKCS #8)."""
    return ECKey.generate_key("P-256").as_pem(private=True).decode()


def public_key_pem(key_pem: str) -> str:
    """The public part, in PEM, of a private or public key."""
    return ECKey.import_key(key_pem).as_pem(private=False).decode()


def public_jwks(keys_pem: Mapping[str, str]) -> bytes:
    """The public parts as a JWK set in JSON (RFC 7517), each key's `kid` being its service's name."""
    keys: list[dict[str, object]] = []
    for name, pem in sorted(keys_pem.items()):
        key = ECKey.import_key(pem)
        keys.append({**key.as_dict(private=False), "kid": name, "use": "sig", "alg": ALGORITHM})
    return json.dumps({"keys": keys}).encode()


class ServiceSigner:
    """Signs as one service; a token is used again for half of its life, since a signature costs more than a look-up."""

    def __init__(self, name: str, private_key_pem: Secret, clock: Clock) -> None:
        self.name = name
        self._key = ECKey.import_key(private_key_pem.reveal())
        self._clock = clock
        self._ids = Ids(clock)
        self._recent: dict[str, tuple[int, str]] = {}

    def token(self, audience: str) -> str:
        """A token that `audience` believes for at least 30 s more."""
        now_s = self._clock.now_ms() // 1000
        made_s, token = self._recent.get(audience, (0, ""))
        if not 0 <= now_s - made_s < REUSE_S:
            claims = Claims(self.name, audience, now_s, now_s + LIFE_S, self._ids.new())
            header = {"alg": ALGORITHM, "kid": self.name, "typ": TYPE}
            token = jwt.encode(header, msgspec.to_builtins(claims), self._key, algorithms=[ALGORITHM])
            self._recent[audience] = (now_s, token)
        return token


class ServiceVerifier:
    """Tells who asks the service `name`, by the public keys of those it knows (PEM; a private key's PEM serves too)."""

    def __init__(self, name: str, public_keys_pem: Mapping[str, str], clock: Clock) -> None:
        self._name = name
        self._keys = {caller: ECKey.import_key(public_key_pem(pem)) for caller, pem in public_keys_pem.items()}
        self._clock = clock
        self._verified: OrderedDict[str, Claims] = OrderedDict()

    def caller(self, token: str) -> str:
        """The name of the service (or `operator`) that signed the token for this one; raises Fault(UNAUTHENTICATED)."""
        claims = self._verified.get(token)
        if claims is None:
            claims = self._claims(token)
        self._require_valid(claims)
        self._verified[token] = claims
        if len(self._verified) > VERIFIED_MAX:
            self._verified.popitem(last=False)
        return claims.iss

    def _claims(self, token: str) -> Claims:
        if len(token) > TOKEN_BYTES_MAX:
            raise _refused("the token is too long")
        try:
            found = jwt.decode(token, self._key_of, algorithms=[ALGORITHM])
            claims = msgspec.convert(found.claims, Claims)
        except (JoseError, ValueError, msgspec.ValidationError) as error:
            raise _refused("the token cannot be read or its signature is wrong") from error
        if found.header.get("kid") != claims.iss or found.header.get("typ") != TYPE:
            raise _refused("the token is not its signer's")
        return claims

    def _key_of(self, guest: GuestProtocol) -> ECKey:
        key = self._keys.get(str(guest.headers().get("kid")))
        if key is None:
            raise _refused("the signer is not known")
        return key

    def _require_valid(self, claims: Claims) -> None:
        now_s = self._clock.now_ms() / 1000
        if claims.aud != self._name:
            raise _refused("the token is for another service")
        if claims.iat > now_s + SKEW_S or now_s >= claims.exp + SKEW_S:
            raise _refused("the token is not valid at this time")
        if not 0 < claims.exp - claims.iat <= LIFE_S:
            raise _refused("the token lives too long")


def _refused(why: str) -> Fault:
    return Fault(Code.UNAUTHENTICATED, why)
