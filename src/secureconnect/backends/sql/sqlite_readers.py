"""The threads that read a SQLite file, each on its own connection and each read on one snapshot."""

import threading
from asyncio import AbstractEventLoop, Future
from queue import SimpleQueue

from secureconnect.backends.disk import DiskGuard
from secureconnect.backends.sql.asked import Asked, Outcome, failed, tell
from secureconnect.backends.sql.sqlite_connection import Connected, SqliteFile
from secureconnect.backends.sql.sqlite_faults import storage_fault


class Readers:
    """A small pool of reading threads behind one queue."""

    def __init__(self, file: SqliteFile, count: int, disk: DiskGuard | None) -> None:
        self._file = file
        self._count = count
        self._disk = disk
        self._queue: SimpleQueue[Asked | None] = SimpleQueue()
        self._threads: list[tuple[threading.Thread, Future[None]]] = []

    def start(self, loop: AbstractEventLoop) -> None:
        """Start the threads; each opens its connection with its first read."""
        self._loop = loop
        for number in range(self._count):
            ended: Future[None] = loop.create_future()
            name = f"{self._file.path.stem}-reader-{number}"
            thread = threading.Thread(target=self._run, args=(ended,), name=name, daemon=True)
            self._threads.append((thread, ended))
            thread.start()

    def waiting(self) -> int:
        """How many reads were asked for and not begun."""
        return self._queue.qsize()

    def ask(self, asked: Asked) -> None:
        """Queue a read."""
        self._queue.put(asked)

    async def close(self) -> None:
        """Finish what was asked for and end the threads."""
        for _ in self._threads:
            self._queue.put(None)
        for thread, ended in self._threads:
            await ended
            thread.join()

    def _run(self, ended: Future[None]) -> None:
        connected: Connected | None = None
        while (asked := self._queue.get()) is not None:
            if asked.future.cancelled():
                continue
            try:
                connected = connected or self._file.reader()
                outcome = _read(connected, asked)
            except Exception as error:
                fault = storage_fault(error, self._disk)
                outcome = failed(asked, fault or error)
                if connected is not None and (fault is not None or connected.driver.in_transaction):
                    connected.close()
                    connected = None
            tell(self._loop, [outcome])
        if connected is not None:
            connected.close()
        tell(self._loop, [(ended, None, None)])


def _read(connected: Connected, asked: Asked) -> Outcome:
    connected.driver.execute("BEGIN")
    try:
        value = asked.run(connected.core)
    finally:
        connected.driver.execute("ROLLBACK")
    return (asked.future, value, None)
