"""What every adapter of the Sql port keeps."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert, select
from sqlalchemy.exc import IntegrityError

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Fault
from tests.fixtures.sql import open_sqlite

pytestmark = pytest.mark.anyio

metadata = MetaData()
words = Table(
    "words",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("word", String, nullable=False, unique=True),
)

Opens = Callable[[], AbstractAsyncContextManager[Sql]]


@pytest.fixture(params=["sqlite"])
def opens(request: pytest.FixtureRequest, tmp_path: Path) -> Opens:
    """Opens the database of this test, each time the same one."""
    assert request.param == "sqlite"
    return lambda: open_sqlite(tmp_path / "words.sqlite", metadata)


@pytest.fixture
async def sql(opens: Opens) -> AsyncIterator[Sql]:
    """A database with the table of words."""
    async with opens() as opened:
        yield opened


def put(connection: Connection, number: int, word: str) -> int:
    connection.execute(insert(words), {"number": number, "word": word})
    return number


def put_then_fail(connection: Connection, number: int) -> None:
    put(connection, number, f"word {number}")
    raise LookupError(str(number))


def all_words(connection: Connection) -> list[str]:
    return list(connection.execute(select(words.c.word).order_by(words.c.number)).scalars())


def put_many(connection: Connection, items: Sequence[tuple[int, str]]) -> Sequence[int | Exception]:
    wanted = [(number, word) for number, word in items if word]
    if wanted:
        connection.execute(insert(words), [{"number": number, "word": word} for number, word in wanted])
    return [number if word else ValueError("no word") for number, word in items]


async def test_a_write_returns_what_its_work_returns_and_reads_see_it(sql: Sql) -> None:
    """What a write answered is what its work returned, and the next read sees it."""
    for number in range(20):
        assert await sql.write(put, number, word=f"word {number}") == number
        assert len(await sql.read(all_words)) == number + 1


async def test_many_writes_at_once_all_stand(sql: Sql) -> None:
    """Writes that are asked for together each get their own answer."""
    answers = await asyncio.gather(*[sql.write(put, number, f"word {number}") for number in range(600)])
    assert answers == list(range(600))
    assert len(await sql.read(all_words)) == 600


async def test_an_error_of_the_work_is_its_callers_alone(sql: Sql) -> None:
    """Work that raises is rolled back and told to its caller; what was committed with it stands."""
    asked = [sql.write(put_then_fail if number % 3 == 0 else put_named, number) for number in range(60)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    for number, answer in enumerate(answers):
        if number % 3 == 0:
            assert isinstance(answer, LookupError)
            assert answer.args == (str(number),)
        else:
            assert answer == number
    assert len(await sql.read(all_words)) == 40


def put_named(connection: Connection, number: int) -> int:
    return put(connection, number, f"word {number}")


async def test_a_lone_write_that_raises_leaves_nothing(sql: Sql) -> None:
    """Also work that is alone in its transaction is rolled back when it raises, and the next write works."""
    with pytest.raises(LookupError):
        await sql.write(put_then_fail, 1)
    assert await sql.read(all_words) == []
    assert await sql.write(put, 1, "one") == 1


async def test_a_broken_constraint_reaches_the_caller(sql: Sql) -> None:
    """A constraint that the work breaks comes out as SQLAlchemy's IntegrityError."""
    await sql.write(put, 1, "one")
    with pytest.raises(IntegrityError):
        await sql.write(put, 2, "one")
    assert await sql.read(all_words) == ["one"]


async def test_gathered_items_are_handed_over_together(sql: Sql) -> None:
    """Items of one batch function that wait together come to it in one call, in the order of asking."""
    calls: list[list[int]] = []

    def batch(connection: Connection, items: Sequence[tuple[int, str]]) -> Sequence[int | Exception]:
        calls.append([number for number, _ in items])
        return put_many(connection, items)

    assert await asyncio.gather(*[sql.gather(batch, (number, f"w{number}")) for number in range(300)]) == list(
        range(300)
    )
    assert [number for call in calls for number in call] == list(range(300))
    assert len(calls) < 30


