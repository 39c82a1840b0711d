"""Access and content tokens: short-lived, signed, verified by every service itself."""

from dataclasses import dataclass

import msgspec
from joserfc import jws

from secureconnect.edge.identity import ACCESS_TYPE, ALGORITHM, CONTENT_TYPE, Claims
from secureconnect.kit.clock import Clock
from secureconnect.services.auth.keys import SigningKeys


@dataclass(frozen=True)
class Minted:
    """A signed token and how many seconds it holds."""

    text: str
    expires_in_s: int


class Tokens:
    """Makes tokens (RFC 9068) for sessions; `life_s` bounds them, and no token outlives its session."""

    def __init__(self, keys: SigningKeys, clock: Clock, issuer: str, audience: str, life_s: int) -> None:
        self._keys = keys
        self._clock = clock
        self._issuer = issuer
        self._audience = audience
        self._life_s = life_s

    def access(self, account: str, session: str, device: str, kind: str, session_ends_ms: int) -> Minted:
        """A token for requests and sockets."""
        return self._mint(ACCESS_TYPE, account, session, device, kind, session_ends_ms)

    def content(self, account: str, session: str, device: str, kind: str, session_ends_ms: int) -> Minted:
        """A token that reads file content and nothing else."""
        return self._mint(CONTENT_TYPE, account, session, device, kind, session_ends_ms)

    def _mint(
        self, token_type: str, account: str, session: str, device: str, kind: str, session_ends_ms: int
    ) -> Minted:
        now_s = self._clock.now_ms() // 1000
        expires_s = min(now_s + self._life_s, session_ends_ms // 1000)
        claims = Claims(
            iss=self._issuer,
            aud=self._audience,
            sub=account,
            sid=session,
            did=device,
            iat=now_s,
            exp=expires_s,
            knd=kind,
        )
        kid, key = self._keys.current()
        head = {"alg": ALGORITHM, "typ": token_type, "kid": kid}
        text = jws.serialize_compact(head, msgspec.json.encode(claims), key, algorithms=[ALGORITHM])
        return Minted(text, max(0, expires_s - now_s))
