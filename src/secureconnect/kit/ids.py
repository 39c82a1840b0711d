"""Identifiers and one-time secrets."""

import base64
import hashlib
import os
from collections.abc import Callable, Iterator
from struct import unpack

from secureconnect.kit.clock import Clock

RandomBytes = Callable[[int], bytes]
DRAWN_AT_ONCE = 256
"""Numbers drawn together: asking the kernel for each id lets another thread take over in the midst of a burst."""


class Ids:
    """Makes UUIDv7 identifiers (RFC 9562 section 5.7) that sort by time, also within one millisecond and when the
    clock is set back."""

    def __init__(self, clock: Clock, random_bytes: RandomBytes = os.urandom) -> None:
        self._clock = clock
        self._random_bytes = random_bytes
        self._last_ms = 0
        self._counter = 0
        self._pool: Iterator[int] = iter(())

    def new(self) -> str:
        """A fresh id, 36 characters; later ones sort after earlier ones of the same maker."""
        now_ms = self._clock.now_ms()
        if now_ms > self._last_ms:
            self._last_ms = now_ms
            self._counter = self._random() & 0x7FF
        else:
            self._counter += 1
            if self._counter > 0xFFF:
                self._last_ms += 1
                self._counter = 0
        tail = self._random() & 0x3FFF_FFFF_FFFF_FFFF
        value = (self._last_ms << 80) | (0x7000 | self._counter) << 64 | 0x8000_0000_0000_0000 | tail
        text = f"{value:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def _random(self) -> int:
        """64 random bits, each drawn once, whichever thread asks."""
        drawn = next(self._pool, None)
        if drawn is not None:
            return drawn
        self._pool = iter(unpack(f"{DRAWN_AT_ONCE}Q", self._random_bytes(8 * DRAWN_AT_ONCE)))
        return next(self._pool)


def one_time_secret(random_bytes: RandomBytes = os.urandom) -> str:
    """A secret of 256 random bits as 43 characters of base64url."""
    return base64.urlsafe_b64encode(random_bytes(32)).rstrip(b"=").decode()


def secret_hash(secret: str) -> bytes:
    """The SHA-256 under which a one-time secret is kept at rest (32 bytes); its entropy makes a slow hash needless."""
    return hashlib.sha256(secret.encode()).digest()
