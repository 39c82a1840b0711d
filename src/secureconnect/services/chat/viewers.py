"""Who may see when somebody is there: both show it, none blocks the other, they share a conversation or are friends."""

from collections.abc import Sequence

from secureconnect.backends.sql.port import Sql
from secureconnect.services.chat.people import People
from secureconnect.services.chat.store.presence import read_sharing


class Viewers:
    """Decides it for one who watches and many who are watched."""

    def __init__(self, sql: Sql, people: People) -> None:
        self._sql = sql
        self._people = people

    async def seen_by(self, account: str, others: Sequence[str]) -> frozenset[str]:
        """Those of the others whom the account may see. Raises Fault(UNAVAILABLE)."""
        wanted = [other for other in others if other != account]
        if not wanted:
            return frozenset()
        people = await self._people.of([account, *wanted])
        own = people.get(account)
        if own is None or not own.privacy.last_seen:
            return frozenset()
        blocks = await self._people.blocks(account)
        open_ones = [
            other
            for other in wanted
            if (person := people.get(other)) is not None
            and person.privacy.last_seen
            and not person.closed
            and not person.disabled
            and not blocks.between(other)
        ]
        if not open_ones:
            return frozenset()
        sharing = await self._sql.read(read_sharing, account, open_ones)
        strangers = [other for other in open_ones if other not in sharing]
        relations = await self._people.relations(account, strangers) if strangers else {}
        return frozenset(sharing | {other for other in strangers if other in relations and relations[other].friends})
