"""A follower hears every change of auth in order, at least once, and keeps what is known while auth is away."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import Change
from secureconnect.edge.follow import WAIT_MS
from secureconnect.edge.identity import UnknownKey
from secureconnect.edge.running import Edge
from tests.fixtures.edge import PlayedAuth, edge_of, signing_key
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


class Highest(random.Random):
    """Chance that always takes the upper end: waits are as long as they can be, and noted."""

    def __init__(self) -> None:
        super().__init__(1)
        self.bounds_s: list[float] = []

    def uniform(self, a: float, b: float) -> float:
        """The upper end."""
        self.bounds_s.append(b)
        return b


@dataclass
class House:
    """A follower on a played auth, with all that it told."""

    auth: PlayedAuth
    edge: Edge
    chance: Highest
    told: list[Change] = field(default_factory=list[Change])

    def numbers(self) -> list[int]:
        return [change.no for change in self.told]

    def believes(self, token: str) -> bool:
        try:
            self.edge.identity.verify(token)
        except Fault:
            return False
        return True


@asynccontextmanager
async def house(auth: PlayedAuth | None = None) -> AsyncGenerator[House]:
    played = auth or PlayedAuth()
    chance = Highest()
    one = House(played, edge_of(played, rng=chance), chance)
    one.edge.follower.listen(one.told.append)
    one.edge.follower.start()
    try:
        yield one
    finally:
        await one.edge.follower.stop()


async def test_it_begins_with_the_last_ten_minutes_at_once_and_then_waits_for_news() -> None:
    auth = PlayedAuth()
    auth.tell("session_ended", session="s-old")
    async with house(auth) as one:
        await until(lambda: len(auth.asked) == 2)
        first, second = auth.asked
        assert (first.after, first.wait_ms) == (None, 0)
        assert (second.after, second.wait_ms) == (1, WAIT_MS)
        assert one.numbers() == [1]
        assert not one.believes(auth.token(sid="s-old"))
        assert one.edge.follower.incarnation == "i-1"


async def test_nobody_is_believed_before_the_sessions_that_ended_lately_were_read() -> None:
    auth = PlayedAuth()
    auth.change_gate.clear()
    async with house(auth) as one:
        await until(lambda: len(auth.asked) == 1)
        with pytest.raises(Fault) as refused:
            one.edge.identity.verify(auth.token())
        assert refused.value.code is Code.UNAVAILABLE
        auth.change_gate.set()
        await until(lambda: one.believes(auth.token()))


async def test_changes_are_told_in_order_and_none_twice_while_all_goes_well() -> None:
    async with house() as one:
        await until(lambda: one.edge.identity.ready)
        for number in range(50):
            one.auth.tell("profile", f"account-{number}")
            if number % 7 == 0:
                await asyncio.sleep(0)
        await until(lambda: len(one.told) >= 50)
        assert one.numbers() == list(range(1, 51))
        assert [change.account for change in one.told] == [f"account-{number}" for number in range(50)]


async def test_a_change_whose_keys_could_not_be_read_is_told_again_and_none_is_skipped() -> None:
    async with house() as one:
        await until(lambda: len(one.auth.asked) == 2)
        one.auth.keys_fail = 1
        one.auth.tell("profile")
        one.auth.tell("keys")
        await until(lambda: len(one.told) >= 4)
        one.auth.tell("profile")
        await until(lambda: one.numbers()[-1] == 3)
        assert one.numbers() == [1, 2, 1, 2, 3]


async def test_new_keys_are_read_when_they_are_told_and_old_ones_end() -> None:
    async with house() as one:
        await until(lambda: one.edge.identity.ready)
        old = one.auth.token()
        assert one.believes(old)
        one.auth.keys = {"k2": signing_key("k2")}
        one.auth.tell("keys")
        await until(lambda: one.auth.key_reads == 2)
        await until(lambda: _verified(one, one.auth.token("k2")))
        with pytest.raises(UnknownKey):
            one.edge.identity.verify(old)


def _verified(one: House, token: str) -> bool:
    try:
        return one.believes(token)
    except UnknownKey:
        return False


@pytest.mark.parametrize("kind", ["account_disabled", "account_closed"])
async def test_an_account_that_ended_is_refused_until_it_is_enabled(kind: str) -> None:
    async with house() as one:
        await until(lambda: one.edge.identity.ready)
        bens, annas = one.auth.token(sub="ben", sid="s2"), one.auth.token()
        assert one.believes(bens)
        one.auth.tell(kind, "ben")
        await until(lambda: not one.believes(bens))
        assert one.believes(annas)
        one.auth.tell("account_enabled", "ben")
        await until(lambda: one.believes(bens))


async def test_a_session_that_ended_is_refused_and_the_account_s_others_are_not() -> None:
    async with house() as one:
        await until(lambda: one.edge.identity.ready)
        gone, kept = one.auth.token(sid="s-gone"), one.auth.token(sid="s-kept")
        assert one.believes(gone)
        one.auth.tell("session_ended", session="s-gone")
        await until(lambda: not one.believes(gone))
        assert one.believes(kept)


async def test_while_auth_is_away_what_is_known_holds_and_it_is_asked_ever_less_often() -> None:
    async with house() as one:
        await until(lambda: len(one.auth.asked) == 2)
        first = len(one.auth.asked_at_s)
        one.auth.go_away()
        await until(lambda: one.edge.follower.away)
        assert one.believes(one.auth.token())
        await until(lambda: len(one.auth.asked_at_s) >= first + 3)
        waited_s = [one.auth.asked_at_s[at + 1] - one.auth.asked_at_s[at] for at in range(first, first + 2)]
        assert one.chance.bounds_s[:3] == [0.2, 0.4, 0.8]
        assert waited_s[0] >= 0.4
        assert waited_s[1] >= 0.8
        assert all(ask.wait_ms == 0 for ask in one.auth.asked[first:]), "an answer at once tells that it is back"
        assert one.believes(one.auth.token())


async def test_back_again_it_tells_what_changed_meanwhile_and_waits_shortly_at_the_next_loss() -> None:
    async with house() as one:
        one.auth.tell("profile")
        await until(lambda: one.numbers() == [1])
        one.auth.go_away()
        await until(lambda: len(one.chance.bounds_s) >= 2)
        one.auth.tell("session_ended", session="s-gone")
        one.auth.tell("profile", "ben")
        one.auth.come_back()
        await until(lambda: not one.edge.follower.away)
        assert one.numbers() == [1, 2, 3]
        assert not one.believes(one.auth.token(sid="s-gone"))
        assert one.chance.bounds_s[:2] == [0.2, 0.4]
        await until(lambda: one.auth.asked[-1].wait_ms == WAIT_MS)
        one.chance.bounds_s.clear()
        one.auth.go_away()
        await until(lambda: len(one.chance.bounds_s) == 1)
        assert one.chance.bounds_s == [0.2], "a new loss begins with the shortest wait"
        assert one.auth.asked[-1].after == 3


async def test_keys_asked_for_by_many_at_once_are_read_once() -> None:
    auth = PlayedAuth()
    edge = edge_of(auth)
    auth.key_gate.clear()
    asking = [asyncio.create_task(edge.follower.fetch_keys()) for _ in range(20)]
    await until(lambda: auth.key_reads == 1)
    auth.key_gate.set()
    await asyncio.gather(*asking)
    assert auth.key_reads == 1


async def test_keys_read_lately_are_not_read_again_and_those_being_read_are_waited_for() -> None:
    auth = PlayedAuth()
    edge = edge_of(auth)
    auth.key_gate.clear()
    asking = [asyncio.create_task(edge.follower.refetch_keys(60.0))]
    await until(lambda: auth.key_reads == 1)
    asking += [asyncio.create_task(edge.follower.refetch_keys(60.0)) for _ in range(5)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert not any(task.done() for task in asking)
    auth.key_gate.set()
    await asyncio.gather(*asking)
    await edge.follower.refetch_keys(60.0)
    assert auth.key_reads == 1
    await edge.follower.refetch_keys(0.0)
    assert auth.key_reads == 2


async def test_a_listener_that_fails_keeps_nobody_else_from_hearing_and_nothing_from_being_refused() -> None:
    def fail(change: Change) -> None:
        raise RuntimeError(change.kind)

    auth = PlayedAuth()
    edge = edge_of(auth)
    told: list[int] = []
    edge.follower.listen(fail)
    edge.follower.listen(lambda change: told.append(change.no))
    edge.follower.start()
    await until(lambda: edge.identity.ready)
    auth.tell("profile")
    auth.tell("session_ended", session="s-gone")
    await until(lambda: told == [1, 2])
    with pytest.raises(Fault):
        edge.identity.verify(auth.token(sid="s-gone"))
    await edge.follower.stop()


async def test_keys_that_cannot_be_read_end_neither_the_following_nor_what_is_known() -> None:
    async with house() as one:
        await until(lambda: len(one.auth.asked) == 2)
        one.auth.jwks = lambda: b'{"keys": [{"kty": "EC"}]}'
        one.auth.tell("keys")
        await until(lambda: one.edge.follower.away)
        assert one.believes(one.auth.token())
        one.auth.jwks = PlayedAuth.jwks.__get__(one.auth)
        one.auth.tell("session_ended", session="s-gone")
        await until(lambda: not one.believes(one.auth.token(sid="s-gone")))
        await until(lambda: not one.edge.follower.away)


async def test_a_stop_ends_the_standing_question() -> None:
    async with house() as one:
        await until(lambda: len(one.auth.asked) == 2)
        await one.edge.follower.stop()
        one.auth.tell("profile")
        await asyncio.sleep(0)
        assert one.told == []
        await one.edge.follower.stop()
