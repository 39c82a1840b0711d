"""The store in memory stays bounded."""

import random

import pytest

from secureconnect.backends.ephemeral.memory import MemoryEphemeral
from secureconnect.kit.clock import ManualClock

pytestmark = pytest.mark.anyio


async def test_what_ends_soonest_makes_room_for_a_new_value() -> None:
    store = MemoryEphemeral(ManualClock(), entries_max=3)
    for name, ttl_ms in (("long", 9000), ("short", 1000), ("middle", 5000), ("new", 7000)):
        await store.put(name, b"x", ttl_ms)
    assert await store.get_many(["long", "short", "middle", "new"]) == [b"x", None, b"x", b"x"]
    assert store.evicted == 1


async def test_what_has_ended_makes_room_before_anything_that_lives() -> None:
    clock = ManualClock()
    store = MemoryEphemeral(clock, entries_max=2)
    await store.put("ended", b"x", 100)
    await store.put("lives", b"x", 9000)
    clock.advance_s(1)
    await store.put("new", b"x", 9000)
    assert await store.get_many(["lives", "new"]) == [b"x", b"x"]
    assert store.evicted == 0


async def test_replacing_a_value_in_a_full_store_evicts_nothing() -> None:
    store = MemoryEphemeral(ManualClock(), entries_max=2)
    await store.put("a", b"1", 1000)
    await store.put("b", b"1", 1000)
    await store.put("a", b"2", 1000)
    assert await store.get_many(["a", "b"]) == [b"2", b"1"]


async def test_any_sequence_of_acts_agrees_with_a_plain_model_and_stays_bounded() -> None:
    chance = random.Random(7)
    clock = ManualClock()
    store = MemoryEphemeral(clock, entries_max=1000)
    model: dict[str, tuple[bytes, float]] = {}
    for step in range(5000):
        key = f"k{chance.randrange(40)}"
        act = chance.randrange(4)
        if act == 0:
            ttl_ms = chance.randrange(1, 3000)
            await store.put(key, b"%d" % step, ttl_ms)
            model[key] = (b"%d" % step, clock.monotonic_s() + ttl_ms / 1000)
        elif act == 1:
            await store.drop(key)
            model.pop(key, None)
        elif act == 2:
            clock.advance_s(chance.random() / 5)
        value, ends_s = model.get(key, (None, 0.0))
        assert await store.get(key) == (value if ends_s > clock.monotonic_s() else None)
        assert len(store._ends) <= 2 * 40 + 65


async def test_counting_what_is_no_number_is_an_error() -> None:
    store = MemoryEphemeral(ManualClock())
    await store.put("a", b"text", 1000)
    with pytest.raises(ValueError, match="int"):
        await store.count("a", 1000)