async def test_a_refused_item_fails_alone(sql: Sql) -> None:
    """A result that is an exception is raised to that item's caller; the others of the call stand."""
    items = [(number, "" if number == 7 else f"w{number}") for number in range(20)]
    answers = await asyncio.gather(*[sql.gather(put_many, item) for item in items], return_exceptions=True)
    assert isinstance(answers.pop(7), ValueError)
    assert answers == [number for number in range(20) if number != 7]
    assert len(await sql.read(all_words)) == 19


async def test_an_item_that_breaks_its_batch_fails_alone(sql: Sql) -> None:
    """When the batch function raises, each item is tried by itself, and only the bad one fails."""
    await sql.write(put, 100, "taken")
    items = [(number, "taken" if number == 7 else f"w{number}") for number in range(20)]
    answers = await asyncio.gather(*[sql.gather(put_many, item) for item in items], return_exceptions=True)
    assert isinstance(answers.pop(7), IntegrityError)
    assert answers == [number for number in range(20) if number != 7]
    assert len(await sql.read(all_words)) == 20


async def test_a_lone_item_that_breaks_its_batch_fails_and_the_next_stands(sql: Sql) -> None:
    """Also an item that is alone in its transaction is rolled back when the batch function raises."""
    await sql.write(put, 100, "taken")
    with pytest.raises(IntegrityError):
        await sql.gather(put_many, (1, "taken"))
    assert await sql.gather(put_many, (1, "free")) == 1


async def test_writes_and_gathered_items_keep_the_order_of_asking(sql: Sql) -> None:
    """No gathered item passes a write that was asked for before or after it."""
    order: list[int] = []

    def note(connection: Connection, number: int) -> None:
        order.append(number)

    def note_all(connection: Connection, items: Sequence[int]) -> Sequence[None]:
        order.extend(items)
        return [None] * len(items)

    async def ask(number: int) -> None:
        await (sql.gather(note_all, number) if number % 4 else sql.write(note, number))

    await asyncio.gather(*[ask(number) for number in range(100)])
    assert order == list(range(100))


async def test_what_was_answered_stands_after_opening_again(opens: Opens) -> None:
    """A write that was answered is there when the database is opened again."""
    async with opens() as sql:
        await sql.write(put, 1, "one")
        await sql.gather(put_many, (2, "two"))
    async with opens() as sql:
        assert await sql.read(all_words) == ["one", "two"]


async def test_closing_finishes_what_was_asked_for(opens: Opens) -> None:
    """Work that waits when the database is closed is done first."""
    async with opens() as sql:
        asked = [sql.gather(put_many, (number, f"w{number}")) for number in range(500)]
    assert await asyncio.gather(*asked) == list(range(500))
    async with opens() as sql:
        assert len(await sql.read(all_words)) == 500


async def test_asking_a_closed_database_is_an_error(opens: Opens) -> None:
    """After closing, writes, reads and gathered items are refused with a Fault."""
    async with opens() as sql:
        await sql.ping()
    with pytest.raises(Fault):
        await sql.write(put, 1, "one")
    with pytest.raises(Fault):
        await sql.read(all_words)
    refused = sql.gather(put_many, (1, "one"))
    with pytest.raises(Fault):
        await refused


async def test_a_read_cannot_write(sql: Sql) -> None:
    """A read that tries to change something is refused."""
    with pytest.raises(Exception, match=r"read-?only|readonly|not kept|cannot be written"):
        await sql.read(put, 1, "one")
    assert await sql.read(all_words) == []


async def test_a_caller_that_has_gone_leaves_the_others_alone(sql: Sql) -> None:
    """Cancelling callers changes nothing for the others."""
    tasks = [asyncio.create_task(sql.write(put, number, f"w{number}")) for number in range(100)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert list(answers[1::2]) == list(range(1, 100, 2))
    assert await sql.write(put, 1000, "last") == 1000
