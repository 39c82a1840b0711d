"""Friendships are asked for by one and accepted by the other, and blocks do not show in them."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from secureconnect.contracts.auth import TokensAnswer
from tests.fixtures.auth import AuthHouse, auth, limits, problem

pytestmark = pytest.mark.anyio


async def ask(house: AuthHouse, who: TokensAnswer, other: TokensAnswer) -> httpx2.Response:
    """Ask somebody to be friends."""
    return await house.call("POST", "/v1/friends", {"account": other.account.id}, who.access_token)


async def accept(house: AuthHouse, who: TokensAnswer, other: TokensAnswer) -> httpx2.Response:
    """Accept somebody who asked."""
    return await house.call("POST", f"/v1/friends/{other.account.id}/accept", token=who.access_token)


async def end(house: AuthHouse, who: TokensAnswer, other: TokensAnswer) -> int:
    """End a friendship; the status."""
    return (await house.call("DELETE", f"/v1/friends/{other.account.id}", token=who.access_token)).status_code


async def block(house: AuthHouse, who: TokensAnswer, other: TokensAnswer) -> int:
    """Block somebody; the status."""
    return (await house.call("POST", "/v1/blocks", {"account": other.account.id}, who.access_token)).status_code


async def states(house: AuthHouse, who: TokensAnswer) -> dict[str, str]:
    """How an account's friendships stand, by username."""
    answer = await house.call("GET", "/v1/friends", token=who.access_token)
    return {each["account"]["username"]: each["state"] for each in answer.json()["items"]}


async def two(house: AuthHouse) -> tuple[TokensAnswer, TokensAnswer]:
    """Two people."""
    return await house.register("anna"), await house.register("bert")


async def test_an_asking_stands_on_both_sides_and_becomes_a_friendship_when_accepted(house: AuthHouse) -> None:
    anna, bert = await two(house)
    asked = await ask(house, anna, bert)
    assert (asked.status_code, asked.json()["state"]) == (201, "asked")
    assert (await states(house, anna), await states(house, bert)) == ({"bert": "asked"}, {"anna": "asking"})
    accepted = await accept(house, bert, anna)
    assert (accepted.status_code, accepted.json()["state"]) == (200, "friends")
    assert (await states(house, anna), await states(house, bert)) == ({"bert": "friends"}, {"anna": "friends"})
    told = [(each.account, each.other) for each in await house.changes() if each.kind == "friends"]
    assert told == [(anna.account.id, bert.account.id), (bert.account.id, anna.account.id)]


async def test_asking_and_accepting_again_change_nothing(house: AuthHouse) -> None:
    anna, bert = await two(house)
    first = (await ask(house, anna, bert)).json()
    again = await ask(house, anna, bert)
    assert (again.status_code, again.json()) == (200, first)
    accepted = (await accept(house, bert, anna)).json()
    assert (await accept(house, bert, anna)).json() == accepted
    assert (await ask(house, anna, bert)).status_code == 200
    assert len([each for each in await house.changes() if each.kind == "friends"]) == 2


async def test_asking_somebody_who_asked_oneself_accepts(house: AuthHouse) -> None:
    anna, bert = await two(house)
    await ask(house, anna, bert)
    assert (await ask(house, bert, anna)).json()["state"] == "friends"
    assert await states(house, anna) == {"bert": "friends"}


async def test_only_who_was_asked_accepts(house: AuthHouse) -> None:
    anna, bert = await two(house)
    assert problem(await accept(house, bert, anna)) == (404, "request.not_found")
    await ask(house, anna, bert)
    assert problem(await accept(house, anna, bert)) == (404, "request.not_found")
    await end(house, anna, bert)
    assert problem(await accept(house, bert, anna)) == (404, "request.not_found")


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize("ending", ["anna", "bert"])
async def test_either_side_ends_it_at_any_time_and_twice_is_not_found(
    house: AuthHouse, accepted: bool, ending: str
) -> None:
    anna, bert = await two(house)
    await ask(house, anna, bert)
    if accepted:
        await accept(house, bert, anna)
    one, other = (anna, bert) if ending == "anna" else (bert, anna)
    assert [await end(house, one, other), await end(house, one, other)] == [204, 404]
    assert (await states(house, anna), await states(house, bert)) == ({}, {})


