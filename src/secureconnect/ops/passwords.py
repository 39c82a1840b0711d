"""A new password from a terminal, twice, or from a file; never from the command line."""

import getpass
import sys
from pathlib import Path

from secureconnect.ops.loading import Refusal

FILE_BYTES_MAX = 4096


def new_password(file: Path | None) -> str:
    """The password of `file` (`-` is standard input) without its last newline, else asked for on the terminal twice.

    Raises Refusal.
    """
    if file is not None:
        return _from_file(file)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Refusal(
            "there is no terminal to ask the password on. Nothing was changed. Give --password-file FILE (- is "
            "standard input), or --link for a one-time link by which the person sets it."
        )
    first = getpass.getpass("Password: ")
    if getpass.getpass("The same again: ") != first:
        raise Refusal("the two passwords differ. Nothing was changed. Run the command again.")
    if not first:
        raise Refusal("the password is empty. Nothing was changed. Use --link to let the person set it.")
    return first


def _from_file(file: Path) -> str:
    try:
        octets = sys.stdin.buffer.read(FILE_BYTES_MAX + 1) if str(file) == "-" else _read(file)
        text = octets.decode()
    except OSError as error:
        raise Refusal(f"{file} cannot be read ({error.strerror}). Nothing was changed.") from None
    except UnicodeDecodeError:
        raise Refusal(f"{file} is no UTF-8 text. Nothing was changed.") from None
    if len(octets) > FILE_BYTES_MAX:
        raise Refusal(f"{file} is larger than {FILE_BYTES_MAX} bytes, so no password. Nothing was changed.")
    password = text.removesuffix("\n").removesuffix("\r")
    if not password or "\n" in password:
        raise Refusal(f"{file} must hold the password alone, on one line. Nothing was changed.")
    return password


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(FILE_BYTES_MAX + 1)
