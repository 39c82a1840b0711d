"""The last of the disk is kept for what frees it: uploads stop first, then messages; sign-in and deletes go on."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from secureconnect.kit.clock import Clock

KEPT_S = 1.0


@dataclass(frozen=True)
class DiskSpace:
    """The file system of a folder: what an ordinary user may still write, and the whole, in bytes."""

    free_bytes: int
    total_bytes: int


def disk_space(folder: Path) -> DiskSpace:
    """Ask the file system of `folder`; raises OSError when it does not answer."""
    told = os.statvfs(folder)
    return DiskSpace(told.f_bavail * told.f_frsize, told.f_blocks * told.f_frsize)


class DiskGuard:
    """Says whether uploads and messages may still grow the data folder; asks the file system at most once a second."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        message_free_bytes_min: int = 256 << 20,
        upload_free_bytes_min: int = 2 << 30,
        upload_free_percent_min: int = 10,
        ask: Callable[[Path], DiskSpace] = disk_space,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._message_free_bytes_min = message_free_bytes_min
        self._upload_free_bytes_min = upload_free_bytes_min
        self._upload_free_percent_min = upload_free_percent_min
        self._ask = ask
        self._space = DiskSpace(0, 0)
        self._asked_s: float | None = None

    def space(self) -> DiskSpace:
        """Free and total bytes, at most a second old."""
        now_s = self._clock.monotonic_s()
        if self._asked_s is None or now_s - self._asked_s >= KEPT_S:
            self._space = self._ask(self._folder)
            self._asked_s = now_s
        return self._space

    def allows_messages(self) -> bool:
        """Whether the log may grow."""
        return self.space().free_bytes >= self._message_free_bytes_min

    def allows_uploads(self) -> bool:
        """Whether files may be taken in; stops below either threshold, share or bytes."""
        space = self.space()
        if space.free_bytes < self._upload_free_bytes_min:
            return False
        return space.free_bytes * 100 >= space.total_bytes * self._upload_free_percent_min