async def test_oneself_and_nobody_cannot_be_asked(house: AuthHouse) -> None:
    anna = await house.register("anna")
    assert (await ask(house, anna, anna)).status_code == 422
    nobody = await house.call("POST", "/v1/friends", {"account": "nobody"}, anna.access_token)
    assert problem(nobody) == (404, "request.not_found")


async def test_a_block_ends_the_friendship_on_both_sides(house: AuthHouse) -> None:
    anna, bert = await two(house)
    await ask(house, anna, bert)
    await accept(house, bert, anna)
    assert await block(house, anna, bert) == 201
    assert (await states(house, anna), await states(house, bert)) == ({}, {})


async def test_one_who_is_blocked_is_answered_like_anybody_and_the_blocker_is_shown_nothing(house: AuthHouse) -> None:
    anna, bert = await two(house)
    cleo = await house.register("cleo")
    await block(house, anna, bert)
    before = len(await house.changes())
    blocked, free = (await ask(house, bert, anna)), (await ask(house, cleo, anna))
    assert _shape(blocked) == _shape(free)
    assert (await states(house, bert), await states(house, anna)) == ({"anna": "asked"}, {"cleo": "asking"})
    told = [(each.account, each.other) for each in (await house.changes())[before:] if each.kind == "friends"]
    assert told == [(bert.account.id, None), (cleo.account.id, anna.account.id)]
    assert (await ask(house, bert, anna)).status_code == 200
    assert await end(house, bert, anna) == 204


async def test_a_block_after_an_asking_leaves_the_asker_what_it_sees(house: AuthHouse) -> None:
    anna, bert = await two(house)
    await ask(house, bert, anna)
    await block(house, anna, bert)
    assert (await states(house, bert), await states(house, anna)) == ({"anna": "asked"}, {})


async def test_after_the_block_an_asking_arrives_when_it_is_repeated(house: AuthHouse) -> None:
    anna, bert = await two(house)
    await block(house, anna, bert)
    await ask(house, bert, anna)
    assert problem(await ask(house, anna, bert)) == (409, "request.conflict")
    await house.call("DELETE", f"/v1/blocks/{bert.account.id}", token=anna.access_token)
    assert await states(house, anna) == {}
    assert (await ask(house, bert, anna)).status_code == 200
    assert await states(house, anna) == {"bert": "asking"}


async def test_the_list_pages_newest_first(house: AuthHouse) -> None:
    anna = await house.register("anna")
    others = [await house.register(f"other{number}") for number in range(5)]
    for other in others:
        await ask(house, anna, other)
    names: list[str] = []
    cursor = ""
    while True:
        page = (await house.call("GET", f"/v1/friends?limit=2{cursor}", token=anna.access_token)).json()
        names += [each["account"]["username"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert sorted(names) == [f"other{number}" for number in range(5)]
    forged = await house.call("GET", "/v1/friends?cursor=WzEsMl0", token=anna.access_token)
    assert problem(forged) == (422, "request.invalid")


async def test_an_account_has_so_many_friendships_and_no_more(tmp_path: Path) -> None:
    async with auth(tmp_path / "few", limits=limits(friends_max=2)) as house:
        people: list[Any] = [await house.register(f"person{number}") for number in range(4)]
        await ask(house, people[0], people[1])
        await ask(house, people[0], people[2])
        assert problem(await ask(house, people[0], people[3])) == (422, "auth.too_many")
        assert problem(await ask(house, people[3], people[0])) == (422, "auth.too_many")
        assert (await accept(house, people[1], people[0])).status_code == 200


def _shape(answer: httpx2.Response) -> object:
    body = answer.json()
    return answer.status_code, sorted(body), body["state"], sorted(body["account"])
