"""Durable rows in transactions; a store's functions are plain and synchronous over a SQLAlchemy Core connection."""

from asyncio import Future
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")
Result = TypeVar("Result")

Work = Callable[Concatenate[Connection, P], T]
Batch = Callable[[Connection, Sequence[Any]], Sequence[Any]]


class Sql(Protocol):
    """One database of one service."""

    async def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work(connection, *args)` as one transaction and return its value once the commit is durable.

        An exception that `work` raises rolls back what it did and comes out unchanged. The function may be run more
        than once (a serialization failure, a commit whose answer was lost), so it does nothing but SQL. Raises
        Fault(UNAVAILABLE) when the database does not answer, Fault(DISK_FULL) when it cannot grow.
        """
        ...

    async def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work(connection, *args)` on a connection that sees every write answered before; it must not write."""
        ...

    def gather(
        self, batch: Callable[[Connection, Sequence[Item]], Sequence[Result | Exception]], item: Item
    ) -> Future[Result]:
        """Like `write`, for work that is cheaper many at a time: what has gathered for the same `batch` is one call
        of it.

        `batch(connection, items)` returns one result per item, in order; a result that is an Exception is raised to
        that item's caller alone and nothing of that item may stand. When `batch` itself raises, everything is rolled
        back and each item is tried alone, so that one bad item fails alone. Items of one `batch` keep their order, and
        none passes a `write` that was asked for before or after it. Asking never waits and never raises: what is wrong
        is told by the future.
        """
        ...

    async def ping(self) -> None:
        """Return when the database answers; raises Fault(UNAVAILABLE) when not."""
        ...

    async def close(self) -> None:
        """Finish what was asked for, then let the database go; asking again afterwards is an error."""
        ...
