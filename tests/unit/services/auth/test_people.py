"""People are looked up by id and found by the beginning of a name."""

from pathlib import Path

import pytest

from secureconnect.contracts.auth import TokensAnswer
from tests.fixtures.auth import AuthHouse, auth, limits, problem
from tests.fixtures.neighbours import Neighbours

pytestmark = pytest.mark.anyio


async def found(house: AuthHouse, asker: TokensAnswer, query: str, **more: object) -> list[str]:
    """The usernames that a search finds, on its first page."""
    extra = "".join(f"&{name}={value}" for name, value in more.items())
    answer = await house.call("GET", f"/v1/users?query={query}{extra}", token=asker.access_token)
    assert answer.status_code == 200, answer.text
    return [person["username"] for person in answer.json()["items"]]


async def test_everybody_signed_in_sees_who_somebody_is_without_the_address(house: AuthHouse) -> None:
    anna = await house.register("anna", display_name="Anna A", email="anna@example.org")
    bert = await house.register("bert")
    answer = await house.call("GET", f"/v1/users/{anna.account.id}", token=bert.access_token)
    assert answer.json() == {"id": anna.account.id, "username": "anna", "display_name": "Anna A"}


@pytest.mark.parametrize("name", ["nobody", "a%20b", "%00", "x" * 80])
async def test_an_unknown_person_and_an_impossible_id_are_answered_alike(house: AuthHouse, name: str) -> None:
    anna = await house.register("anna")
    answer = await house.call("GET", f"/v1/users/{name}", token=anna.access_token)
    assert problem(answer) == (404, "request.not_found")


async def test_several_people_come_in_the_order_asked_for_and_unknown_ones_are_missing(house: AuthHouse) -> None:
    accounts = [await house.register(name) for name in ("anna", "bert", "cleo")]
    ids = [each.account.id for each in reversed(accounts)]
    asked = ",".join([ids[0], "nobody", ids[1], ids[0], ids[2]])
    answer = await house.call("GET", f"/v1/users?ids={asked}", token=accounts[0].access_token)
    assert [person["id"] for person in answer.json()["items"]] == ids
    assert answer.json()["next_cursor"] is None


@pytest.mark.parametrize(
    "query", ["", "?ids=", "?query=", "?ids=a&query=b", "?query=%20", "?query=a&cursor=zz", "?query=a&limit=0"]
)
async def test_an_asking_for_nobody_or_too_many_is_refused(house: AuthHouse, query: str) -> None:
    anna = await house.register("anna")
    assert (await house.call("GET", f"/v1/users{query}", token=anna.access_token)).status_code == 422
    many = ",".join(f"id-{number}" for number in range(101))
    assert (await house.call("GET", f"/v1/users?ids={many}", token=anna.access_token)).status_code == 422


async def test_a_search_finds_by_the_beginning_of_username_or_display_name_whatever_its_case(house: AuthHouse) -> None:
    asker = await house.register("zoe")
    for name, shown in (("anna", "Zara"), ("annabel", "B"), ("bert", "Änne"), ("banna", "C")):
        await house.register(name, display_name=shown)
    assert await found(house, asker, "ANN") == ["anna", "annabel"]
    assert await found(house, asker, "z") == ["anna", "zoe"]
    assert await found(house, asker, "ä") == ["bert"]
    assert await found(house, asker, "%25") == []
    assert await found(house, asker, "a%00") == []


async def test_a_search_pages_without_repeating_or_leaving_out(house: AuthHouse) -> None:
    asker = await house.register("zoe")
    names = [f"ann{number}" for number in range(5)]
    for name in names:
        await house.register(name)
    gathered: list[str] = []
    cursor = ""
    while True:
        answer = await house.call("GET", f"/v1/users?query=ann&limit=2{cursor}", token=asker.access_token)
        gathered += [person["username"] for person in answer.json()["items"]]
        if answer.json()["next_cursor"] is None:
            break
        cursor = f"&cursor={answer.json()['next_cursor']}"
    assert gathered == names


async def test_nobody_finds_whom_they_block_nor_who_blocks_them_nor_a_closed_account(
    house: AuthHouse, neighbours: Neighbours
) -> None:
    anna, anne, annika, bert = [await house.register(name) for name in ("anna", "anne", "annika", "bert")]
    await house.call("POST", "/v1/blocks", {"account": anna.account.id}, bert.access_token)
    await house.call("POST", "/v1/blocks", {"account": bert.account.id}, anne.access_token)
    body = {"password": "a long and quiet evening"}
    assert (await house.call("DELETE", "/v1/users/me", body, annika.access_token)).status_code == 204
    assert await found(house, bert, "ann") == []
    assert await found(house, anna, "ann") == ["anna", "anne"]
    assert neighbours.forgotten == [annika.account.id]


async def test_searching_is_bounded_apart_from_looking_people_up(tmp_path: Path) -> None:
    async with auth(tmp_path / "strict", scale=0.02, limits=limits()) as house:
        anna = await house.register("anna")
        token = anna.access_token
        statuses = [(await house.call("GET", "/v1/users?query=a", token=token)).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert (await house.call("GET", f"/v1/users?ids={anna.account.id}", token=token)).status_code == 200
