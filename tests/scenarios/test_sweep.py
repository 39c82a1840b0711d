"""The sweep over HTTP: every operation of the API document, asked by everybody who must not get at somebody's things.

The document says which operations there are, the table in sweep/operations.py how each is asked; an operation without
a row fails.
"""

from collections.abc import AsyncGenerator
from functools import partial

import httpx2
import pytest

from secureconnect.services.gateway.paths import owner as owner_of_path
from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import Persons
from tests.scenarios.sweep.actors import SHUT_OUT, SIGNED_IN, Sweep, operator_of, prepare
from tests.scenarios.sweep.canaries import Canaries
from tests.scenarios.sweep.compare import ask, missing, mixtures, shape, told
from tests.scenarios.sweep.matrix import note
from tests.scenarios.sweep.operations import ROWS, envelope
from tests.scenarios.sweep.rows import Json, Row, operations
from tests.scenarios.sweep.state import changes, state_of
from tests.scenarios.sweep.world import NAMES, furnish, person

pytestmark = pytest.mark.anyio
BEFORE = ("title of before", "text of before")
CONVERSATION = "/v1/conversations/{conversation}"
BLOCKED, HIDDEN = {(403, "chat.blocked")}, {(403, "chat.role_too_low"), (403, "chat.blocked")}
REACHING = {
    f"POST {CONVERSATION}/messages": BLOCKED,
    f"PATCH {CONVERSATION}/messages/{{event_id}}": BLOCKED | {(403, "chat.not_yours")},
    f"PUT {CONVERSATION}/messages/{{event_id}}/reactions/{{emoji}}": BLOCKED,
    f"PATCH {CONVERSATION}": HIDDEN,
    f"POST {CONVERSATION}/members": HIDDEN,
    "POST /v1/calls": BLOCKED,
}
"""What would reach the other one of a direct conversation, and how it is refused."""
MESSAGE = Row(json=lambda _: {"client_id": "to-one-who-blocks", "envelope": envelope()})
NOT_FOR_YOU = frozenset({401, 403, 404, 409, 412, 422})
SHUT = frozenset({"request.unauthenticated", "auth.token_invalid"})


@pytest.fixture(scope="module")
async def sweep(deployment: Deployment) -> AsyncGenerator[Sweep]:
    """The owner's world and everybody around it."""
    async with Persons(deployment.url) as persons:
        yield await prepare(deployment, persons)


@pytest.fixture(scope="module")
async def document(deployment: Deployment) -> Json:
    """The API document as anybody reads it."""
    async with plain(deployment.url) as http:
        answer = await http.get("/openapi.json")
    assert answer.status_code == 200, answer.text
    return answer.json()


def plain(url: str) -> httpx2.AsyncClient:
    """HTTP by hand as nobody."""
    return httpx2.AsyncClient(base_url=url, verify=False, trust_env=False, timeout=30)


def policies(document: Json) -> dict[str, str]:
    """The policy of each operation."""
    return {name: operation["x-policy"] for name, operation in operations(document)}


async def test_every_operation_of_the_document_has_a_row_and_every_row_an_operation(document: Json) -> None:
    assert {name for name, _ in operations(document)} == ROWS.keys()


async def test_each_row_is_a_good_request_for_ones_own_things(deployment: Deployment, document: Json) -> None:
    """What is refused to others is refused because it is not theirs, not because the request was wrong."""
    canaries, wrong = Canaries(), list[str]()
    async with Persons(deployment.url) as persons, plain(deployment.url) as http:
        owner = await person(persons, canaries, "owner")
        nuisance = await person(persons, canaries, "nuisance")
        things = (await furnish(persons, canaries, owner, nuisance)).things
        chief = await person(persons, canaries, "chief")
        operator_of(deployment).good("user", "set-admin", chief.name)
        await chief.auth.confirm_password(chief.password)
        somebody = {**things, "account": (await person(persons, canaries, "somebody")).account_id}
        policy = policies(document)
        for name, row in sorted(ROWS.items(), key=lambda each: each[1].late):
            admin = policy[name] == "admin"
            asker = chief if admin else await persons.another_device(owner) if row.spare else owner
            token = {"authorization": f"Bearer {asker.session.tokens.access_token}"}
            answer = await ask(http, row.asking(name, somebody if admin else things), token)
            if answer.status_code not in row.control:
                wrong.append(f"{name}: {answer.status_code} {answer.text[:300]}")
        assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("door", ["gateway", "service"])
@pytest.mark.parametrize("actor", SHUT_OUT)
async def test_who_is_not_signed_in_is_told_so_and_nothing_else(
    sweep: Sweep, document: Json, actor: str, door: str
) -> None:
    """Alike for what is there and what is not, through the gateway and at the service's own door."""
    world, wrong, count = sweep.world, list[str](), 0
    before, nowhere = await state_of(world), missing(world.things)
    async with plain(world.url) as http:
        for name, row in ROWS.items():
            things = (world.things, nowhere)
            askings = [row.asking(name, each) for each in things]
            if door == "service":
                service = owner_of_path(askings[0].path)
                http.base_url = f"http://localhost:{sweep.deployment.ports.public[service or 'gateway']}"
            answers = [await ask(http, asking, sweep.headers(actor)) for asking in askings]
            shapes = [shape(answer, each.values()) for answer, each in zip(answers, things, strict=True)]
            count += len(answers)
            if shapes[0] != shapes[1]:
                wrong.append(f"{name}: {shapes[0]} but {shapes[1]} where there is nothing")
            if policies(document)[name] != "public":
                shut = answers[0].status_code == 401 and (
                    answers[0].request.method == "HEAD" or answers[0].json()["code"] in SHUT
                )
                wrong += [] if shut else [f"{name}: {answers[0].status_code} {answers[0].text[:200]}"]
            wrong += [f"{name}: tells {place}" for place in world.canaries.found(told(answers[0]))]
    wrong += changes(before, await state_of(world))
    note(f"{len(ROWS)} operations shut, requests", f"{actor} ({door})", count)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("actor", SIGNED_IN)
