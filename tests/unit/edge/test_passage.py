"""What the first door found out goes with the request, and its id with everything that the request sets going."""

import asyncio
from typing import Any, cast

import pytest
from litestar.types import Scope

from secureconnect.edge.passage import Passage, current_request_id, known_passage, passage_of, set_passage

pytestmark = pytest.mark.anyio


def scope() -> Scope:
    return cast("Scope", {"type": "http", "headers": [(b"secureconnect.passage", b"forged")]})


def test_a_passage_is_known_only_after_a_door_put_it_there() -> None:
    one = scope()
    assert known_passage(one) is None
    passage = Passage("r-1", "203.0.113.9", 1.0)
    set_passage(one, passage)
    assert passage_of(one) is known_passage(one) is passage


async def test_the_request_id_goes_with_the_tasks_of_its_request_and_with_no_other() -> None:
    seen: dict[str, str | None] = {}
    before = current_request_id.get()

    async def below(name: str) -> None:
        await asyncio.sleep(0)
        seen[name] = current_request_id.get()

    async def request(name: str) -> Any:
        set_passage(scope(), Passage(name, "203.0.113.9", 1.0))
        await asyncio.create_task(below(name))

    await asyncio.gather(*(asyncio.create_task(request(f"r-{number}")) for number in range(5)))
    assert seen == {f"r-{number}": f"r-{number}" for number in range(5)}
    assert current_request_id.get() == before
