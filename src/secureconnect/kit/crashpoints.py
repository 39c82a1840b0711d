"""Named places where a test may let the process die; they cost a set look-up and do nothing unless armed."""

import os

ENVIRONMENT_NAME = "SECURECONNECT_TEST_CRASHPOINT"

NAMES = frozenset(
    {
        "sql.before_commit",
        "sql.after_commit",
        "log.before_append",
        "log.after_append",
        "log.before_resolve",
        "bus.before_publish",
        "bus.after_publish",
        "chat.before_ack",
        "blobs.before_sync",
        "blobs.after_sync",
        "blobs.before_finish",
        "blobs.after_finish",
        "storage.before_offset",
        "storage.after_offset",
        "auth.before_rotate",
        "auth.after_rotate",
    }
)


class UnknownCrashPoint(Exception):
    """A crash point was named that no code has."""


class CrashPoints:
    """The armed crash points of this process: a name and at which of its passes to die."""

    def __init__(self, armed: dict[str, int] | None = None) -> None:
        unknown = set(armed or {}) - NAMES
        if unknown:
            raise UnknownCrashPoint(", ".join(sorted(unknown)))
        self._armed = dict(armed or {})

    def reach(self, name: str) -> None:
        """Count a pass of `name` and end the process without any clean-up when it is the armed one."""
        if not self._armed or name not in self._armed:
            return
        self._armed[name] -= 1
        if self._armed[name] <= 0:
            os._exit(137)


def from_environment(value: str | None) -> CrashPoints:
    """Read `name:pass` pairs joined by commas, as tests put them into the environment."""
    if not value:
        return CrashPoints()
    armed: dict[str, int] = {}
    for part in value.split(","):
        name, _, count = part.partition(":")
        armed[name] = int(count or "1")
    return CrashPoints(armed)
