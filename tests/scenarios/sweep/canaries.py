"""Words that no one else could have made up, planted where people write, and looked for in what others are told."""

import itertools
import secrets
from collections.abc import Iterable


class Canaries:
    """Makes words and remembers what each was planted as."""

    def __init__(self) -> None:
        self._mark = f"canary{secrets.token_hex(6)}"
        self._numbers = itertools.count(1)
        self.planted: dict[str, str] = {}

    def word(self, place: str) -> str:
        """A fresh word for a place; letters and digits alone, so that no encoding hides it."""
        word = f"{self._mark}x{next(self._numbers)}x"
        self.planted[word] = place
        return word

    def adopt(self, word: str, place: str) -> str:
        """Look for a word of somebody else's making too."""
        self.planted[word] = place
        return word

    def found(self, text: str, but: Iterable[str] = ()) -> list[str]:
        """The places whose words stand in a text; those of the places `but` may."""
        allowed = tuple(but)
        return sorted({place for word, place in self.planted.items() if word in text and place not in allowed})
