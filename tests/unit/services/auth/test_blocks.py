"""Blocks stand until they are taken back, and every service is told of both people."""

from pathlib import Path

import pytest

from secureconnect.contracts.peers import AUTH_BLOCKS, AUTH_RELATIONS, AccountOnly, RelationsAsk
from tests.fixtures.auth import AuthHouse, auth, limits, problem

pytestmark = pytest.mark.anyio


async def test_a_block_is_told_to_the_services_and_listed_to_who_made_it_alone(house: AuthHouse) -> None:
    anna, bert = await house.register("anna"), await house.register("bert")
    made = await house.call("POST", "/v1/blocks", {"account": bert.account.id}, anna.access_token)
    assert (made.status_code, made.json()["account"]["username"]) == (201, "bert")
    again = await house.call("POST", "/v1/blocks", {"account": bert.account.id}, anna.access_token)
    assert (again.status_code, again.json()) == (200, made.json())
    told = [(each.account, each.other) for each in await house.changes() if each.kind == "blocks"]
    assert told == [(anna.account.id, bert.account.id)]
    lists = [(await house.call("GET", "/v1/blocks", token=who.access_token)).json() for who in (anna, bert)]
    assert [len(each["items"]) for each in lists] == [1, 0]
    reply = await house.chat.ask(AUTH_BLOCKS, AccountOnly(bert.account.id))
    assert (reply.blocks, reply.blocked_by) == ([], [anna.account.id])


async def test_a_block_taken_back_is_gone_for_the_services(house: AuthHouse) -> None:
    anna, bert = await house.register("anna"), await house.register("bert")
    await house.call("POST", "/v1/blocks", {"account": bert.account.id}, anna.access_token)
    path = f"/v1/blocks/{bert.account.id}"
    assert (await house.call("DELETE", path, token=bert.access_token)).status_code == 404
    assert (await house.call("DELETE", path, token=anna.access_token)).status_code == 204
    assert problem(await house.call("DELETE", path, token=anna.access_token)) == (404, "request.not_found")
    reply = await house.chat.ask(AUTH_RELATIONS, RelationsAsk(anna.account.id, [bert.account.id]))
    assert not reply.relations[0].blocks
    assert [each.kind for each in await house.changes()].count("blocks") == 2


async def test_oneself_and_nobody_cannot_be_blocked(house: AuthHouse) -> None:
    anna = await house.register("anna")
    own = await house.call("POST", "/v1/blocks", {"account": anna.account.id}, anna.access_token)
    assert problem(own) == (422, "request.invalid")
    nobody = await house.call("POST", "/v1/blocks", {"account": "nobody"}, anna.access_token)
    assert problem(nobody) == (404, "request.not_found")


async def test_blocks_page_and_are_bounded(tmp_path: Path) -> None:
    async with auth(tmp_path / "few", limits=limits(blocks_max=3)) as house:
        anna = await house.register("anna")
        others = [(await house.register(f"other{number}")).account.id for number in range(4)]
        answers = [await house.call("POST", "/v1/blocks", {"account": each}, anna.access_token) for each in others]
        assert [each.status_code for each in answers] == [201, 201, 201, 422]
        assert problem(answers[-1]) == (422, "auth.too_many")
        first = (await house.call("GET", "/v1/blocks?limit=2", token=anna.access_token)).json()
        rest = await house.call("GET", f"/v1/blocks?cursor={first['next_cursor']}", token=anna.access_token)
        listed = [each["account"]["id"] for each in (*first["items"], *rest.json()["items"])]
        assert sorted(listed) == sorted(others[:3])
        assert rest.json()["next_cursor"] is None
