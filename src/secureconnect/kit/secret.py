"""A text that must not be seen: printed it is `[secret]`, and it cannot be written out by mistake."""

import hmac
from typing import NoReturn, SupportsIndex

HIDDEN = "[secret]"


class Secret:
    """Wraps a text so that logs, tracebacks and answers never hold it; `reveal()` is the one way to it.

    It is neither JSON-able nor picklable (both raise TypeError), has no hash, and compares in constant time.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one call that needs it."""
        return self._text

    def matches(self, text: str) -> bool:
        """Whether `text` is this secret, in a time that does not tell how much of it is right."""
        return hmac.compare_digest(_octets(self._text), _octets(text))

    def __eq__(self, other: object) -> bool:
        return self.matches(other.reveal()) if isinstance(other, Secret) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # a hash would tell two secrets apart without comparing them

    def __repr__(self) -> str:
        return HIDDEN

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __getstate__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled or copied out")

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a secret cannot be pickled or copied out")


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
