"""Who types: told to the others who are there and never stored; it ends by itself on their side after some seconds."""

from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.frames import TypingFrame
from secureconnect.services.chat.audience import Audience
from secureconnect.services.chat.hints import HintKind, Hints
from secureconnect.services.chat.nodes import Nodes, Told, Typed


class Typists:
    """Passes on that somebody types."""

    def __init__(self, audience: Audience, hints: Hints, nodes: Nodes) -> None:
        self._audience = audience
        self._hints = hints
        self._nodes = nodes

    def set(self, account: str, conversation: str, on: bool) -> None:
        """A member with a socket here types, or no longer. Raises Fault(CHAT_NOT_A_MEMBER)."""
        if self._audience.first_seq(account, conversation) is None:
            raise Fault(Code.CHAT_NOT_A_MEMBER)
        self._push(Typed(account, conversation, on))
        self._nodes.tell().typed.append(Typed(account, conversation, on))

    def hear(self, told: Told) -> None:
        """Take what another node tells."""
        for typed in told.typed:
            self._push(typed)

    def _push(self, typed: Typed) -> None:
        frame = TypingFrame(typed.conversation, typed.account, typed.on)
        self._hints.push(HintKind.TYPING, typed.conversation, typed.account, frame)
