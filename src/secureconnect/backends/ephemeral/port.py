"""Values that expire: presence, recent content cookies, counters; losing all of them loses nothing that was
promised."""

from typing import Protocol


class Ephemeral(Protocol):
    """A store of short-lived values by key; keys are bounded to 512 bytes and values to 64 KiB (ValueError)."""

    async def put(self, key: str, value: bytes, ttl_ms: int) -> None:
        """Keep `value` for `ttl_ms`; an earlier one is replaced. Raises Fault(UNAVAILABLE)."""
        ...

    async def put_if_absent(self, key: str, value: bytes, ttl_ms: int) -> bool:
        """Keep `value` only where none is kept; whether it was. Raises Fault(UNAVAILABLE)."""
        ...

    async def get(self, key: str) -> bytes | None:
        """The value, None when there is none or it expired. Raises Fault(UNAVAILABLE)."""
        ...

    async def get_many(self, keys: list[str]) -> list[bytes | None]:
        """The values in the order of the keys, None where there is none."""
        ...

    async def drop(self, key: str) -> None:
        """Forget a value; one that is not there is no fault."""
        ...

    async def count(self, key: str, ttl_ms: int) -> int:
        """Add one to a counter that expires `ttl_ms` after its first count, and return it."""
        ...

    async def ping(self) -> None:
        """Return when the store answers; raises Fault(UNAVAILABLE)."""
        ...
