"""Small text files that settings and secrets are read from, never waiting and never without bound."""

import os
import stat
from pathlib import Path

import msgspec

from secureconnect.settings.faults import WrongValue, printable

FILE_BYTES_MAX = 65536


class FileText(msgspec.Struct, frozen=True):
    """What a file holds, and whether others than its owner may read it."""

    text: str
    open_to_others: bool


def read_file(path: Path, bytes_max: int = FILE_BYTES_MAX) -> FileText:
    """Read a small UTF-8 file; raises WrongValue with what is wrong, in words that follow its path."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise WrongValue("does not exist") from None
    except (OSError, ValueError) as fault:
        raise WrongValue(_reason(fault)) from None
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise WrongValue("is no ordinary file")
        octets = _all(handle, bytes_max + 1)
    except OSError as fault:
        raise WrongValue(_reason(fault)) from None
    finally:
        os.close(handle)
    if len(octets) > bytes_max:
        raise WrongValue(f"is larger than {bytes_max} bytes")
    try:
        return FileText(octets.decode(), _open_to_others(about))
    except UnicodeDecodeError:
        raise WrongValue("is no UTF-8 text") from None


def names_in(folder: Path) -> frozenset[str]:
    """The names in a folder, none when it is not there; raises WrongValue when it cannot be read."""
    try:
        return frozenset(entry.name for entry in os.scandir(folder))
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError) as fault:
        raise WrongValue(_reason(fault)) from None


def read_named(text: str, bytes_max: int = FILE_BYTES_MAX) -> FileText:
    """Read the file that a setting's text names; raises WrongValue."""
    if not text.strip():
        raise WrongValue("names no file", "give the path of a file, or leave it out")
    try:
        return read_file(Path(text.strip()), bytes_max)
    except WrongValue as fault:
        fix = "make it a file that the user running this can read, or leave it out"
        raise WrongValue(f"names a file that {fault}", fix) from None


def shown_path(text: str) -> str:
    """A path for a sentence. What does not look like one is hidden: somebody may have put the secret itself there."""
    return printable(text) if text.strip().startswith(("/", "./", "../")) and text.isprintable() else "(a path)"


def _all(handle: int, bytes_max: int) -> bytes:
    octets = b""
    while len(octets) < bytes_max and (more := os.read(handle, bytes_max - len(octets))):
        octets += more
    return octets


def _open_to_others(about: os.stat_result) -> bool:
    # A file of another owner (an orchestrator's, readable by our group) is judged by "everybody" alone.
    return bool(about.st_mode & (0o077 if about.st_uid == os.geteuid() else 0o007))


def _reason(fault: OSError | ValueError) -> str:
    return f"cannot be read ({fault.strerror or 'error'})" if isinstance(fault, OSError) else "is no usable path"
