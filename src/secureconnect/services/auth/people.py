"""People: looked up by id, found by the beginning of a name."""

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.auth import PersonAnswer, PersonPage
from secureconnect.contracts.errors import Code, Fault, invalid
from secureconnect.edge.limits import Limiter
from secureconnect.services.auth.cursors import cursor_of, read_cursor
from secureconnect.services.auth.names import search_key
from secureconnect.services.auth.person import person, require_id
from secureconnect.services.auth.store import accounts as store
from secureconnect.services.auth.store import people as rows

IDS_MAX = 100
RATE = "search"


class People:
    """Tells who accounts are."""

    def __init__(self, sql: Sql, limiter: Limiter) -> None:
        self._sql = sql
        self._limiter = limiter

    async def get(self, account: str) -> PersonAnswer:
        """Who is this; a closed account is told as closed. Raises Fault(NOT_FOUND)."""
        row = await self._sql.read(store.by_id, require_id(account))
        if row is None:
            raise Fault(Code.NOT_FOUND)
        return person(row)

    async def named(self, ids: str) -> PersonPage:
        """Who are these (ids between commas), in the order asked for; unknown ones are left out.

        Raises Fault(INVALID) for none and for more than 100.
        """
        wanted = list(dict.fromkeys(part for part in ids.split(",") if part))
        if not 0 < len(wanted) <= IDS_MAX:
            raise invalid("query:ids", f"Name 1 to {IDS_MAX} accounts.")
        found = {row.id: row for row in await self._sql.read(store.by_ids, [each for each in wanted if each.isascii()])}
        return PersonPage([person(found[each]) for each in wanted if each in found], None)

    async def search(self, asker: str, text: str, cursor: str | None, limit: int) -> PersonPage:
        """Those who can sign in and whose username or display name begins so, by username.

        Whom the asker blocks, and who blocks the asker, is not found. Raises Fault(INVALID, TOO_MANY_REQUESTS).
        """
        await self._limiter.hit(RATE, asker)
        key = read_cursor(cursor, [str])
        prefix = search_key(text)
        if not prefix:
            raise invalid("query:query", "Give the beginning of a name.")
        if not prefix.isprintable():
            return PersonPage([], None)
        after = str(key[0]) if key is not None else None
        found = await self._sql.read(rows.search, asker, prefix, after, limit + 1)
        more = len(found) > limit
        return PersonPage(
            [person(row) for row in found[:limit]], cursor_of(found[limit - 1].username_key) if more else None
        )
