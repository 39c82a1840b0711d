"""Every rate and every constant of the edges stands in the reference with its unit."""

import pytest

from secureconnect.edge import limits
from secureconnect.edge.limits import RATES
from secureconnect.ops.docs.limits import SENTENCES, limits_page


def test_each_rate_is_told() -> None:
    text = limits_page()
    assert all(f"| `{name}` | {rate.amount:,} |" in text for name, rate in RATES.items())


def test_each_constant_is_told_and_none_that_is_gone() -> None:
    names = {name for name, value in vars(limits).items() if name.isupper() and isinstance(value, int | float)}
    assert names == SENTENCES.keys()


@pytest.mark.parametrize(
    ("name", "unit"), [("HEADER_BYTES_MAX", "bytes"), ("FRAMES_PER_S", "a second"), ("HEAD_DEADLINE_S", "seconds")]
)
def test_each_has_the_unit_of_its_name(name: str, unit: str) -> None:
    row = next(line for line in limits_page().splitlines() if f"`{name}`" in line)
    assert f"| {unit} |" in row
