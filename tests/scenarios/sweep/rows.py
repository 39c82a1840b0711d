"""How one operation is asked: the table's row, and the request that it makes from somebody's things."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.scenarios.sweep.world import Things

Json = dict[str, Any]
PARAMETER = re.compile(r"\{(\w+)\}")
GOOD = frozenset({200, 201, 204, 206})


@dataclass(frozen=True)
class Asking:
    """One request, ready to be sent by anybody."""

    method: str
    path: str
    json: object = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    content: bytes | None = None

    def keywords(self) -> Json:
        """The request as arguments of an HTTP client."""
        told: Json = {"headers": dict(self.headers), "params": dict(self.query) or None}
        return told | ({"json": self.json} if self.json is not None else {"content": self.content})


@dataclass(frozen=True)
class Row:
    """What an operation needs beside its path.

    `named` says which thing a path parameter names where that is not its own name, `fixed` gives one a value. `opens`
    are things that anybody who is signed in may name. `control` are the statuses that one gets for one's own things.
    `spare` operations end the session that asks, and get one of their own. `late` ones are asked last of all.
    `former` operations answer somebody who was removed, with what was said before.
    """

    named: Mapping[str, str] = field(default_factory=dict[str, str])
    fixed: Mapping[str, str] = field(default_factory=dict[str, str])
    json: Callable[[Things], object] | None = None
    headers: Callable[[Things], dict[str, str]] | None = None
    query: Callable[[Things], dict[str, str]] | None = None
    content: bytes | None = None
    opens: Collection[str] = ()
    control: Collection[int] = GOOD
    spare: bool = False
    late: bool = False
    former: bool = False

    def asking(self, operation: str, things: Things) -> Asking:
        """The request for these things."""
        method, _, template = operation.partition(" ")

        def value(found: re.Match[str]) -> str:
            name = found[1]
            return self.fixed[name] if name in self.fixed else things[self.named.get(name, name)]

        return Asking(
            method,
            PARAMETER.sub(value, template),
            None if self.json is None else self.json(things),
            {} if self.headers is None else self.headers(things),
            {} if self.query is None else self.query(things),
            self.content,
        )

    def slots(self, operation: str, things: Things) -> list[str]:
        """Which things the request names, each once."""
        return slots_of(lambda each: self.asking(operation, each), things)


def slots_of(make: Callable[[Things], object], things: Things) -> list[str]:
    """Which things are named in what is made of them, each once."""
    noted = Noted(things)
    make(noted)
    return list(noted.read)


class Noted(Things):
    """Things that remember which of them were looked at."""

    def __init__(self, things: Things) -> None:
        super().__init__(things)
        self.read: dict[str, None] = {}

    def __getitem__(self, name: str) -> str:
        self.read[name] = None
        return super().__getitem__(name)


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    """Every operation of an API document by method and path."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation
