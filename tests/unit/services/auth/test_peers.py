"""Other services learn of an account what they need, and nothing it keeps to itself."""

import msgspec
import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import (
    AUTH_ACCOUNTS,
    AUTH_BLOCKS,
    AUTH_RELATIONS,
    AccountAsk,
    AccountOnly,
    Relation,
    RelationsAsk,
)
from secureconnect.services.auth.store.tables import accounts, blocks, friends
from tests.fixtures.auth import AuthHouse

pytestmark = pytest.mark.anyio


async def test_accounts_are_told_with_their_state_and_privacy(house: AuthHouse) -> None:
    anna, berta = await house.register("anna", email="anna@example.org"), await house.register("berta")
    values = {"preferences": '{"privacy":{"ring":"friends","typing":false}}', "disabled_at": 1, "admin": True}
    change = accounts.update().where(accounts.c.id == berta.account.id).values(values)
    await house.sql.write(lambda connection: connection.execute(change))
    ask = AccountAsk([anna.account.id, berta.account.id, "unknown", anna.account.id])
    reply = await house.chat.ask(AUTH_ACCOUNTS, ask)
    found = {each.id: each for each in reply.accounts}
    assert sorted(found) == sorted([anna.account.id, berta.account.id])
    first, second = found[anna.account.id], found[berta.account.id]
    assert (first.username, first.disabled, first.closed, first.admin) == ("anna", False, False, False)
    assert (second.disabled, second.admin, second.privacy.ring, second.privacy.typing) == (True, True, "friends", False)
    assert second.privacy.write == "everyone"
    assert b"example.org" not in msgspec.json.encode(reply)
    assert b"argon2" not in msgspec.json.encode(reply)


async def test_relations_are_told_both_ways(house: AuthHouse) -> None:
    ids = [(await house.register(name)).account.id for name in ("anna", "berta", "carla", "doris")]
    anna, berta, carla, doris = ids
    rows = [{"account": anna, "other": berta, "since": 1}, {"account": carla, "other": anna, "since": 1}]
    pairs = [
        {"account": anna, "other": doris, "state": "friends", "since": 1},
        {"account": anna, "other": carla, "state": "asked", "since": 1},
    ]
    await house.sql.write(lambda connection: connection.execute(blocks.insert(), rows))
    await house.sql.write(lambda connection: connection.execute(friends.insert(), pairs))
    reply = await house.chat.ask(AUTH_RELATIONS, RelationsAsk(anna, [berta, carla, doris, "unknown"]))
    assert reply.relations == [
        Relation(berta, blocks=True, blocked_by=False, friends=False),
        Relation(carla, blocks=False, blocked_by=True, friends=False),
        Relation(doris, blocks=False, blocked_by=False, friends=True),
        Relation("unknown", blocks=False, blocked_by=False, friends=False),
    ]
    told = await house.chat.ask(AUTH_BLOCKS, AccountOnly(anna))
    assert (told.blocks, told.blocked_by) == ([berta], [carla])


async def test_more_than_a_thousand_at_a_time_are_refused(house: AuthHouse) -> None:
    many = [str(number) for number in range(1001)]
    for ask in (
        house.chat.ask(AUTH_ACCOUNTS, AccountAsk(many)),
        house.chat.ask(AUTH_RELATIONS, RelationsAsk("a", many)),
    ):
        with pytest.raises(Fault) as caught:
            await ask
        assert caught.value.code is Code.INVALID
