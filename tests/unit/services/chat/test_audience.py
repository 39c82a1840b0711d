"""The index of who is connected: built by one query for each account, right while members come and go meanwhile."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.identity import Caller
from secureconnect.edge.socket import Connection
from secureconnect.services.chat.audience import Audience, Place
from tests.fixtures.chat import LogWorld, log_world

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[LogWorld]:
    async with log_world(tmp_path) as one:
        await one.open("c1", "anna", "ben")
        await one.open("c2", "anna", "eve")
        yield one


def socket_of(account: str) -> Connection:
    """A connection that was authenticated and never reaches a network."""
    connection = object.__new__(Connection)
    connection.caller = Caller(account, "d", "s", "bot", 0)
    return connection


async def test_a_socket_is_in_all_conversations_of_its_account_until_it_leaves(world: LogWorld) -> None:
    audience = Audience(world.sql)
    one, two, ben = socket_of("anna"), socket_of("anna"), socket_of("ben")
    for connection in (one, two, ben):
        await audience.enter(connection)
    assert set(audience.rooms) == {"c1", "c2"}
    assert audience.rooms["c1"].connections == [one, two, ben]
    assert audience.rooms["c1"].last_seq == 3
    assert not audience.leave(one)
    assert audience.leave(two)
    assert not audience.leave(two), "leaving twice is no fault"
    assert set(audience.rooms) == {"c1"}
    assert audience.leave(ben)
    assert (audience.rooms, audience.accounts()) == ({}, ())


async def test_many_sockets_of_one_account_share_one_query(world: LogWorld) -> None:
    audience = Audience(world.sql)
    sockets = [socket_of("anna") for _ in range(5)]
    await asyncio.gather(*(audience.enter(one) for one in sockets))
    assert audience.rooms["c1"].connections == sockets


async def test_changes_that_pass_while_the_conversations_are_read_are_not_undone(world: LogWorld) -> None:
    audience = Audience(world.sql)
    anna = socket_of("anna")
    entering = asyncio.ensure_future(audience.enter(anna))
    await asyncio.sleep(0)
    audience.dismiss("anna", "c1")
    audience.admit("anna", "c9", Place(5, 4))
    audience.admit("anna", "c8", Place(5, 4))
    audience.dismiss("anna", "c8")
    await entering
    assert set(audience.rooms) == {"c2", "c9"}
    assert (audience.rooms["c9"].last_seq, audience.first_seq("anna", "c9")) == (4, 5)
    assert audience.first_seq("anna", "c1") is None


async def test_who_comes_and_goes_is_followed_at_once(world: LogWorld) -> None:
    audience = Audience(world.sql)
    anna, eve = socket_of("anna"), socket_of("eve")
    await audience.enter(anna)
    await audience.enter(eve)
    audience.admit("eve", "c1", Place(9, 8))
    audience.admit("eve", "c1", Place(9, 8))
    assert audience.rooms["c1"].connections == [anna, eve]
    assert (audience.rooms["c1"].last_seq, audience.rooms["c1"].floor) == (3, 9)
    audience.dismiss("eve", "c1")
    audience.dismiss("eve", "c1")
    assert audience.rooms["c1"].connections == [anna]
    audience.admit("nobody", "c1", Place(1, 1))
    assert audience.conversations_of("nobody") == ()


async def test_a_socket_that_goes_before_it_is_seated_is_in_nothing(world: LogWorld) -> None:
    audience = Audience(world.sql)
    anna = socket_of("anna")
    entering = asyncio.ensure_future(audience.enter(anna))
    await asyncio.sleep(0)
    assert audience.leave(anna)
    await entering
    assert (audience.rooms, audience.accounts()) == ({}, ())


async def test_a_database_that_does_not_answer_is_told_and_asked_again(
    world: LogWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    audience = Audience(world.sql)
    anna = socket_of("anna")

    async def away(*_: object) -> None:
        raise Fault(Code.UNAVAILABLE)

    with monkeypatch.context() as patched:
        patched.setattr(world.sql, "read", away)
        with pytest.raises(Fault):
            await audience.enter(anna)
    audience.leave(anna)
    again = socket_of("anna")
    await audience.enter(again)
    assert audience.rooms["c1"].connections == [again]
