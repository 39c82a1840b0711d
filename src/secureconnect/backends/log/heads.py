"""Heads of logs that are kept in memory between batches; the database compares them when they move."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from secureconnect.backends.log.recent import Recent
from secureconnect.backends.log.tables import heads

KEPT_MAX = 50_000

_select_heads = select(heads.c.conversation, heads.c.seq, heads.c.member_version).where(
    heads.c.conversation.in_(bindparam("conversations", expanding=True))
)


class Head(NamedTuple):
    """Where a log stands, and its membership version."""

    seq: int
    member_version: int


class Heads:
    """The heads that were used last, at most `kept_max`; used on the database's writing side alone.

    Where several processes write one database nothing is kept: the rows are read and locked each time.
    """

    def __init__(self, kept_max: int = KEPT_MAX) -> None:
        self._kept: Recent[str, Head] = Recent(kept_max)

    def load(self, connection: Connection, conversations: Iterable[str]) -> dict[str, Head]:
        """The heads of those of the conversations that exist."""
        wanted = dict.fromkeys(conversations)
        shared = connection.dialect.name != "sqlite"
        found = {} if shared else {name: head for name in wanted if (head := self._kept.get(name)) is not None}
        lacking = [name for name in wanted if name not in found]
        if lacking:
            statement = _select_heads.order_by(heads.c.conversation).with_for_update() if shared else _select_heads
            for name, seq, member_version in connection.execute(statement, {"conversations": lacking}):
                found[name] = Head(seq, member_version)
        return found

    def keep(self, moved: Mapping[str, Head]) -> None:
        """Remember heads as they stand within the present transaction."""
        self._kept.update(moved)

    def forget(self, conversations: Iterable[str]) -> None:
        """Read these anew next time."""
        for name in conversations:
            self._kept.drop(name)
