"""What a check found: one line that says how it stands and, where it is not right, what mends it."""

from collections.abc import Sequence
from enum import Enum

from msgspec import Struct


class Level(Enum):
    """How something stands."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(Struct, frozen=True):
    """One line: how `check` stands, what was seen, and the fix where there is something to do."""

    level: Level
    check: str
    told: str
    fix: str | None = None


def ok(check: str, told: str) -> Finding:
    """It is right."""
    return Finding(Level.OK, check, told)


def warn(check: str, told: str, fix: str) -> Finding:
    """It works, but somebody should look at it."""
    return Finding(Level.WARN, check, told, fix)


def fail(check: str, told: str, fix: str) -> Finding:
    """It is wrong."""
    return Finding(Level.FAIL, check, told, fix)


def worst(findings: Sequence[Finding]) -> Level:
    """The worst of all, OK for none."""
    order = list(Level)
    return max((finding.level for finding in findings), key=order.index, default=Level.OK)


def size(octets: int) -> str:
    """A size for people: `3.1 GiB`."""
    amount, unit = float(octets), "bytes"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{octets} bytes" if unit == "bytes" else f"{amount:.1f} {unit}"
