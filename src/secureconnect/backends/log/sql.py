"""The Log port on a SQL database: what has gathered is decided together and written by a few statements."""

import asyncio
import logging
from asyncio import Future
from collections.abc import Sequence
from functools import partial
from typing import cast

from sqlalchemy import Connection

from secureconnect.backends.disk import DiskGuard
from secureconnect.backends.log import rows
from secureconnect.backends.log.batch import REFUSALS, Batch, ClientKey
from secureconnect.backends.log.heads import Heads
from secureconnect.backends.log.port import Appended, Draft, Listener, LogHead, Page, Projection, Stored
from secureconnect.backends.log.recent import Recent
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.crashpoints import CrashPoints

logger = logging.getLogger(__name__)

RECENT_MAX = 20_000
"""client_ids that are looked up before they are written, for they may come again: a hint, never an answer."""

ALWAYS = frozenset({"delete", "member"})
"""The kinds that go on when the disk is nearly full: they take something away."""


class Standing:
    """The new events of one transaction, and whether the listener was told of them."""

    __slots__ = ("events", "told")

    def __init__(self, events: list[Appended]) -> None:
        self.events = events
        self.told = False


class Ask:
    """Drafts that stand or fall together, and the transaction in which they did."""

    __slots__ = ("alone", "doubtful", "drafts", "standing")

    def __init__(self, drafts: Sequence[Draft], alone: bool) -> None:
        self.drafts = drafts
        self.alone = alone
        self.doubtful = False
        self.standing: Standing | None = None


class LogOnSql:
    """A log in the tables of `tables.py`; `project` runs in the transaction of the events that it is given."""

    def __init__(
        self,
        sql: Sql,
        project: Projection | None = None,
        disk: DiskGuard | None = None,
        crashpoints: CrashPoints | None = None,
    ) -> None:
        self._sql = sql
        self._project = project
        self._disk = disk
        self._crashpoints = crashpoints or CrashPoints()
        self._heads = Heads()
        self._recent: Recent[ClientKey, bool] = Recent(RECENT_MAX)
        self._listener: Listener | None = None
        self._untold: list[Standing] = []

    def append(self, draft: Draft) -> "Future[Appended]":
        """Stand one event; see the port."""
        return cast("Future[Appended]", self._ask(Ask((draft,), alone=True)))

    def append_all(self, drafts: Sequence[Draft]) -> "Future[list[Appended]]":
        """Stand several events of one conversation; see the port. Raises ValueError for none, or for several logs."""
        if len({draft.conversation for draft in drafts}) != 1 or any(draft.opens for draft in drafts[1:]):
            raise ValueError("append_all takes the events of one conversation, of which the first may open it")
        return cast("Future[list[Appended]]", self._ask(Ask(tuple(drafts), alone=False)))

    def listen(self, listener: Listener) -> None:
        """Take the one listener for what is new; see the port."""
        self._listener = listener

    async def page_after(self, conversation: str, after: int, limit: int, kinds: frozenset[str] | None = None) -> Page:
        """A page upwards; with kinds it looks through a bounded range, and `more` says to ask on from `to_seq`."""
        return await self._sql.read(rows.page_after, conversation, after, limit, kinds)

    async def page_before(
        self, conversation: str, before: int, limit: int, kinds: frozenset[str] | None = None
    ) -> Page:
        """A page downwards; with kinds it looks through a bounded range, and `more` says to ask on from `from_seq`."""
        return await self._sql.read(rows.page_before, conversation, before, limit, kinds)

    async def find(self, conversation: str, event_id: str) -> Stored | None:
        """One event; see the port."""
        return await self._sql.read(rows.find_event, conversation, event_id)

    async def head(self, conversation: str) -> LogHead | None:
        """Where a log stands; see the port."""
        return await self._sql.read(rows.find_head, conversation)

    def _ask(self, ask: Ask) -> "Future[Appended | list[Appended]]":
        if self._disk is not None and not self._disk.allows_messages() and grows(ask.drafts):
            refused: Future[Appended | list[Appended]] = asyncio.get_running_loop().create_future()
            refused.set_exception(Fault(Code.DISK_FULL))
            return refused
        future = self._sql.gather(self._stand, ask)
        future.add_done_callback(partial(self._answered, ask))
        return future

    def _stand(self, connection: Connection, asks: Sequence[Ask]) -> Sequence[Appended | list[Appended] | Exception]:
        """The batch function: on the database's side, in one transaction."""
        self._crashpoints.reach("log.before_append")
        conversations = [ask.drafts[0].conversation for ask in asks]
        try:
            return self._stand_all(connection, asks, Batch(connection, self._heads.load(connection, conversations)))
        except Exception:
            # The heads may be ahead of a commit that did not stand; what stands already is looked up next time.
            self._heads.forget(conversations)
            for ask in asks:
                ask.doubtful = True
            raise

    def _stand_all(
        self, connection: Connection, asks: Sequence[Ask], batch: Batch
    ) -> Sequence[Appended | list[Appended] | Exception]:
        results: list[Appended | list[Appended] | Exception] = []
        standing = Standing(batch.new)
        for ask in asks:
            first = ask.drafts[0]
            doubtful = ask.doubtful or (first.conversation, first.device, first.client_id) in self._recent
            ask.standing = standing
            try:
                appended = batch.decide(ask.drafts, doubtful)
            except REFUSALS as refusal:
                results.append(refusal)
            else:
                results.append(appended[0] if ask.alone else appended)
        batch.write()
        self._crashpoints.reach("log.after_append")
        if self._project is not None and batch.new:
            self._project(connection, batch.new)
        self._heads.keep(batch.moved)
        for key in batch.sent:
            self._recent.put(key, True)
        return results

    def _answered(self, ask: Ask, future: "Future[Appended | list[Appended]]") -> None:
        """On the loop, before the caller goes on: note what the listener is to be told."""
        if future.cancelled():
            # Its event may stand all the same, and the other members are to see it.
            look = self._sql.gather(self._look, ask)
            look.add_done_callback(partial(self._looked, ask))
        elif future.exception() is None:
            self._crashpoints.reach("log.before_resolve")
            self._note(ask)

    def _note(self, ask: Ask) -> None:
        standing = ask.standing
        if standing is None or standing.told or not standing.events:
            return
        standing.told = True
        if not self._untold:
            asyncio.get_running_loop().call_soon(self._tell)
        self._untold.append(standing)

    def _tell(self) -> None:
        untold, self._untold = self._untold, []
        for standing in untold:
            if self._listener is None:
                continue
            try:
                self._listener(standing.events)
            except Exception:
                logger.exception("log: the listener failed on %d events", len(standing.events))

    def _look(self, connection: Connection, asks: Sequence[Ask]) -> Sequence[bool]:
        """Whether the drafts of each stand in the log."""
        firsts = [ask.drafts[0] for ask in asks]
        return [rows.find_event(connection, first.conversation, first.event_id) is not None for first in firsts]

    def _looked(self, ask: Ask, look: "Future[bool]") -> None:
        if not look.cancelled() and look.exception() is None and look.result():
            self._note(ask)


def grows(drafts: Sequence[Draft]) -> bool:
    """Whether drafts add to what is kept, so that they wait until there is room on the disk."""
    return any(draft.opens or draft.kind not in ALWAYS for draft in drafts)
