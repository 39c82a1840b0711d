"""Under one Idempotency-Key a thing is made once: the first answer is given again, or it is said that it still runs."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from litestar import Response
from sqlalchemy import MetaData

from secureconnect.contracts.base import Request
from secureconnect.contracts.errors import Code, Fault
from secureconnect.edge.idempotency import ANSWER_BYTES_MAX, KEY_CHARACTERS_MAX, check_key
from secureconnect.edge.identity import Caller
from secureconnect.edge.kept import SqlKeptAnswers, kept_answers_table
from secureconnect.edge.limits import RATES
from secureconnect.edge.routes import Policy, answer, route
from secureconnect.edge.running import assemble
from tests.fixtures.edge import PlayedAuth, Visitor, clock, edge_of, visiting
from tests.fixtures.sql import open_sqlite
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio
FAULTS = {
    "full": Fault(Code.UNAVAILABLE),
    "taken": Fault(Code.CONFLICT),
    "limited": Fault(Code.TOO_MANY_REQUESTS),
    "absent": Fault(Code.NOT_FOUND),
}


class Wish(Request, frozen=True):
    """What to make."""

    name: str


@dataclass
class Shop:
    """Makes things; a wish named `slow` waits until it is let go."""

    made: list[str] = field(default_factory=list[str])
    begun: int = 0
    let_go: asyncio.Event = field(default_factory=asyncio.Event)


@route(
    "POST", "/v1/things", policy=Policy.ACCOUNT, rate="confirm", summary="Make", tag="t", status=201, idempotent=True
)
async def make(data: Wish, caller: Caller, shop: Shop) -> Response[str]:
    """Make a thing."""
    shop.begun += 1
    if data.name == "slow":
        await shop.let_go.wait()
    if data.name == "bug":
        raise RuntimeError("a bug")
    if data.name in FAULTS:
        raise FAULTS[data.name]
    shop.made.append(f"{data.name} of {caller.account}")
    text = "x" * (ANSWER_BYTES_MAX + 1) if data.name == "huge" else f"{data.name} {len(shop.made)}"
    return answer(text, 201, {"location": f"/v1/things/{len(shop.made)}"})


@route("POST", "/v1/others", policy=Policy.ACCOUNT, rate="create", summary="Make", tag="t", status=201)
async def make_other(shop: Shop) -> str:
    """A route that knows nothing of keys."""
    shop.made.append("other")
    return str(len(shop.made))


@dataclass
class House:
    """A served shop."""

    ask: Visitor
    auth: PlayedAuth
    shop: Shop

    async def wish(self, name: str, key: str | None = "k-1", account: str = "anna") -> httpx2.Response:
        headers = self.auth.bearer(sub=account) | ({} if key is None else {"idempotency-key": key})
        return await self.ask("POST", "/v1/things", json={"name": name}, headers=headers)


@asynccontextmanager
async def house(tmp_path: Path) -> AsyncGenerator[House]:
    auth, shop = PlayedAuth(), Shop()
    edge = edge_of(auth)
    metadata = MetaData()
    kept_answers_table(metadata)
    async with open_sqlite(tmp_path / "chat.db", metadata) as sql:
        running = assemble(
            edge,
            routes=[make, make_other],
            provided={"shop": shop},
            gatekeeper=edge.gatekeeper(),
            checks=[],
            kept_answers=SqlKeptAnswers(sql, clock),
        )
        await running.start()
        await until(lambda: edge.identity.ready)
        async with visiting(running.public) as ask:
            yield House(ask, auth, shop)
        await running.drain()
        await running.stop()


async def test_while_the_first_runs_a_second_is_told_to_wait_and_then_gets_the_first_answer(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        first = asyncio.create_task(one.wish("slow"))
        await until(lambda: one.shop.begun == 1)
        seconds = await asyncio.gather(*(one.wish("slow") for _ in range(4)))
        assert {each.status_code for each in seconds} == {409}
        assert {each.json()["code"] for each in seconds} == {"request.idempotency_running"}
        assert {each.headers["retry-after"] for each in seconds} == {"1"}
        one.shop.let_go.set()
        made = await first
        again = await one.wish("slow")
        assert (again.status_code, again.content) == (201, made.content)
        assert (again.headers["location"], again.headers["idempotency-replayed"]) == ("/v1/things/1", "true")
        assert "idempotency-replayed" not in made.headers
        assert one.shop.begun == 1


async def test_many_at_once_under_one_key_make_one_thing(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        answers = await asyncio.gather(*(one.wish("thing") for _ in range(8)))
        assert {each.status_code for each in answers} <= {201, 409}
        assert len({each.content for each in answers if each.status_code == 201}) == 1
        assert one.shop.made == ["thing of anna"]


async def test_one_key_of_two_accounts_makes_two_things_and_without_a_key_each_makes_one(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        for account in ("anna", "ben", "anna"):
            assert (await one.wish("thing", account=account)).status_code == 201
        assert one.shop.made == ["thing of anna", "thing of ben"]
        for _ in range(2):
            await one.wish("plain", key=None)
        assert one.shop.made[2:] == ["plain of anna", "plain of anna"]


async def test_another_body_under_the_same_key_is_refused(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        await one.wish("one")
        refused = await one.wish("two")
        assert (refused.status_code, refused.json()["code"]) == (409, "request.idempotency_key_reused")
        assert one.shop.made == ["one of anna"]


@pytest.mark.parametrize(("name", "status"), [("full", 503), ("taken", 409), ("limited", 429), ("bug", 500)])
async def test_an_answer_that_trying_again_may_change_is_not_kept(tmp_path: Path, name: str, status: int) -> None:
    async with house(tmp_path) as one:
        assert [(await one.wish(name)).status_code for _ in range(2)] == [status, status]
        assert one.shop.begun == 2


@pytest.mark.parametrize(("name", "status", "begun"), [("absent", 404, 1), ("huge", 201, 2)])
async def test_a_final_refusal_is_kept_and_what_is_too_large_to_keep_is_not(
    tmp_path: Path, name: str, status: int, begun: int
) -> None:
    async with house(tmp_path) as one:
        answers = [await one.wish(name) for _ in range(2)]
        assert [each.status_code for each in answers] == [status, status]
        assert one.shop.begun == begun


async def test_a_request_that_was_cut_takes_no_key(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        headers = {**one.auth.bearer(), "idempotency-key": "k-1", "content-type": "application/json"}

        async def broken() -> Any:
            yield b'{"name":'
            raise ConnectionError("the client is gone")

        with pytest.raises(ConnectionError):
            await one.ask("POST", "/v1/things", content=broken(), headers=headers)
        assert (await one.wish("thing")).status_code == 201


async def test_a_body_that_does_not_fit_is_refused_the_same_each_time(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        headers = {**one.auth.bearer(), "idempotency-key": "k-1"}
        answers = [await one.ask("POST", "/v1/things", json={"name": 5}, headers=headers) for _ in range(2)]
        assert [each.status_code for each in answers] == [422, 422]
        too_large = await one.ask("POST", "/v1/things", content=b"x" * (4 * ANSWER_BYTES_MAX + 1), headers=headers)
        assert too_large.status_code == 413


async def test_a_stranger_gets_no_kept_answer(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        await one.wish("thing")
        refused = await one.ask("POST", "/v1/things", json={"name": "thing"}, headers={"idempotency-key": "k-1"})
        assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json")
        assert refused.json()["request_id"] == refused.headers["x-request-id"]


async def test_answers_given_again_count_against_the_rate_and_first_ones_count_once(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        statuses = [(await one.wish("thing")).status_code for _ in range(RATES["confirm"].amount + 1)]
        assert statuses == [201] * RATES["confirm"].amount + [429]


async def test_a_route_that_is_not_declared_for_keys_does_it_each_time(tmp_path: Path) -> None:
    async with house(tmp_path) as one:
        headers = {**one.auth.bearer(), "idempotency-key": "k" * 9999}
        assert [(await one.ask("POST", "/v1/others", headers=headers)).status_code for _ in range(2)] == [201, 201]
        assert one.shop.made == ["other", "other"]


@pytest.mark.parametrize("key", ["", "k" * (KEY_CHARACTERS_MAX + 1)])
def test_a_key_that_is_empty_or_too_long_is_refused(key: str) -> None:
    with pytest.raises(Fault) as refused:
        check_key(key)
    assert refused.value.code is Code.BAD_REQUEST
    check_key("k" * KEY_CHARACTERS_MAX)
