"""The sweep over both sockets: each frame that clients send, by everybody who must not get at somebody's things."""

import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest

from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import Person, Persons
from tests.fixtures.waiting import until
from tests.scenarios.sweep.actors import SHUT_OUT, SIGNED_IN, Sweep, prepare
from tests.scenarios.sweep.canaries import Canaries
from tests.scenarios.sweep.compare import mixtures
from tests.scenarios.sweep.frames import FRAMES, LIFE, Json, described
from tests.scenarios.sweep.lines import CHAT, Lines, greeted, lines
from tests.scenarios.sweep.matrix import note
from tests.scenarios.sweep.operations import envelope
from tests.scenarios.sweep.state import changes, state_of
from tests.scenarios.sweep.world import NAMES, furnish, person

pytestmark = pytest.mark.anyio
BEFORE = ("text of before", "title of before")
UNASKED = ("pong", "sync")
"""Frames that tell nothing of what others do: a sync token comes by itself after one's own."""
SAYS: Json = {"envelope": envelope("heard")}


@pytest.fixture(scope="module")
async def sweep(deployment: Deployment) -> AsyncGenerator[Sweep]:
    """The owner's world and everybody around it."""
    async with Persons(deployment.url) as persons:
        yield await prepare(deployment, persons)


def token_of(person: Person) -> str:
    """A person's access token."""
    return person.session.tokens.access_token


def steady(frame: Json, asked: list[str]) -> Json:
    """An answer without its number and the ids that were asked for."""
    text = json.dumps({name: value for name, value in frame.items() if name != "id"})
    for value in asked:
        text = text.replace(value, "<asked>")
    return json.loads(text)


def test_every_frame_that_is_described_has_a_row_and_every_row_a_frame() -> None:
    assert {path: set(rows) for path, rows in FRAMES.items()} == described()


async def test_each_row_is_a_good_frame_for_ones_own_things(deployment: Deployment) -> None:
    """What is refused to others is refused because it is not theirs, not because the frame was wrong."""
    canaries, wrong = Canaries(), list[str]()
    async with Persons(deployment.url) as persons:
        owner = await person(persons, canaries, "owner")
        nuisance = await person(persons, canaries, "nuisance")
        things = (await furnish(persons, canaries, owner, nuisance)).things
        for path, rows in FRAMES.items():
            async with greeted(deployment.url, path, token_of(owner)) as socket:
                for name, row in rows.items():
                    if name in LIFE:
                        continue
                    answer = await socket.ask({"t": name, **row.fields(things)})
                    moves = name.startswith(("call.", "signal.")) and answer.get("code", "").startswith("video.")
                    found = answer["t"] != "error" or (moves and answer["code"] != "video.call_not_found")
                    wrong += [] if found else [f"{path} {name}: {answer}"]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("actor", SHUT_OUT)
async def test_a_socket_of_who_is_not_signed_in_is_closed_and_told_nothing(sweep: Sweep, actor: str) -> None:
    """Each frame behind a hello that does not hold, or without one."""
    world, wrong, count = sweep.world, list[str](), 0
    before, token = await state_of(world), sweep.token(actor)
    hello = [] if token is None else [{"t": "hello", "token": token}]
    for path, rows in FRAMES.items():
        for name, row in rows.items():
            count += 1
            async with lines(world.url, path) as socket:
                await socket.say(*hello, {"t": name, **row.fields(world.things)})
                code = await socket.ended()
                if code != 4401 or socket.heard:
                    wrong.append(f"{path} {name}: {code} {socket.heard}")
    wrong += changes(before, await state_of(world))
    note("frames shut", actor, count)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("actor", SIGNED_IN)
