"""How long to wait before trying again: exponential back-off with full jitter, without I/O."""

import random
from collections.abc import Iterator


def full_jitter_s(first_s: float, most_s: float, uniform: random.Random) -> Iterator[float]:
    """Endless waits in seconds, each drawn evenly from zero to a bound that doubles from `first_s` to `most_s`."""
    bound_s = first_s
    while True:
        yield uniform.uniform(0.0, bound_s)
        bound_s = min(most_s, bound_s * 2)
