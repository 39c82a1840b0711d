"""Refresh tokens without I/O: how one is made, read, and followed by exactly one other."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

PREFIX = "scr_"
SECRET_BYTES = 32
TAG_BYTES = 16
RAW_BYTES = 16 + 4 + SECRET_BYTES + TAG_BYTES
GENERATION_MAX = 2**32 - 1


@dataclass(frozen=True)
class RefreshToken:
    """A token of one session: its place in the family, its secret, and the seal that it was given out by us."""

    session: str
    generation: int
    secret: bytes
    tag: bytes

    @property
    def text(self) -> str:
        """The token as a client holds it."""
        raw = _octets(self.session, self.generation) + self.secret + self.tag
        return PREFIX + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    @property
    def hash(self) -> bytes:
        """What is kept of it at rest (SHA-256 over 256 random bits)."""
        return hashlib.sha256(_octets(self.session, self.generation) + self.secret).digest()

    def given_out(self, family_key: bytes) -> bool:
        """Whether this very token was once given out in the family; who knows only the session's id cannot make one."""
        return hmac.compare_digest(self.tag, _tag(family_key, self.session, self.generation, self.secret))

    def successor(self, family_key: bytes) -> "RefreshToken":
        """The one token that follows this one: asked for twice it is the same."""
        generation = self.generation + 1
        secret = hmac.digest(family_key, b"next" + generation.to_bytes(4, "big") + self.secret, "sha256")
        return _sealed(family_key, self.session, generation, secret)


def first_token(session: str, family_key: bytes, secret: bytes) -> RefreshToken:
    """The first token of a family; `secret` is 32 random bytes."""
    return _sealed(family_key, session, 0, secret)


def read_token(text: str) -> RefreshToken | None:
    """The token in a text, None for what cannot be one; whether it holds is not said."""
    if not text.startswith(PREFIX):
        return None
    body = text.removeprefix(PREFIX)
    try:
        raw = base64.b64decode(body.encode("ascii") + b"=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    if len(raw) != RAW_BYTES:
        return None
    digits = raw[:16].hex()
    session = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    token = RefreshToken(session, int.from_bytes(raw[16:20], "big"), raw[20:-TAG_BYTES], raw[-TAG_BYTES:])
    return token if token.text == text and token.generation < GENERATION_MAX else None


def _sealed(family_key: bytes, session: str, generation: int, secret: bytes) -> RefreshToken:
    return RefreshToken(session, generation, secret, _tag(family_key, session, generation, secret))


def _tag(family_key: bytes, session: str, generation: int, secret: bytes) -> bytes:
    return hmac.digest(family_key, b"seal" + _octets(session, generation) + secret, "sha256")[:TAG_BYTES]


def _octets(session: str, generation: int) -> bytes:
    return bytes.fromhex(session.replace("-", "")) + generation.to_bytes(4, "big")