async def test_somebody_else_finds_of_the_owners_things_what_is_found_where_there_is_nothing(
    sweep: Sweep, document: Json, actor: str
) -> None:
    """Each thing that a request names, and each mixture with things of one's own."""
    world, wrong, count = sweep.world, list[str](), 0
    before, mine, policy = await state_of(world), sweep.mine[actor], policies(document)
    async with plain(world.url) as http:
        for name, row in ROWS.items():
            if row.former and actor == "former":
                continue  # what they may still read is another test's
            for chosen, theirs, nowhere in mixtures(partial(row.asking, name), row.opens, world.things, mine):
                asked = (theirs, nowhere)
                headers = sweep.headers(actor)
                answers = [await ask(http, row.asking(name, each), headers) for each in asked]
                count += 2
                shapes = [
                    shape(answer, [each[slot] for slot in chosen.split(" and ")])
                    for answer, each in zip(answers, asked, strict=True)
                ]
                if shapes[0] != shapes[1]:
                    wrong.append(f"{name} ({chosen}): {shapes[0]} but {shapes[1]} where there is nothing")
                if answers[0].status_code not in NOT_FOR_YOU and policy[name] != "public":
                    wrong.append(f"{name} ({chosen}): {answers[0].status_code} {answers[0].text[:200]}")
                if policy[name] == "admin" and answers[0].json()["code"] != "auth.not_admin":
                    wrong.append(f"{name}: {answers[0].text[:200]}")
                wrong += [f"{name} ({chosen}): tells {place}" for place in world.canaries.found(told(answers[0]))]
    wrong += changes(before, await state_of(world))
    note(f"{len(ROWS)} operations on another's things, requests", actor, count)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("actor", SIGNED_IN)
async def test_what_one_may_ask_of_oneself_and_of_anybody_tells_nothing_that_is_the_owners(
    sweep: Sweep, actor: str
) -> None:
    """Operations that name nothing, and those that name people: names are for everybody who is signed in."""
    world, wrong, count = sweep.world, list[str](), 0
    allowed = (*NAMES, *BEFORE) if actor == "former" else NAMES
    async with Persons(world.url) as persons, plain(world.url) as http:
        for name, row in sorted(ROWS.items(), key=lambda each: each[1].late):
            mine = {**sweep.mine[actor], **{slot: world.things[slot] for slot in row.opens}}
            if not row.opens and row.slots(name, mine):
                continue
            headers = sweep.headers(actor)
            if row.spare:
                spare = await persons.another_device(sweep.people[actor])
                headers = {"authorization": f"Bearer {spare.session.tokens.access_token}"}
            answer = await ask(http, row.asking(name, mine), headers)
            count += 1
            wrong += [f"{name}: tells {place}" for place in world.canaries.found(told(answer), allowed)]
    note("operations that name nobody or anybody, requests", actor, count)
    assert not wrong, "\n".join(wrong)


async def test_a_former_member_reads_what_was_said_before_and_may_do_nothing_more(sweep: Sweep, document: Json) -> None:
    """Reads tell what they told then; all else is answered as where there is nothing."""
    world, wrong = sweep.world, list[str]()
    before, nowhere, former = await state_of(world), missing(sweep.early), sweep.mine["former"]
    async with plain(world.url) as http:
        for event_id in (sweep.early["event_id"], sweep.early["said"], world.things["event_id"]):
            early = {**former, "conversation": sweep.early["conversation"], "event_id": event_id}
            absent = {**early, "conversation": nowhere["conversation"]}
            for name, row in ROWS.items():
                if "conversation" not in row.slots(name, early):
                    continue
                answers = [await ask(http, row.asking(name, each), sweep.headers("former")) for each in (early, absent)]
                shapes = [
                    shape(answer, [each["conversation"]]) for answer, each in zip(answers, (early, absent), strict=True)
                ]
                if not row.former and shapes[0] != shapes[1]:
                    wrong.append(f"{name}: {shapes[0]} but {shapes[1]} where there is nothing")
                found = world.canaries.found(told(answers[0]), (*NAMES, *BEFORE) if row.former else ())
                wrong += [f"{name}: tells {place}" for place in found]
    wrong += changes(before, await state_of(world))
    assert not wrong, "\n".join(wrong)


async def test_a_block_stops_whatever_would_reach_the_other_one_both_ways(sweep: Sweep) -> None:
    """In the direct conversation that the two have; what was said before stays readable, and nothing moves."""
    world, wrong = sweep.world, list[str]()
    things = {**sweep.mine["blocked"], "conversation": sweep.mine["blocked"]["direct"], "waiting": "none"}
    things["event_id"] = sweep.mine["blocked"]["hello"]
    before = await state_of(world)
    async with plain(world.url) as http:
        for name, refusals in REACHING.items():
            row = MESSAGE if name.endswith("/messages") else ROWS[name]
            for asker in (sweep.people["blocked"], world.owner):
                token = {"authorization": f"Bearer {asker.session.tokens.access_token}"}
                answer = await ask(http, row.asking(name, things), token)
                if (answer.status_code, answer.json().get("code")) not in refusals:
                    wrong.append(f"{name}: {answer.status_code} {answer.text[:200]}")
    wrong += changes(before, await state_of(world))
    assert not wrong, "\n".join(wrong)
    page = await sweep.people["blocked"].messages.page(things["conversation"])
    assert things["event_id"] in [event.event_id for event in page.events]
