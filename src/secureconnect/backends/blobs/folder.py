"""The files of blobs in a folder tree: blocking calls, made on threads by `files`."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from secureconnect.backends.blobs.port import BlobMissing
from secureconnect.backends.blobs.tally import BLOCK_BYTES, Sums, SumsDamaged, Tally, decode_sums

OPEN = ".part"
SEALED = ".blob"
SUMS = ".sums"
_NEW = ".new"
_ENDINGS = (SUMS + _NEW, SUMS, OPEN, SEALED)
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SAFE = os.O_NOFOLLOW | os.O_CLOEXEC


class BlobFolder:
    """Where the files of each key stand: `019ab/cd/<key>.part` while it grows, `.blob` and `.sums` once sealed.

    Keys are UUIDs in their canonical form, so that no path is ever made of anything else. The two folders above are
    its first digits: for a UUIDv7 they are its time, so that listing by key walks folder after folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, key: str, ending: str) -> Path:
        """Where a file of `key` stands; raises BlobMissing for what is no UUID."""
        if _KEY.fullmatch(key) is None:
            raise BlobMissing(key)
        return self._root / key[:5] / key[5:7] / f"{key}{ending}"

    def has(self, key: str, ending: str) -> bool:
        """Whether that file stands."""
        return self.path(key, ending).exists()

    def create(self, key: str) -> None:
        """Make an empty open blob, with its folders, durably; one that stands is left as it is."""
        path = self.path(key, OPEN)
        if path.exists() or self.has(key, SEALED):
            return
        for folder in (self._root, path.parent.parent, path.parent):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                sync_folder(folder.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | _SAFE, 0o600)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(path.parent)

    def open_part(self, key: str) -> int:
        """A descriptor of an open blob for reading and writing; raises BlobMissing."""
        return _opened(self.path(key, OPEN), os.O_RDWR)

    def durable_size(self, key: str) -> int:
        """The end of an open or sealed blob; what was written to an open one is durable then. Raises BlobMissing."""
        if self.has(key, SEALED):
            return self.path(key, SEALED).stat().st_size
        descriptor = self.open_part(key)
        try:
            os.fsync(descriptor)
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)

    def truncate(self, key: str, size: int, tally: Tally | None) -> Tally | None:
        """Cut an open blob back durably; returns its tally when that could follow. Raises BlobMissing, ValueError."""
        descriptor = self.open_part(key)
        try:
            if size > os.fstat(descriptor).st_size:
                raise ValueError("a blob is only ever cut back")
            os.ftruncate(descriptor, size)
            os.fsync(descriptor)
            block = os.pread(descriptor, size % BLOCK_BYTES, size - size % BLOCK_BYTES)
        finally:
            os.close(descriptor)
        return tally if tally is not None and tally.cut(size, block) else None

    def sums(self, key: str) -> Sums | None:
        """The sums of a sealed blob, None when they are missing or damaged."""
        try:
            with os.fdopen(_opened(self.path(key, SUMS), os.O_RDONLY), "rb") as file:
                return decode_sums(file.read())
        except (BlobMissing, SumsDamaged):
            return None

    def keep_sums(self, key: str, sums: Sums) -> None:
        """Write the sums durably in one step."""
        path = self.path(key, SUMS)
        unfinished = self.path(key, SUMS + _NEW)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _SAFE
        with os.fdopen(os.open(unfinished, flags, 0o600), "wb") as file:
            file.write(sums.encode())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        sync_folder(path.parent)

    def close_part(self, key: str) -> None:
        """Turn an open blob, which is durable, into a sealed one, durably."""
        path = self.path(key, SEALED)
        self.path(key, OPEN).rename(path)
        sync_folder(path.parent)

    def tally(self, key: str, ending: str) -> Tally:
        """Count a file anew; raises BlobMissing."""
        tally = Tally()
        with os.fdopen(_opened(self.path(key, ending), os.O_RDONLY), "rb", buffering=0) as file:
            while part := file.read(4 * BLOCK_BYTES):
                tally.add(part)
        return tally

    def blocks(self, key: str, number: int, count: int) -> list[bytes]:
        """Up to `count` blocks of a sealed blob from that number on; the last may be short. Raises BlobMissing."""
        descriptor = _opened(self.path(key, SEALED), os.O_RDONLY)
        try:
            return [os.pread(descriptor, BLOCK_BYTES, (number + at) * BLOCK_BYTES) for at in range(count)]
        finally:
            os.close(descriptor)

    def drop(self, key: str) -> None:
        """Delete all files of `key`, the bytes last, so that a crash between leaves a key to sweep."""
        gone = False
        for ending in _ENDINGS:
            path = self.path(key, ending)
            if path.exists():
                path.unlink(missing_ok=True)
                gone = True
        if gone:
            sync_folder(self.path(key, OPEN).parent)

    def keys(self, after: str) -> Iterator[str]:
        """All keys above `after`, ascending."""
        for upper in _names(self._root, after[:5]):
            for lower in _names(self._root / upper, after[5:7] if upper == after[:5] else ""):
                found = {name.partition(".")[0] for name in _names(self._root / upper / lower, "")}
                yield from sorted(key for key in found if key > after and _KEY.fullmatch(key))


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _opened(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags | _SAFE)
    except FileNotFoundError as error:
        raise BlobMissing(path.stem) from error


def _names(folder: Path, from_name: str) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir() if path.name >= from_name)
    except (FileNotFoundError, NotADirectoryError):
        return []
