"""Fields that nobody may set: each body and frame with roles, owners, ids and times added; and acts of administrators
by who is none."""

from collections.abc import AsyncGenerator, Iterator
from copy import deepcopy
from typing import Any

import httpx2
import pytest

from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import Person, Persons
from tests.scenarios.sweep.actors import operator_of
from tests.scenarios.sweep.canaries import Canaries
from tests.scenarios.sweep.compare import ask, told
from tests.scenarios.sweep.frames import FRAMES
from tests.scenarios.sweep.lines import greeted
from tests.scenarios.sweep.matrix import note
from tests.scenarios.sweep.operations import ROWS
from tests.scenarios.sweep.rows import Json, operations
from tests.scenarios.sweep.state import changes, state_of
from tests.scenarios.sweep.world import World, furnish, person

pytestmark = pytest.mark.anyio
EXTRA = (
    "id", "account", "account_id", "user_id", "owner", "sender", "by", "from", "role", "roles", "admin", "is_admin",
    "scope", "session", "device_id", "seq", "epoch", "incarnation", "sent_at", "created_at", "joined_seq", "disabled",
    "closed", "email_verified", "verified", "limit_bytes", "used_bytes", "state", "__proto__", "constructor",
)  # fmt: skip
FREE = "body"
"""What stands in an envelope is the clients' own."""


@pytest.fixture(scope="module")
async def world(deployment: Deployment) -> AsyncGenerator[World]:
    """Somebody with one of everything."""
    canaries = Canaries()
    async with Persons(deployment.url) as persons:
        owner = await person(persons, canaries, "owner")
        yield await furnish(persons, canaries, owner, await person(persons, canaries, "nuisance"))


@pytest.fixture(scope="module")
async def document(deployment: Deployment) -> Json:
    """The API document."""
    async with httpx2.AsyncClient(base_url=deployment.url, trust_env=False, verify=False) as http:
        return (await http.get("/openapi.json")).json()


def headers_of(person: Person) -> dict[str, str]:
    """What shows who is asking."""
    return {"authorization": f"Bearer {person.session.tokens.access_token}"}


def plain(url: str) -> httpx2.AsyncClient:
    """HTTP by hand as nobody."""
    return httpx2.AsyncClient(base_url=url, trust_env=False, verify=False, timeout=30)


