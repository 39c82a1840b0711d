"""Waits are drawn from zero to a bound that doubles up to its most."""

import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from secureconnect.kit.retry import full_jitter_s


class Highest(random.Random):
    """Chance that always takes the upper end."""

    def uniform(self, a: float, b: float) -> float:
        """The upper end."""
        return b


def test_the_bounds_double_up_to_the_most() -> None:
    waits = itertools.islice(full_jitter_s(0.5, 5.0, Highest()), 6)
    assert list(waits) == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


@given(st.integers(), st.floats(0.001, 10), st.floats(0.001, 100))
def test_no_wait_is_negative_or_above_the_most(seed: int, first_s: float, most_s: float) -> None:
    waits = list(itertools.islice(full_jitter_s(first_s, most_s, random.Random(seed)), 50))
    assert all(0 <= wait_s <= max(first_s, most_s) for wait_s in waits)


def test_waits_are_spread_over_the_whole_range() -> None:
    chance = random.Random(1)
    firsts = [next(full_jitter_s(1.0, 8.0, chance)) for _ in range(2_000)]
    assert min(firsts) < 0.05
    assert max(firsts) > 0.95
    assert 0.45 < sum(firsts) / len(firsts) < 0.55
