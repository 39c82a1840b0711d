"""A stand-in for push providers: each wake-up becomes a line of a file, and no device is woken."""

import asyncio
import hashlib
import os
from pathlib import Path

import msgspec

from secureconnect.backends.push.port import PushOutcome, PushTarget
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import Clock


class OutboxLine(msgspec.Struct, frozen=True):
    """A wake-up as it is written down; the address is told by its SHA-256 alone: whoever has it can wake the device."""

    at_ms: int
    provider: str
    address_sha256: str
    urgent: bool
    ttl_s: int
    topic: str


def address_sha256(target: PushTarget) -> str:
    """How the outbox names a push address, in hexadecimal digits."""
    return hashlib.sha256(target.address).hexdigest()


class OutboxPush:
    """The Push port over `wakes.jsonl` in a folder; above `file_bytes_max` the file moves to `wakes.jsonl.1`."""

    stand_in = True

    def __init__(self, folder: Path, clock: Clock, file_bytes_max: int = 4 * 1024 * 1024) -> None:
        self._folder = folder
        self._path = folder / "wakes.jsonl"
        self._clock = clock
        self._file_bytes_max = file_bytes_max
        self._turn = asyncio.Lock()

    async def wake(self, target: PushTarget, urgent: bool, ttl_s: int, topic: str) -> PushOutcome:
        """Write the wake-up down; raises Fault(UNAVAILABLE) when the folder does not take it."""
        at_ms = self._clock.now_ms()
        line = OutboxLine(at_ms, target.provider, address_sha256(target), urgent, ttl_s, topic)
        async with self._turn:
            await asyncio.to_thread(self._write, msgspec.json.encode(line) + b"\n")
        return PushOutcome.HANDED_OVER

    async def ping(self) -> None:
        """Return when the folder can be written; raises Fault(UNAVAILABLE)."""
        async with self._turn:
            await asyncio.to_thread(self._write, b"")

    def _write(self, line: bytes) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._path.exists() and self._path.stat().st_size + len(line) > self._file_bytes_max:
                self._path.replace(self._path.with_name("wakes.jsonl.1"))
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(self._path, flags, 0o600), "ab") as file:
                file.write(line)
        except OSError as error:
            raise Fault(Code.UNAVAILABLE, f"the push outbox cannot be written: {error.strerror}") from error
