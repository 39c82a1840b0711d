"""Who uses a socket, and where it connects."""

import ssl
from dataclasses import dataclass
from typing import Protocol

from secureconnect.client.frames import Frame
from secureconnect.contracts.frames import Welcome


class Listener(Protocol):
    """Who uses a socket; nothing here may block."""

    def sync(self) -> str | None:
        """The sync token for the next hello."""
        ...

    def sync_refused(self) -> None:
        """The server does not know that token: the next hello is to go without one."""
        ...

    def opened(self, welcome: Welcome) -> None:
        """A connection is live."""
        ...

    def heard(self, frame: Frame) -> None:
        """A frame came that answers nothing."""
        ...

    def lost(self, why: str, wait_s: float) -> None:
        """The connection is gone and is tried again after `wait_s` seconds."""
        ...

    def ended(self, why: Exception | None) -> None:
        """It is over: `why` is None when it was closed here."""
        ...


@dataclass(frozen=True)
class Door:
    """Where and how sockets connect."""

    url: str
    tls: ssl.SSLContext | None = None
    origin: str | None = None
    open_timeout_s: float = 10.0
    wait_s_first: float = 0.25
    wait_s_most: float = 30.0
