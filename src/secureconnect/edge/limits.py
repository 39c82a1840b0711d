"""Every limit of the edges in one table, with its unit in its name, and the limiter that counts against it.

Limits that guard a secret (login, reset, confirm, register) fail closed onto this process's own counters when the
shared store is away; all others fail open onto the same counters, so that people can go on talking.
"""

import ipaddress
from dataclasses import dataclass
from enum import Enum

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import Clock

HEADER_BYTES_MAX = 16_384
HEADERS_MAX = 100
HEAD_DEADLINE_S = 10.0
BODY_CHUNK_DEADLINE_S = 30.0
KEEP_ALIVE_S = 65
JSON_BODY_BYTES_MAX = 1_048_576
PICTURE_BODY_BYTES_MAX = 8 * 1_048_576
FRAME_BYTES_MAX = 262_144
HELLO_DEADLINE_S = 5.0
SOCKETS_PER_DEVICE_MAX = 8
SOCKETS_PER_ACCOUNT_MAX = 64
FRAMES_PER_S = 100
FRAMES_BURST = 400
TOO_FAST_FRAMES_MAX = 400
BACKLOG_LINES_MAX = 1_024


class Per(Enum):
    """What a rate is counted by."""

    ACCOUNT = "account"
    ADDRESS = "address"


class OnLoss(Enum):
    """What a limit does while its shared store is away."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True)
class Rate:
    """So many times in so many seconds, counted by account or address; `on_loss` says how it fails."""

    name: str
    amount: int
    period_s: int
    per: Per
    on_loss: OnLoss = OnLoss.OPEN


RATES: dict[str, Rate] = {
    rate.name: rate
    for rate in (
        Rate("read", 1200, 60, Per.ACCOUNT),
        Rate("write", 600, 60, Per.ACCOUNT),
        Rate("send", 1200, 60, Per.ACCOUNT),
        Rate("create", 120, 60, Per.ACCOUNT),
        Rate("search", 120, 60, Per.ACCOUNT),
        Rate("upload", 6000, 60, Per.ACCOUNT),
        Rate("upload_create", 120, 60, Per.ACCOUNT),
        Rate("ring", 30, 60, Per.ACCOUNT),
        Rate("admin", 600, 60, Per.ACCOUNT),
        Rate("public", 3000, 60, Per.ADDRESS),
        Rate("register", 600, 3600, Per.ADDRESS, OnLoss.CLOSED),
        Rate("login", 1200, 60, Per.ADDRESS, OnLoss.CLOSED),
        Rate("login_failures_address", 300, 900, Per.ADDRESS, OnLoss.CLOSED),
        Rate("login_failures_account", 10, 900, Per.ACCOUNT, OnLoss.CLOSED),
        Rate("refresh", 3000, 60, Per.ADDRESS, OnLoss.CLOSED),
        Rate("reset", 30, 3600, Per.ADDRESS, OnLoss.CLOSED),
        Rate("reset_account", 5, 3600, Per.ACCOUNT, OnLoss.CLOSED),
        Rate("address_change", 10, 3600, Per.ACCOUNT, OnLoss.CLOSED),
        Rate("confirm", 10, 600, Per.ACCOUNT, OnLoss.CLOSED),
    )
}


class Limiter:
    """Counts against the table; `scale` multiplies every amount (load tests), never below one."""

    def __init__(self, clock: Clock, scale: float = 1.0, storage: Storage | None = None) -> None:
        self._clock = clock
        self._strategy = SlidingWindowCounterRateLimiter(storage or MemoryStorage())
        self._items = {
            rate.name: RateLimitItemPerSecond(max(1, round(rate.amount * scale)), rate.period_s, namespace=rate.name)
            for rate in RATES.values()
        }

    async def hit(self, rate: str, key: str, code: Code = Code.TOO_MANY_REQUESTS) -> None:
        """Count one; raises Fault(code) with how long to wait when the rate is used up."""
        item = self._items[rate]
        if not await self._strategy.hit(item, key):
            raise await self._fault(rate, key, code)

    async def check(self, rate: str, key: str, code: Code = Code.TOO_MANY_REQUESTS) -> None:
        """Raise Fault(code) when the rate is used up, without counting (for rates that count failures only)."""
        if not await self._strategy.test(self._items[rate], key):
            raise await self._fault(rate, key, code)

    async def _fault(self, rate: str, key: str, code: Code) -> Fault:
        stats = await self._strategy.get_window_stats(self._items[rate], key)
        period_ms = RATES[rate].period_s * 1000
        wait_ms = max(1000, min(period_ms, int(stats.reset_time * 1000) - self._clock.now_ms()))
        return Fault(code, retry_after_ms=wait_ms)


def network_of(address: str) -> str:
    """What a rate by address counts: an IPv4 address itself, an IPv6 address's /64."""
    if ":" not in address:
        return address
    try:
        parsed = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((parsed, 64), strict=False).network_address) + "/64"


class TokenBucket:
    """A pure token bucket for the frames of one socket."""

    __slots__ = ("_at_s", "_burst", "_per_s", "_tokens")

    def __init__(self, per_s: float, burst: float, now_s: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._tokens = burst
        self._at_s = now_s

    def take(self, now_s: float) -> float:
        """Take one token; 0.0 when there was one, else how many seconds until there is."""
        self._tokens = min(self._burst, self._tokens + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._tokens >= 1.0:
            self._tokens -= 1.0
            return 0.0
        return (1.0 - self._tokens) / self._per_s
