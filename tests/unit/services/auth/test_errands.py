"""What is owed to other services is done, however often it must be asked."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from msgspec import Struct

from secureconnect.backends.peers.local import LocalPeers
from secureconnect.backends.peers.port import answered
from secureconnect.backends.sql.sqlite import SqliteSql
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import (
    CHAT_JOIN,
    CHAT_RETIRE,
    STORAGE_FORGET,
    STORAGE_PICTURE_END,
    AccountOnly,
    Done,
    JoinAsk,
    RetireAsk,
)
from secureconnect.kit.clock import ManualClock
from secureconnect.kit.ids import Ids
from secureconnect.services.auth.errands import AGAIN_MS_MAX, CLAIM_MS, Errands, owe
from secureconnect.services.auth.store import errands as store
from secureconnect.services.auth.store.tables import METADATA
from tests.fixtures.sql import open_sqlite

pytestmark = pytest.mark.anyio
JOIN = JoinAsk("a", "b", ["c"])


class House:
    """Errands over a database, with services that answer or do not."""

    def __init__(self, sql: SqliteSql) -> None:
        self.sql = sql
        self.clock = ManualClock()
        self.asked: list[Struct] = []
        self.away = False
        local = LocalPeers()
        local.serve("chat", [answered(CHAT_JOIN, self.answer), answered(CHAT_RETIRE, self.answer)])
        local.serve("storage", [answered(STORAGE_FORGET, self.answer), answered(STORAGE_PICTURE_END, self.answer)])
        self.errands = Errands(sql, local.as_caller("auth"), self.clock, Ids(self.clock))

    async def answer(self, ask: Struct) -> Done:
        """Note the question, or be away."""
        if self.away:
            raise Fault(Code.UNAVAILABLE)
        self.asked.append(ask)
        return Done()

    async def owed(self) -> list[store.ErrandRow]:
        """What is owed at all."""
        return await self.sql.read(store.due, 2**60, 100)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncGenerator[House]:
    async with open_sqlite(tmp_path / "auth.db", METADATA) as sql:
        yield House(sql)


async def test_each_kind_of_errand_is_asked_in_its_own_words_and_forgotten(house: House) -> None:
    asks = [
        house.errands.new(CHAT_JOIN, JOIN),
        house.errands.new(CHAT_RETIRE, RetireAsk("a", closed=True, delete_messages=True)),
        house.errands.new(STORAGE_FORGET, AccountOnly("a")),
        house.errands.new(STORAGE_PICTURE_END, AccountOnly("p")),
    ]
    for row in asks:
        await house.sql.write(owe, row)
    await house.errands.run([row.id for row in asks])
    assert house.asked == [JOIN, RetireAsk("a", True, True), AccountOnly("a"), AccountOnly("p")]
    assert await house.owed() == []


async def test_an_errand_that_failed_is_asked_again_later_and_ever_more_rarely(house: House) -> None:
    house.away = True
    row = house.errands.new(CHAT_JOIN, JOIN)
    await house.sql.write(owe, row)
    waits: list[int] = []
    for _ in range(10):
        await house.errands.run_due()
        due_at = (await house.owed())[0].due_at
        waits.append(due_at - house.clock.now_ms())
        await house.errands.run_due()
        assert (await house.owed())[0].due_at == due_at
        house.clock.advance_s(waits[-1] / 1000)
    assert waits[:3] == [CLAIM_MS, 2 * CLAIM_MS, 4 * CLAIM_MS]
    assert waits[-1] == AGAIN_MS_MAX
    house.away = False
    await house.errands.run_due()
    assert (house.asked, await house.owed()) == ([JOIN], [])


async def test_an_errand_of_an_act_that_failed_is_not_owed(house: House) -> None:
    def fails(connection: object) -> None:
        owe(connection, house.errands.new(CHAT_JOIN, JOIN))  # type: ignore[arg-type]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await house.sql.write(fails)
    await house.sql.write(owe, None)
    assert await house.owed() == []


async def test_two_processes_do_not_do_one_errand_at_once(house: House) -> None:
    row = house.errands.new(CHAT_JOIN, JOIN)
    await house.sql.write(owe, row)
    taken = [await house.sql.write(store.take, row, house.clock.now_ms() + 1000) for _ in range(2)]
    assert taken == [True, False]
