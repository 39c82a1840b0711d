"""The hash of a blob while it grows, and the tags by which a part of it is checked without reading the rest.

A blob's content hash is its SHA-256. To check a range against it the whole blob would have to be read, and a second
SHA-256 per block would cost an upload as much again. So the same pass also makes a GMAC (NIST SP 800-38D) of every
256 KiB, with a key of the blob's own, which costs a tenth. The tags stand beside the blob together with its SHA-256,
under a SHA-256 of their own. They find damage; whoever may write the folder could forge any hash that stands there.
"""

import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives.ciphers import AEADEncryptionContext, Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM
from msgspec import Struct

BLOCK_BYTES = 256 * 1024
_HEAD = struct.Struct(">8s16sQ32s")
_MAGIC = b"scblob01"
_TAG_BYTES = 16
_CHECK_BYTES = 32


class SumsDamaged(Exception):
    """The list of tags is not what was written."""


class Sums(Struct, frozen=True):
    """What is kept beside a sealed blob: its size in bytes, its SHA-256, and a tag for each block under `key`."""

    key: bytes
    size: int
    sha256: bytes
    tags: bytes

    def encode(self) -> bytes:
        """The bytes of the file."""
        body = _HEAD.pack(_MAGIC, self.key, self.size, self.sha256) + self.tags
        return body + hashlib.sha256(body).digest()

    def fits(self, number: int, block: bytes) -> bool:
        """Whether `block` is the whole block of that number (from 0)."""
        stood = self.tags[number * _TAG_BYTES : (number + 1) * _TAG_BYTES]
        context = _block_context(self.key, number)
        context.authenticate_additional_data(block)
        context.finalize()
        return hmac.compare_digest(stood, context.tag)


def decode_sums(content: bytes) -> Sums:
    """Read what `Sums.encode` wrote; raises SumsDamaged."""
    body, check = content[:-_CHECK_BYTES], content[-_CHECK_BYTES:]
    if len(body) < _HEAD.size or hashlib.sha256(body).digest() != check:
        raise SumsDamaged
    magic, key, size, sha256 = _HEAD.unpack_from(body)
    tags = body[_HEAD.size :]
    if magic != _MAGIC or len(tags) != _TAG_BYTES * -(-size // BLOCK_BYTES):
        raise SumsDamaged
    return Sums(key, size, sha256, tags)


class Tally:
    """Takes the bytes of a blob in order. It can be cut back to the last `mark`."""

    def __init__(self) -> None:
        self.size = 0
        self._key = os.urandom(16)
        self._total = hashlib.sha256()
        self._tags = bytearray()
        self._block: AEADEncryptionContext | None = None
        self._marked = (0, self._total.copy())

    def add(self, part: bytes | memoryview) -> None:
        """Count the next bytes in."""
        self._total.update(part)
        self._tag(memoryview(part))

    def mark(self) -> None:
        """Remember this place."""
        self._marked = (self.size, self._total.copy())

    def cut(self, size: int, block: bytes) -> bool:
        """Go back to `size` when it is marked, `block` being what stands there of the block it lies in; else False."""
        marked, total = self._marked
        if size != marked or len(block) != size % BLOCK_BYTES:
            return False
        self._total = total.copy()
        self.size = size - len(block)
        del self._tags[self.size // BLOCK_BYTES * _TAG_BYTES :]
        self._block = None
        self._tag(memoryview(block))
        return True

    def finish(self) -> Sums:
        """The sums of all that was counted; nothing can be added any more."""
        self._end_block()
        return Sums(self._key, self.size, self._total.digest(), bytes(self._tags))

    def _tag(self, part: memoryview) -> None:
        at = 0
        while at < len(part):
            if self._block is None:
                self._block = _block_context(self._key, self.size // BLOCK_BYTES)
            step = part[at : at + BLOCK_BYTES - self.size % BLOCK_BYTES]
            self._block.authenticate_additional_data(step)
            at += len(step)
            self.size += len(step)
            if self.size % BLOCK_BYTES == 0:
                self._end_block()

    def _end_block(self) -> None:
        if self._block is not None:
            self._block.finalize()
            self._tags += self._block.tag
            self._block = None


def _block_context(key: bytes, number: int) -> AEADEncryptionContext:
    return Cipher(AES(key), GCM(number.to_bytes(12, "big"))).encryptor()
