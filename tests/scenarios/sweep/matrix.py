"""How much the sweeps asked, by part and asker: printed when the tests are over."""

from collections import Counter

COUNTS: Counter[tuple[str, str]] = Counter()
"""Requests or frames by part of the sweep and by who asked."""


def note(part: str, asker: str, count: int) -> None:
    """Add what a test asked."""
    COUNTS[part, asker] += count


def summary() -> list[str]:
    """A line for each part, with its askers."""
    parts = dict.fromkeys(part for part, _ in COUNTS)
    return [
        f"{part}: {', '.join(f'{asker} {count}' for (of, asker), count in COUNTS.items() if of == part)}"
        for part in parts
    ]
