"""Ids sort by time and never repeat; secrets have their entropy."""

import hashlib
import itertools
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secureconnect.kit.clock import ManualClock, SystemClock
from secureconnect.kit.ids import Ids, one_time_secret, secret_hash


def test_an_id_is_a_uuid_of_version_seven_with_its_milliseconds() -> None:
    clock = ManualClock(1_700_000_000_123)
    text = Ids(clock).new()
    found = uuid.UUID(text)
    assert (str(found), found.version, found.variant) == (text, 7, uuid.RFC_4122)
    assert found.int >> 80 == 1_700_000_000_123


@given(st.lists(st.integers(-5_000, 5_000), max_size=30), st.integers(1, 40))
def test_later_ids_sort_after_earlier_ones_whatever_the_clock_does(steps_ms: list[int], burst: int) -> None:
    clock = ManualClock()
    ids = Ids(clock)
    made: list[str] = []
    for step_ms in [0, *steps_ms]:
        clock.set_wall_ms(clock.now_ms() + step_ms)
        made += [ids.new() for _ in range(burst)]
    assert all(one < two for one, two in itertools.pairwise(made))


@pytest.mark.parametrize("filler", [b"\0", b"\xff"])
def test_a_burst_within_one_millisecond_stays_in_order_and_well_formed(filler: bytes) -> None:
    ids = Ids(ManualClock(), lambda count: filler * count)
    made = [ids.new() for _ in range(10_000)]
    assert all(one < two for one, two in itertools.pairwise(made))
    assert {(uuid.UUID(text).version, uuid.UUID(text).variant) for text in made} == {(7, uuid.RFC_4122)}


def test_makers_that_know_nothing_of_each_other_make_different_ids() -> None:
    clock = ManualClock()
    made = [Ids(clock).new() for _ in range(5_000)]
    assert len(set(made)) == len(made)


def test_ids_of_the_system_clock_are_of_now() -> None:
    clock = SystemClock()
    before_ms = clock.now_ms()
    made_ms = uuid.UUID(Ids(clock).new()).int >> 80
    assert before_ms <= made_ms <= clock.now_ms()


def test_a_one_time_secret_carries_all_its_256_bits() -> None:
    assert one_time_secret(lambda count: b"\xfb" * count) == "-_v7" * 10 + "-_s"
    made = {one_time_secret() for _ in range(1_000)}
    assert len(made) == 1_000
    assert {len(text) for text in made} == {43}


def test_a_secret_is_kept_as_its_sha256() -> None:
    assert secret_hash("abc") == hashlib.sha256(b"abc").digest()
