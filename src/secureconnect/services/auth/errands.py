"""What is owed to other services since a commit: asked at once, and again until they have answered."""

from collections.abc import Sequence

import msgspec
import structlog
from msgspec import Struct
from sqlalchemy import Connection

from secureconnect.backends.peers.port import Peers
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Fault
from secureconnect.contracts.peers import (
    CHAT_JOIN,
    CHAT_RETIRE,
    STORAGE_FORGET,
    STORAGE_PICTURE_END,
    Ask,
    Done,
    PeerCall,
)
from secureconnect.kit.clock import Clock
from secureconnect.kit.ids import Ids
from secureconnect.services.auth.store import errands as store
from secureconnect.services.auth.store.errands import ErrandRow

CLAIM_MS = 10_000
AGAIN_MS_MAX = 15 * 60 * 1000
BATCH = 50
ASK_S = 3.0
_CALLS: dict[str, PeerCall[Struct, Done]] = {
    call.name: call  # type: ignore[misc]  # each is asked with its own type, decoded by it
    for call in (CHAT_JOIN, CHAT_RETIRE, STORAGE_FORGET, STORAGE_PICTURE_END)
}
log = structlog.get_logger("auth.errands")


class Errands:
    """Calls that follow from a committed act; other services answer a repeated one as the first."""

    def __init__(self, sql: Sql, peers: Peers, clock: Clock, ids: Ids) -> None:
        self._sql = sql
        self._peers = peers
        self._clock = clock
        self._ids = ids

    def new(self, call: PeerCall[Ask, Done], ask: Ask) -> ErrandRow:
        """An errand to be kept by `owe` in the transaction of the act."""
        return ErrandRow(self._ids.new(), call.name, msgspec.json.encode(ask).decode(), 0, self._clock.now_ms())

    async def run(self, ids: Sequence[str]) -> None:
        """Try these now, once, so that what follows from an act mostly stands when it is answered."""
        for row in await self._sql.read(store.by_ids, ids):
            await self._try(row)

    async def run_due(self) -> None:
        """Try what is due."""
        for row in await self._sql.read(store.due, self._clock.now_ms(), BATCH):
            await self._try(row)

    async def _try(self, row: ErrandRow) -> None:
        wait_ms = min(AGAIN_MS_MAX, CLAIM_MS * 2 ** min(row.tries, 10))
        if not await self._sql.write(store.take, row, self._clock.now_ms() + wait_ms):
            return
        call = _CALLS[row.call]
        ask = msgspec.json.decode(row.payload.encode(), type=call.ask)
        try:
            await self._peers.ask(call, ask, timeout_s=ASK_S)
        except Fault as fault:
            log.warning("an errand is tried again later", call=row.call, tries=row.tries + 1, code=fault.code.wire)
            return
        await self._sql.write(store.done, row.id)


def owe(connection: Connection, row: ErrandRow | None) -> None:
    """Keep an errand in the transaction of the act that owes it; nothing for None."""
    if row is not None:
        store.owe(connection, row)
