"""What the chat service keeps for one socket."""

from secureconnect.edge.socket import Connection
from secureconnect.services.chat.sending import Sending


class Attached:
    """Whether the socket was told all heads, its messages under way, whose presence it watches and sees."""

    __slots__ = ("seen", "sending", "watched", "whole")

    def __init__(self) -> None:
        self.whole = False
        self.sending: Sending | None = None
        self.watched: tuple[str, ...] = ()
        self.seen: frozenset[str] = frozenset()


def attached(connection: Connection) -> Attached:
    """The state of a socket that is opening or open."""
    held = connection.data
    if not isinstance(held, Attached):
        raise TypeError("the socket was not opened by chat")
    return held