async def test_a_frame_of_somebody_else_is_answered_as_where_there_is_nothing(sweep: Sweep, actor: str) -> None:
    """Each thing that a frame names, and each mixture with things of one's own; the owner's sockets hear nothing."""
    world, wrong, count = sweep.world, list[str](), 0
    before, mine = await state_of(world), sweep.mine[actor]
    async with AsyncExitStack() as stack:
        owners = [await stack.enter_async_context(greeted(world.url, path, token_of(world.device))) for path in FRAMES]
        await _quiet(owners)
        known = [len(socket.heard) for socket in owners]
        for path, rows in FRAMES.items():
            socket = await stack.enter_async_context(greeted(world.url, path, token_of(sweep.people[actor])))
            for name, row in rows.items():
                if row.former and actor == "former":
                    continue
                for chosen, theirs, nowhere in mixtures(row.fields, row.opens, world.things, mine):
                    asked = (theirs, nowhere)
                    answers = [await socket.ask({"t": name, **row.fields(each)}) for each in asked]
                    count += 2
                    told = [
                        steady(answer, [each[slot] for slot in chosen.split(" and ")])
                        for answer, each in zip(answers, asked, strict=True)
                    ]
                    if told[0] != told[1] or answers[0]["t"] != "error":
                        wrong.append(f"{path} {name} ({chosen}): {told[0]}, and {told[1]} where there is nothing")
            wrong += [f"{path}: tells {place}" for place in world.canaries.found(json.dumps(socket.heard), NAMES)]
        await _quiet(owners)
        fresh = [frame for socket, seen in zip(owners, known, strict=True) for frame in socket.heard[seen:]]
        wrong += [f"the owner hears {frame}" for frame in fresh if frame["t"] not in UNASKED]
    wrong += changes(before, await state_of(world))
    note("frames on another's things", actor, count)
    assert not wrong, "\n".join(wrong)


async def _quiet(sockets: list[Lines]) -> None:
    """Wait until what was under way to these sockets has come."""
    for socket in sockets:
        await socket.ask({"t": "ping"})


async def test_nobody_else_hears_what_the_owner_does(sweep: Sweep) -> None:
    """While the owner talks, types, reads, changes things and calls; a member of the group hears all of it."""
    world, wrong = sweep.world, list[str]()
    group, owner = world.things["conversation"], world.owner
    async with AsyncExitStack() as stack:
        heard: dict[str, list[Lines]] = {}
        for name, listener in {**{name: sweep.people[name] for name in SIGNED_IN}, "pal": world.pal}.items():
            heard[name] = [
                await stack.enter_async_context(greeted(world.url, path, token_of(listener))) for path in FRAMES
            ]
            await heard[name][0].ask({"t": "presence.watch", "accounts": [owner.account_id]})
        async with greeted(world.url, CHAT, token_of(world.device)) as socket:
            sent = await socket.ask({"t": "message.send", "conversation": group, "client_id": "heard", **SAYS})
            await socket.ask({"t": "typing", "conversation": group, "on": True})
            await socket.ask({"t": "cursor.set", "conversation": group, "read_seq": sent["seq"]})
        await owner.messages.edit(group, sent["event_id"], world.canaries.word("text"))
        await owner.messages.react(group, sent["event_id"], "🎉")
        await owner.conversations.change(group, title=world.canaries.word("title"))
        await owner.people.change_me(display_name=f"owner {world.canaries.word('display name')}")
        for one in (owner, world.pal):
            await one.calls.hangup(world.things["call"])
        await owner.calls.hangup((await owner.calls.start(group, "audio")).id)
        wanted = {"event", "typing", "cursor", "presence", "profile", "call.ring", "call.stop_ring"}
        await until(lambda: wanted <= {frame["t"] for frame in heard["pal"][0].heard})
        for name in SIGNED_IN:
            await _quiet(heard[name])
            for socket in heard[name]:
                told = [frame for frame in socket.heard if frame["t"] not in ("welcome", "pong", "ok")]
                text = json.dumps(told)
                wrong += [f"{name} hears {frame}" for frame in told if group in json.dumps(frame)]
                wrong += [f"{name} hears {place}" for place in world.canaries.found(text)]
                wrong += [f"{name} hears {frame}" for frame in told if frame["t"] == "presence"]
    assert not wrong, "\n".join(wrong)


async def test_a_former_member_reads_on_the_socket_what_was_said_before_and_nothing_since(sweep: Sweep) -> None:
    world, group = sweep.world, sweep.world.things["conversation"]
    async with greeted(world.url, CHAT, token_of(sweep.people["former"])) as socket:
        page = await socket.ask({"t": "events.read", "conversation": group, "after": 0, "limit": 1000})
    assert sweep.early["said"] in [event["event_id"] for event in page["events"]]
    assert world.things["event_id"] not in json.dumps(page)
    assert world.canaries.found(json.dumps(page)) == list(BEFORE)
