"""Opens what is stored while no node runs, for whoever compares and repairs it."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from secureconnect.backends.blobs.files import FileBlobs
from secureconnect.backends.blobs.port import Blobs
from secureconnect.backends.disk import DiskGuard
from secureconnect.backends.log.port import Stored
from secureconnect.backends.log.whole import all_events, event_count, uneven
from secureconnect.backends.sql.port import Sql
from secureconnect.backends.sql.sqlite import SqliteSql
from secureconnect.kit.clock import SystemClock
from secureconnect.wiring.prepare import Prepared


@dataclass(frozen=True)
class LogReading:
    """The log read from end to end over a connection: its events, their number, and the logs that are not dense."""

    events: Callable[[Connection], Iterator[Stored]]
    count: Callable[[Connection], int]
    uneven: Callable[[Connection], list[str]]


@dataclass(frozen=True)
class Data:
    """What is stored: None for a service that keeps nothing in this data folder."""

    log: LogReading
    chat: Sql | None
    storage: Sql | None
    blobs: Blobs


@asynccontextmanager
async def open_data(prepared: Prepared) -> AsyncGenerator[Data]:
    """Open the databases and the bytes that are there. Raises what opening a damaged database raises."""
    disk = DiskGuard(prepared.data_dir, SystemClock(), 0, 0, 0)
    async with AsyncExitStack() as opened:

        async def database(name: str) -> Sql | None:
            path = prepared.data_dir / f"{name}.db"
            if not path.exists():
                return None
            sql = SqliteSql(path, None, disk)
            opened.push_async_callback(sql.close)
            await sql.start()
            return sql

        blobs = FileBlobs(prepared.data_dir / "files", disk)
        opened.push_async_callback(blobs.close)
        reading = LogReading(all_events, event_count, uneven)
        yield Data(reading, await database("chat"), await database("storage"), blobs)