def objects(
    document: Json, schema: Json, value: Any, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """Each object in a body, by its path, with the fields that its shape has."""
    if not isinstance(value, dict):
        return
    fields: dict[str, Json] = {}
    for shape in shapes(document, schema):
        fields |= shape.get("properties", {})
    yield path, set(fields)
    for name, inside in value.items():
        if name != FREE:
            yield from objects(document, fields[name], inside, (*path, name))


def shapes(document: Json, schema: Json) -> Iterator[Json]:
    """The shapes that a schema may mean."""
    for each in schema.get("anyOf", [schema]):
        yield document["components"]["schemas"][each["$ref"].rpartition("/")[2]] if "$ref" in each else each


def with_field(body: Any, path: tuple[str, ...], name: str) -> Any:
    """The body with one more field in the object at a path."""
    grown = deepcopy(body)
    place = grown
    for step in path:
        place = place[step]
    place[name] = "added"
    return grown


async def test_a_field_that_a_body_does_not_have_is_refused_and_changes_nothing(world: World, document: Json) -> None:
    wrong, count, bodies = list[str](), 0, 0
    before = await state_of(world)
    async with plain(world.url) as http:
        for name, operation in operations(document):
            if ROWS[name].json is None or operation["x-policy"] == "admin":
                continue
            asking = ROWS[name].asking(name, world.things)
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            for path, fields in objects(document, schema, asking.json):
                bodies += 1
                for extra in (each for each in EXTRA if each not in fields):
                    body = with_field(asking.json, path, extra)
                    answer = await http.request(asking.method, asking.path, json=body, headers=headers_of(world.owner))
                    count += 1
                    if answer.status_code != 422 or f"unknown field `{extra}`" not in answer.text:
                        wrong.append(f"{name} {path} {extra}: {answer.status_code} {answer.text[:200]}")
    wrong += changes(before, await state_of(world))
    note("fields added", f"{bodies} objects of bodies", count)
    assert not wrong, "\n".join(wrong)


async def test_a_field_that_a_frame_does_not_have_is_refused_and_changes_nothing(world: World) -> None:
    wrong, count = list[str](), 0
    before = await state_of(world)
    for socket_path, rows in FRAMES.items():
        async with greeted(world.url, socket_path, world.device.session.tokens.access_token) as socket:
            for name, row in rows.items():
                fields = row.fields(world.things)
                for extra in (each for each in EXTRA if each not in fields and each != "id"):
                    answer = await socket.ask({"t": name, **fields, extra: "added"})
                    count += 1
                    if answer.get("code") != "frame.invalid" or f"`{extra}`" not in answer["detail"]:
                        wrong.append(f"{name} {extra}: {answer}")
    wrong += changes(before, await state_of(world))
    note("fields added", "frames", count)
    assert not wrong, "\n".join(wrong)


async def test_saying_who_one_is_beside_the_token_makes_nobody_somebody_else(
    world: World, deployment: Deployment
) -> None:
    """By headers that proxies and gateways use, and by parameters, through the gateway and at each service's door."""
    owner, wrong = world.owner, list[str]()
    claims = (
        "x-user-id", "x-account-id", "x-session-id", "x-forwarded-user", "x-remote-user", "x-authenticated-user",
        "x-secureconnect-account", "x-secureconnect-user", "remote-user",
    )  # fmt: skip
    headers = {**dict.fromkeys(claims, owner.account_id), "x-secureconnect-service": "gateway", "x-original-url": "/"}
    headers["x-secureconnect-client"] = "127.0.0.1"
    query = dict.fromkeys(("account", "account_id", "user", "user_id", "as", "id"), owner.account_id)
    async with Persons(world.url) as persons:
        stranger = await persons.sign_up("stranger")
        for port in deployment.ports.public.values():
            async with plain(f"http://localhost:{port}") as http:
                for name, row in ROWS.items():
                    if not name.startswith("GET /v1/") or row.slots(name, world.things):
                        continue
                    for shown in ({}, headers_of(stranger)):
                        answer = await http.get(name[4:], headers={**headers, **shown}, params=list(query.items()))
                        if not shown and answer.status_code not in (401, 404):
                            wrong.append(f"{name}: {answer.status_code}")
                        wrong += [f"{name} tells {place}" for place in world.canaries.found(told(answer))]
    assert not wrong, "\n".join(wrong)


async def test_acts_of_administrators_are_refused_to_who_is_none_and_to_who_was_one(
    world: World, document: Json, deployment: Deployment
) -> None:
    """The role is looked up each time: one who was an administrator a moment ago is none."""
    acts = [name for name, operation in operations(document) if operation["x-policy"] == "admin"]
    assert len(acts) > 5
    before = await state_of(world)
    operator = operator_of(deployment)
    async with Persons(world.url) as persons, plain(world.url) as http:
        chief, other = await persons.several("chief", "other")
        operator.good("user", "set-admin", other.name)
        assert await codes(http, acts, world, chief) == {(403, "auth.not_admin")}
        operator.good("user", "set-admin", chief.name)
        assert (await http.get("/v1/admin/policy", headers=headers_of(chief))).status_code == 200
        operator.good("user", "set-admin", chief.name, "--off")
        assert await codes(http, acts, world, chief) == {(403, "auth.not_admin")}
    assert not changes(before, await state_of(world))


async def codes(http: httpx2.AsyncClient, acts: list[str], world: World, asker: Person) -> set[tuple[int, str]]:
    """How these operations on the world's owner are answered."""
    answers = [await ask(http, ROWS[name].asking(name, world.things), headers_of(asker)) for name in acts]
    return {(answer.status_code, answer.json()["code"]) for answer in answers}
