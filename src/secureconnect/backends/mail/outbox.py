"""A stand-in for a mail server: each letter becomes a file, and no letter leaves the machine."""

import asyncio
import os
from pathlib import Path

from secureconnect.backends.mail.compose import compose
from secureconnect.backends.mail.port import Letter
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import Clock
from secureconnect.kit.ids import Ids


class OutboxMail:
    """The Mail port over `.eml` files in a folder, readable by their owner alone; above `letters_max` the oldest go."""

    stand_in = True

    def __init__(
        self, folder: Path, clock: Clock, sender: str = "secureconnect@localhost", letters_max: int = 1000
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._ids = Ids(clock)
        self._sender = sender
        self._letters_max = letters_max

    async def send(self, letter: Letter) -> None:
        """Write the letter down; raises Fault(UNAVAILABLE), Fault(AUTH_EMAIL_INVALID)."""
        content = compose(letter, self._sender, self._clock.now_ms()).as_bytes()
        await asyncio.to_thread(self._write, f"{self._ids.new()}.eml", content)

    async def ping(self) -> None:
        """Return when the folder can be written; raises Fault(UNAVAILABLE)."""
        await asyncio.to_thread(self._require_folder)

    def _require_folder(self) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _unavailable(error) from error
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise Fault(Code.UNAVAILABLE, "the mail outbox cannot be written")

    def _write(self, name: str, content: bytes) -> None:
        self._require_folder()
        path = self._folder / name
        unfinished = path.with_suffix(".new")
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(unfinished, flags, 0o600), "wb") as file:
                file.write(content)
            unfinished.replace(path)
            for old in sorted(self._folder.glob("*.eml"))[: -self._letters_max]:
                old.unlink(missing_ok=True)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise _unavailable(error) from error


def _unavailable(error: OSError) -> Fault:
    return Fault(Code.UNAVAILABLE, f"the mail outbox cannot be written: {error.strerror}")
