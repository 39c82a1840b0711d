"""Sessions: one refresh at a time, before the end, and the same token again after a lost answer."""

import asyncio

import pytest

from secureconnect.client.faults import ConnectionLost, ServerFault
from secureconnect.client.session import Keeper, Session
from secureconnect.contracts.auth import TokensAnswer
from secureconnect.contracts.errors import Code, Fault
from secureconnect.kit.clock import ManualClock
from tests.fixtures.scripted_chat import tokens

pytestmark = pytest.mark.anyio


class Server:
    """Trades refresh tokens, and says what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []
        self.fault: Exception | None = None

    async def refresh(self, refresh_token: str | None) -> TokensAnswer:
        self.asked.append(refresh_token)
        await asyncio.sleep(0)
        if self.fault is not None:
            raise self.fault
        return tokens(f"t{len(self.asked) + 1}")


def made(clock: ManualClock, server: Server, told: list[Session | None] | None = None) -> Keeper:
    keeper = Keeper(clock, None if told is None else told.append)
    keeper.refresh = server.refresh
    keeper.take(tokens("t1"))
    return keeper


async def test_a_token_that_still_holds_is_used_and_one_that_soon_ends_is_renewed() -> None:
    clock, server = ManualClock(), Server()
    keeper = made(clock, server)
    clock.advance_s(569)
    assert await keeper.access() == "t1"
    clock.advance_s(2)
    assert await keeper.access() == "t2"
    assert server.asked == ["r-t1"]


async def test_however_many_ask_at_once_there_is_one_refresh() -> None:
    clock, server = ManualClock(), Server()
    keeper = made(clock, server)
    clock.advance_s(601)
    assert await asyncio.gather(*(keeper.access() for _ in range(20))) == ["t2"] * 20
    assert await asyncio.gather(*(keeper.renew("t1") for _ in range(20))) == ["t2"] * 20
    assert server.asked == ["r-t1"]


async def test_after_a_lost_answer_the_same_token_is_sent_again() -> None:
    clock, server = ManualClock(), Server()
    keeper = made(clock, server)
    server.fault = ConnectionLost("cut")
    with pytest.raises(ConnectionLost):
        await keeper.renew("t1")
    server.fault = None
    await keeper.renew("t1")
    assert server.asked == ["r-t1", "r-t1"]


async def test_while_the_server_is_away_an_old_token_serves_until_its_end() -> None:
    clock, server = ManualClock(), Server()
    keeper = made(clock, server)
    server.fault = ConnectionLost("away")
    clock.advance_s(590)
    assert await keeper.access() == "t1"
    clock.advance_s(10)
    with pytest.raises(ConnectionLost):
        await keeper.access()


async def test_a_session_that_ended_is_forgotten_and_the_application_told() -> None:
    clock, server, told = ManualClock(), Server(), list[Session | None]()
    keeper = made(clock, server, told)
    server.fault = ServerFault(Code.AUTH_REFRESH_INVALID, status=401)
    with pytest.raises(ServerFault):
        await keeper.renew("t1")
    assert told[-1] is None
    with pytest.raises(Fault):
        await keeper.access()


async def test_a_session_that_was_kept_goes_on_with_its_age() -> None:
    clock, server = ManualClock(), Server()
    kept = made(clock, server).session
    clock.advance_s(580)
    keeper = made(ManualClock(clock.now_ms()), server)
    keeper.restore(kept)
    assert await keeper.access() == "t2"


def test_a_session_never_shows_its_tokens() -> None:
    assert "t1" not in repr(Session(tokens("t1"), 0))
