"""What a device keeps of its chat over a restart."""

from msgspec import Struct, field

from secureconnect.client.outbox import Unsent


class ChatState(Struct, frozen=True):
    """A small value to save (it is JSON-able) and to give back; it holds messages that were not sent yet."""

    incarnation: str | None = None
    sync: str | None = None
    cursors: dict[str, int] = field(default_factory=dict[str, int])
    """Per conversation the last seq that was handed to the application."""
    heads: dict[str, int] = field(default_factory=dict[str, int])
    """How far the conversations reach of which more is known than was handed on."""
    unsent: list[Unsent] = field(default_factory=list[Unsent])
