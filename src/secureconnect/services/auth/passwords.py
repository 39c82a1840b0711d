"""Passwords: hashed by argon2id in a bounded pool, refused when they are easy to guess."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from secureconnect.contracts.errors import Code, Fault, invalid
from secureconnect.kit.ids import RandomBytes, one_time_secret
from secureconnect.services.auth.limits import AuthLimits
from secureconnect.services.auth.turns import Turns
from secureconnect.services.auth.weakness import prepare, weakness

T = TypeVar("T")


class Passwords:
    """Hashes and verifies (RFC 9106); `turn` says on whose behalf, so that nobody's burst stands before all others.

    An argon2 hash takes tens of milliseconds and megabytes: no more than `argon2_threads` are made at once.
    """

    def __init__(self, limits: AuthLimits, random_bytes: RandomBytes, server_name: str) -> None:
        self._limits = limits
        self._server_words = (server_name, *server_name.split("."), "secureconnect")
        self._hasher = PasswordHasher(
            time_cost=limits.argon2_time_cost,
            memory_cost=limits.argon2_memory_kib,
            parallelism=limits.argon2_parallelism,
        )
        self._pool = ThreadPoolExecutor(limits.argon2_threads, thread_name_prefix="argon2")
        self._turns = Turns(limits.argon2_threads, limits.argon2_queue_max, limits.argon2_wait_s)
        self._nobodys = self._hasher.hash(one_time_secret(random_bytes))

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self._turns.waiting

    def require_strong(self, password: str, *context: str, pointer: str = "/password") -> str:
        """The prepared password; raises Fault(AUTH_PASSWORD_WEAK) for one that is easy to guess.

        `context` are words that others know of its owner.
        """
        prepared = prepare(password)
        limits = self._limits
        words = (*self._server_words, *context)
        why = weakness(prepared, limits.password_length_min, limits.password_length_max, words)
        if why is not None:
            raise invalid(pointer, why, Code.AUTH_PASSWORD_WEAK)
        return prepared

    async def hash(self, prepared: str, turn: str) -> str:
        """The hash to keep of a prepared password; raises Fault(AUTH_BUSY)."""
        return await self._run(turn, lambda: self._hasher.hash(prepared.encode()))

    async def verify(self, password: str, stored: str | None, turn: str) -> bool:
        """Whether the password is the stored one; it takes as long when nothing is stored. Raises Fault(AUTH_BUSY)."""
        prepared = prepare(password).encode("utf-8", "surrogatepass")
        return await self._run(turn, lambda: self._fits(prepared, stored))

    def outdated(self, stored: str) -> bool:
        """Whether a stored hash was made with other numbers than those of now, and should be made anew."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _fits(self, prepared: bytes, stored: str | None) -> bool:
        try:
            self._hasher.verify(stored or self._nobodys, prepared)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    async def _run(self, turn: str, work: Callable[[], T]) -> T:
        await self._turns.take(turn)
        try:
            running = asyncio.get_running_loop().run_in_executor(self._pool, work)
        except RuntimeError:
            self._turns.give()
            raise Fault(Code.STOPPING) from None
        running.add_done_callback(lambda _: self._turns.give())
        return await asyncio.shield(running)
