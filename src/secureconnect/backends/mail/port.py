"""Letters to people."""

from typing import Protocol

from msgspec import Struct


class Letter(Struct, frozen=True):
    """A letter in plain text with an HTML twin; no message content is ever in it."""

    to: str
    subject: str
    text: str
    html: str


class Mail(Protocol):
    """Where letters go."""

    async def send(self, letter: Letter) -> None:
        """Hand a letter over; returns when the next server has taken it. Raises Fault(UNAVAILABLE) when none takes it.

        Raises Fault(AUTH_EMAIL_INVALID) when the address is none, or is refused for good. Sending again sends a second
        letter.
        """
        ...

    async def ping(self) -> None:
        """Return when the next server answers; raises Fault(UNAVAILABLE)."""
        ...
