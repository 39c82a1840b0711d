"""One holder of a folder at a time, by an advisory lock that the kernel drops with its process."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self


class FolderLocked(Exception):
    """Another process holds the folder; `pid` is its process id as it wrote it, None when it cannot be read."""

    def __init__(self, folder: Path, pid: int | None) -> None:
        super().__init__(f"{folder} is in use by process {pid if pid is not None else 'unknown'}")
        self.folder = folder
        self.pid = pid


class Holder(NamedTuple):
    """Who holds a folder: the process id as it wrote it, None when it cannot be read."""

    pid: int | None


def holder_of_folder(folder: Path) -> Holder | None:
    """Who holds the folder now, None when nobody does; nothing is made or held by asking. Raises OSError."""
    try:
        descriptor = os.open(folder / "node.lock", os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except BlockingIOError:
        return Holder(_written(descriptor))
    finally:
        os.close(descriptor)


class FolderLock:
    """Holds `folder/node.lock` from `take` to `release`; the file stays, the lock goes with the process, however it
    ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "node.lock"
        self._descriptor: int | None = None

    def take(self) -> None:
        """Hold the folder. Raises FolderLocked when another process does, OSError when the file cannot be made."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = _written(descriptor)
            os.close(descriptor)
            raise FolderLocked(self._folder, pid) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the folder go; releasing twice is no fault."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


def _written(descriptor: int) -> int | None:
    holder = os.pread(descriptor, 32, 0).decode("ascii", "ignore").strip()
    return int(holder) if holder.isdigit() else None
