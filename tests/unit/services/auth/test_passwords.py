"""Passwords are hashed by argon2id, a few at a time."""

import asyncio
import time
from collections.abc import Generator

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.auth.passwords import Passwords
from tests.fixtures.auth import PASSWORD, limits

pytestmark = pytest.mark.anyio


@pytest.fixture
def passwords() -> Generator[Passwords]:
    made = Passwords(limits(), lambda count: b"r" * count, "chat.example.org")
    yield made
    made.close()


async def test_a_hash_is_argon2id_with_its_own_salt(passwords: Passwords) -> None:
    one, other = await passwords.hash(PASSWORD, "t"), await passwords.hash(PASSWORD, "t")
    assert one.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert one != other
    assert await passwords.verify(PASSWORD, one, "t")
    assert not await passwords.verify(PASSWORD + "x", one, "t")
    assert not passwords.outdated(one)
    assert passwords.outdated(one.replace("m=64", "m=32"))


async def test_nothing_fits_where_nothing_is_stored(passwords: Passwords) -> None:
    assert not await passwords.verify(PASSWORD, None, "t")
    assert not await passwords.verify(PASSWORD, "no hash at all", "t")
    assert not await passwords.verify("\ud800", None, "t")


async def test_a_password_about_its_owner_or_server_is_weak(passwords: Passwords) -> None:
    for weak in ("anna1234", "chat.example.org!", "example2024"):
        with pytest.raises(Fault) as caught:
            passwords.require_strong(weak, "anna", pointer="/new_password")
        assert caught.value.code is Code.AUTH_PASSWORD_WEAK
        assert caught.value.errors[0].pointer == "/new_password"
    assert passwords.require_strong("cre\u0300me de la cre\u0300me 7") == "cr\u00e8me de la cr\u00e8me 7"


async def test_hashing_never_holds_up_the_event_loop() -> None:
    """Figure: while hashes of some ms each are made, the loop answers within 50 ms."""
    slow = Passwords(limits(argon2_memory_kib=16_384, argon2_threads=1), lambda count: b"r" * count, "x")
    hashing = asyncio.gather(*[slow.hash(PASSWORD, "t") for _ in range(5)])
    worst_s = 0.0
    while not hashing.done():
        began_s = time.perf_counter()
        await asyncio.sleep(0)
        worst_s = max(worst_s, time.perf_counter() - began_s)
        await asyncio.sleep(0.001)
    assert len(await hashing) == 5
    assert worst_s < 0.05
    slow.close()


async def test_too_many_at_once_are_told_that_the_server_is_busy() -> None:
    small = Passwords(limits(argon2_threads=1, argon2_queue_max=2), lambda count: b"r" * count, "x")
    results = await asyncio.gather(*[small.hash(PASSWORD, "t") for _ in range(10)], return_exceptions=True)
    busy = [each for each in results if isinstance(each, Fault) and each.code is Code.AUTH_BUSY]
    assert (len(busy), len(results) - len(busy)) == (7, 3)
    assert small.waiting == 0
    small.close()


async def test_after_the_end_nothing_is_hashed() -> None:
    ended = Passwords(limits(argon2_threads=1), lambda count: b"r" * count, "x")
    ended.close()
    for _ in range(3):
        with pytest.raises(Fault) as caught:
            await ended.hash(PASSWORD, "t")
        assert caught.value.code is Code.STOPPING
