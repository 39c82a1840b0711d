"""Rates count by account or address and say how long to wait; a bucket refills with time."""

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.limits import RATES, Limiter, OnLoss, TokenBucket, network_of
from secureconnect.kit.clock import SystemClock


@pytest.mark.anyio
async def test_a_used_up_rate_is_refused_with_a_wait_and_others_go_on() -> None:
    limiter = Limiter(SystemClock())
    amount = RATES["reset"].amount
    for _ in range(amount):
        await limiter.hit("reset", "203.0.113.9")
    with pytest.raises(Fault) as refused:
        await limiter.hit("reset", "203.0.113.9")
    assert refused.value.code is Code.TOO_MANY_REQUESTS
    assert refused.value.retry_after_ms is not None
    assert 1000 <= refused.value.retry_after_ms <= RATES["reset"].period_s * 1000
    await limiter.hit("reset", "203.0.113.10")


@pytest.mark.anyio
async def test_checking_does_not_count() -> None:
    limiter = Limiter(SystemClock())
    for _ in range(RATES["login_failures_account"].amount * 3):
        await limiter.check("login_failures_account", "anna")


@pytest.mark.anyio
async def test_scale_multiplies_every_rate() -> None:
    limiter = Limiter(SystemClock(), scale=2.0)
    for _ in range(RATES["reset"].amount * 2):
        await limiter.hit("reset", "a")
    with pytest.raises(Fault):
        await limiter.hit("reset", "a")


def test_what_guards_a_secret_fails_closed() -> None:
    guarding = {name for name, rate in RATES.items() if rate.on_loss is OnLoss.CLOSED}
    assert {"login", "login_failures_account", "login_failures_address", "reset", "confirm", "register"} <= guarding
    assert RATES["send"].on_loss is OnLoss.OPEN


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::/64"),
        ("strange:", "strange:"),
    ],
)
def test_an_ipv6_address_counts_as_its_64(address: str, network: str) -> None:
    assert network_of(address) == network


def test_a_bucket_gives_its_burst_then_its_rate() -> None:
    bucket = TokenBucket(per_s=10, burst=3, now_s=0.0)
    assert [bucket.take(0.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert bucket.take(0.0) == pytest.approx(0.1)
    assert bucket.take(0.1) == 0.0
    assert bucket.take(0.1) > 0.0
    assert [bucket.take(100.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert bucket.take(100.0) > 0.0
