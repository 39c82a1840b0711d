"""A bounded memory of what was used last, in two generations: forgetting costs nothing per entry."""

from collections.abc import Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Holds at least the last half of `entries_max` that were put in or asked for, and never more than all of them."""

    def __init__(self, entries_max: int) -> None:
        self._half = entries_max // 2
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """What was remembered, None when it was not or is forgotten; asking keeps it."""
        found = self._young.get(key)
        if found is None and self._old:
            found = self._old.get(key)
            if found is not None:
                self.put(key, found)
        return found

    def put(self, key: K, value: V) -> None:
        """Remember."""
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[key] = value

    def update(self, entries: Mapping[K, V]) -> None:
        """Remember all of these."""
        for key, value in entries.items():
            self.put(key, value)

    def drop(self, key: K) -> None:
        """Forget."""
        self._young.pop(key, None)
        self._old.pop(key, None)

    def __contains__(self, key: object) -> bool:
        return key in self._young or key in self._old
