"""The one thread that writes to a SQLite file: it commits together what has gathered, with one fsync for all."""

import logging
import sqlite3
import threading
from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Sequence
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from secureconnect.backends.disk import DiskGuard
from secureconnect.backends.sql.asked import Asked, Gathered, Outcome, failed, tell
from secureconnect.backends.sql.sqlite_connection import BUSY_MS, Connected, SqliteFile
from secureconnect.backends.sql.sqlite_faults import storage_fault
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.crashpoints import CrashPoints

logger = logging.getLogger(__name__)

BATCH_MAX = 256
IDLE_S = 1.0


class StorageLost(Exception):
    """The transaction is gone with all that was in it; `fault` is what its callers are told."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class Writer:
    """Owns the writing connection and its thread; asked from the loop, answers to the loop once per commit."""

    def __init__(self, file: SqliteFile, crashpoints: CrashPoints, disk: DiskGuard | None) -> None:
        self._file = file
        self._crashpoints = crashpoints
        self._disk = disk
        self._queue: SimpleQueue[Asked | None] = SimpleQueue()
        self._connected: Connected | None = None
        self._grown = False

    def start(self, loop: AbstractEventLoop, connected: Connected) -> None:
        """Start the thread on an open connection; after a failure it opens the next one itself."""
        self._loop = loop
        self._connected = connected
        self._ended: Future[None] = loop.create_future()
        self._thread = threading.Thread(target=self._run, name=f"{self._file.path.stem}-writer", daemon=True)
        self._thread.start()

    def waiting(self) -> int:
        """How much was asked for and not begun."""
        return self._queue.qsize()

    def ask(self, asked: Asked) -> None:
        """Queue a piece of work."""
        self._queue.put(asked)

    async def close(self) -> None:
        """Finish what was asked for, fold the write-ahead log into the file and end the thread."""
        self._queue.put(None)
        await self._ended
        self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            batch, going = self._drain()
            if batch:
                tell(self._loop, self._commit(batch))
        self._fold()
        self._disconnect()
        tell(self._loop, [(self._ended, None, None)])

    def _drain(self) -> tuple[list[Asked], bool]:
        """Wait for work and take what has gathered; False once there will be no more."""
        queue = self._queue
        try:
            asked = queue.get(timeout=IDLE_S) if self._grown else queue.get()
        except Empty:
            self._fold()
            return [], True
        batch: list[Asked] = []
        while asked is not None:
            if not asked.future.cancelled():
                batch.append(asked)
            if len(batch) == BATCH_MAX or not queue.qsize():
                return batch, True
            asked = queue.get_nowait()
        return batch, False

    def _commit(self, batch: Sequence[Asked]) -> Sequence[Outcome]:
        try:
            return self._transact(batch)
        except StorageLost as lost:
            fault = lost.fault
        except Exception as error:
            logger.exception("sql: a commit of %s failed", self._file.path.name)
            fault = storage_fault(error, self._disk) or Fault(Code.UNAVAILABLE, "the database failed")
        logger.warning("sql: %s lost a commit of %d: %s", self._file.path.name, len(batch), fault.detail)
        # What a failed write left in the connection's cache is not trusted: the next batch opens the file anew.
        self._disconnect()
        return [(asked.future, None, Fault(fault.code, fault.detail)) for asked in batch]

    def _transact(self, batch: Sequence[Asked]) -> list[Outcome]:
        connected = self._connected or self._file.writer()
        self._connected = connected
        steps = arrange(batch)
        connected.driver.execute("BEGIN IMMEDIATE")
        work = Transaction(connected, self._disk, whole=len(steps) == 1)
        changes = connected.driver.total_changes
        outcomes: list[Outcome] = []
        for step in steps:
            outcomes.extend(work.run(step))
        self._crashpoints.reach("sql.before_commit")
        connected.driver.execute("COMMIT")
        self._crashpoints.reach("sql.after_commit")
        self._grown = self._grown or connected.driver.total_changes != changes
        return outcomes

    def _fold(self) -> None:
        """Move the write-ahead log into the file, so that erased text stands in neither; never waits for a reader."""
        self._grown = False
        if self._connected is None:
            return
        driver = self._connected.driver
        try:
            driver.execute("PRAGMA busy_timeout = 0")
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            driver.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        except sqlite3.Error as error:
            logger.warning("sql: %s could not be checkpointed: %s", self._file.path.name, error)
            self._disconnect()

    def _disconnect(self) -> None:
        if self._connected is None:
            return
        connected, self._connected = self._connected, None
        try:
            connected.close()
        except sqlite3.Error as error:
            logger.warning("sql: %s was not closed cleanly: %s", self._file.path.name, error)


class Transaction:
    """One transaction that is under way; `whole` when it is of one step, which then needs no savepoint."""

    def __init__(self, connected: Connected, disk: DiskGuard | None, whole: bool) -> None:
        self._core = connected.core
        self._driver = connected.driver
        self._disk = disk
        self._whole = whole

    def run(self, step: Sequence[Asked]) -> Sequence[Outcome]:
        """Do one write, or one call of a batch function; raises StorageLost when nothing of the transaction stands."""
        first = step[0]
        if not isinstance(first, Gathered):
            return [self._alone(first)]
        results, error = self._guarded(partial(first.batch, self._core, [asked.args[0] for asked in step]))
        if error is None and len(results) != len(step):
            raise ValueError(f"{first.batch} gave {len(results)} results for {len(step)} items")
        if error is not None:
            self._whole = False
            return [self._alone(asked) for asked in step]
        return [
            failed(asked, result) if isinstance(result, Exception) else (asked.future, result, None)
            for asked, result in zip(step, results, strict=True)
        ]

    def _alone(self, asked: Asked) -> Outcome:
        value, error = self._guarded(partial(asked.run, self._core))
        return (asked.future, value, None) if error is None else failed(asked, error)

    def _guarded(self, work: Callable[[], Any]) -> tuple[Any, Exception | None]:
        """What `work` returned or raised; when it raised nothing that it did stands, and the transaction goes on."""
        if not self._whole:
            self._driver.execute("SAVEPOINT one")
        try:
            value = work()
        except Exception as error:
            self._back(error)
            return None, error
        if not self._whole:
            self._driver.execute("RELEASE one")
        return value, None

    def _back(self, error: Exception) -> None:
        fault = storage_fault(error, self._disk)
        if fault is None and not self._driver.in_transaction:
            fault = Fault(Code.UNAVAILABLE, "the transaction was ended by its work")
        if fault is not None:
            raise StorageLost(fault) from error
        if self._whole:
            self._driver.execute("ROLLBACK")
            self._driver.execute("BEGIN IMMEDIATE")
        else:
            self._driver.execute("ROLLBACK TO one")
            self._driver.execute("RELEASE one")


def arrange(batch: Sequence[Asked]) -> list[list[Asked]]:
    """The steps of a transaction, in order: every write by itself; between two writes, the items of one batch function
    are one step, standing where its first item stood."""
    steps: list[list[Asked]] = []
    open_steps: dict[Callable[..., Any], list[Asked]] = {}
    for asked in batch:
        if not isinstance(asked, Gathered):
            open_steps.clear()
            steps.append([asked])
            continue
        step = open_steps.get(asked.batch)
        if step is None:
            step = open_steps[asked.batch] = []
            steps.append(step)
        step.append(asked)
    return steps
