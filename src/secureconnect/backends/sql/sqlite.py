"""The Sql port on one SQLite file: a writing thread that commits in groups and a few that read."""

import asyncio
from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from secureconnect.backends.disk import DiskGuard
from secureconnect.backends.sql.asked import Asked, Gathered
from secureconnect.backends.sql.sqlite_connection import CHECKED_BYTES_MAX, Connected, SqliteFile
from secureconnect.backends.sql.sqlite_readers import Readers
from secureconnect.backends.sql.sqlite_writer import Writer
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.crashpoints import CrashPoints

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")
Result = TypeVar("Result")

WAITING_MAX = 20_000
READERS = 3


class SqliteSql:
    """A database in a file of this machine; durable (WAL, synchronous=FULL) when a write returns.

    Nothing is touched before `start`. More than `waiting_max` pieces of work that wait are refused as UNAVAILABLE.
    """

    def __init__(
        self,
        path: Path,
        crashpoints: CrashPoints | None = None,
        disk: DiskGuard | None = None,
        readers: int = READERS,
        waiting_max: int = WAITING_MAX,
        checked_bytes_max: int = CHECKED_BYTES_MAX,
    ) -> None:
        self._file = SqliteFile(path, checked_bytes_max)
        self._writer = Writer(self._file, crashpoints or CrashPoints(), disk)
        self._readers = Readers(self._file, readers, disk)
        self._waiting_max = waiting_max
        self._loop: AbstractEventLoop | None = None

    async def start(self) -> None:
        """Open the file, made where there is none.

        Raises DatabaseDamaged (a file that is not whole), SchemaTooNew (later code migrated it) and DatabaseUnfit.
        """
        loop = asyncio.get_running_loop()
        self._writer.start(loop, await loop.run_in_executor(None, self._prepare))
        self._readers.start(loop)
        self._loop = loop

    def _prepare(self) -> Connected:
        self._file.create()
        self._file.check()
        return self._file.writer()

    async def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One transaction, durable when it returns; see the port."""
        loop = self._running(self._writer)
        future: Future[T] = loop.create_future()
        self._writer.ask(Asked(future, work, args, kwargs))
        return await future

    async def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One snapshot that holds every write answered before; see the port."""
        loop = self._running(self._readers)
        future: Future[T] = loop.create_future()
        self._readers.ask(Asked(future, work, args, kwargs))
        return await future

    def gather(
        self, batch: Callable[[Connection, Sequence[Item]], Sequence[Result | Exception]], item: Item
    ) -> Future[Result]:
        """Work that is cheaper many at a time; see the port."""
        future: Future[Result] = asyncio.get_running_loop().create_future()
        try:
            self._running(self._writer)
        except Fault as fault:
            future.set_exception(fault)
            return future
        self._writer.ask(Gathered(future, batch, (item,)))
        return future

    async def ping(self) -> None:
        """Return when the writer answers; raises Fault(UNAVAILABLE) when not."""
        await self.write(_touch)

    async def close(self) -> None:
        """Finish what was asked for, fold the write-ahead log into the file and let it go."""
        if self._loop is None:
            return
        self._loop = None
        await self._readers.close()
        await self._writer.close()

    def _running(self, worker: Writer | Readers) -> AbstractEventLoop:
        """The loop; raises Fault when the database is not open or has too much waiting."""
        if self._loop is None:
            raise Fault(Code.STOPPING, "the database is closed")
        if worker.waiting() >= self._waiting_max:
            raise Fault(Code.UNAVAILABLE, "too much waits for the database")
        return self._loop


def _touch(connection: Connection) -> None:
    connection.exec_driver_sql("SELECT 1").fetchone()
