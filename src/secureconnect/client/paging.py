"""Lists that come by page: all of one by `async for`, or one page at a time."""

from collections.abc import AsyncIterator, Sequence
from typing import Generic, Protocol, TypeVar

from secureconnect.client.transport import Http

Row = TypeVar("Row")
Row_co = TypeVar("Row_co", covariant=True)


class Page(Protocol[Row_co]):
    """One page of a list."""

    @property
    def items(self) -> Sequence[Row_co]:
        """Its rows."""
        ...

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins; None after the last."""
        ...


class Listing(Generic[Row]):
    """A list of the server; `async for row in listing` reads page after page."""

    def __init__(self, http: Http, answer: type[Page[Row]], path: str, query: dict[str, object] | None = None) -> None:
        self._http = http
        self._answer = answer
        self._path = path
        self._query = query or {}

    async def page(self, cursor: str | None = None, limit: int | None = None) -> Page[Row]:
        """One page of at most `limit` rows, from `cursor` on."""
        return await self._http.ask(
            self._answer, "GET", self._path, query={**self._query, "cursor": cursor, "limit": limit}
        )

    async def all(self) -> list[Row]:
        """All rows, page after page."""
        return [row async for row in self]

    async def __aiter__(self) -> AsyncIterator[Row]:
        cursor: str | None = None
        while True:
            page = await self.page(cursor)
            for row in page.items:
                yield row
            cursor = page.next_cursor
            if cursor is None:
                return
