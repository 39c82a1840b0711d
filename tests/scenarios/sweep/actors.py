"""Everybody who must not get at the owner's things: signed in as somebody else, or no longer, or never."""

import time
from dataclasses import dataclass, field

import httpx2

from secureconnect.backends.peers.tokens import ServiceSigner
from secureconnect.kit.clock import SystemClock
from secureconnect.kit.secret import Secret
from tests.fixtures.nodes import SERVICES, Deployment
from tests.fixtures.persons import Person, Persons
from tests.fixtures.verbs import Operator
from tests.scenarios.sweep.canaries import Canaries
from tests.scenarios.sweep.world import Things, World, furnish, http_of, person

SIGNED_IN = ("stranger", "former", "blocked")
SHUT_OUT = ("disabled", "ended", "anonymous", "refresh", "content", "service")
OWNERS = {"auth": "/v1/users/me", "chat": "/v1/conversations", "video": "/v1/calls", "storage": "/v1/files/quota"}


@dataclass
class Sweep:
    """The owner's world and everybody around it; `mine` are the things of those who are signed in, `early` those that
    the former member saw."""

    deployment: Deployment
    world: World
    people: dict[str, Person]
    mine: dict[str, Things]
    early: Things
    tokens: dict[str, str | None] = field(default_factory=dict[str, str | None])

    def headers(self, actor: str) -> dict[str, str]:
        """What the actor shows to be let in."""
        token = self.token(actor)
        return {} if token is None else {"authorization": f"Bearer {token}"}

    def token(self, actor: str) -> str | None:
        """The actor's token; that of a service is made anew, since it lives for a minute."""
        if actor == "service":
            return service_token(self.deployment, "gateway")
        return self.people[actor].session.tokens.access_token if actor in self.people else self.tokens[actor]


def operator_of(deployment: Deployment) -> Operator:
    """Somebody at the command line beside auth."""
    node = deployment.node("auth")
    return Operator(node.data_dir, deployment.ports, node.settings)


def service_token(deployment: Deployment, audience: str) -> str:
    """A token by which chat shows itself to another service."""
    keys = [*deployment.root.rglob("service_key_chat"), *deployment.root.rglob("service_key")]
    assert keys, "no service key is kept"
    return ServiceSigner("chat", Secret(keys[0].read_text()), SystemClock()).token(audience)


async def prepare(deployment: Deployment, persons: Persons) -> Sweep:
    """Build the owner's world, and bring each actor to where they must not get in."""
    canaries, theirs = Canaries(), Canaries()
    owner = await person(persons, canaries, "owner")
    people = {name: await person(persons, theirs, name) for name in ("stranger", "former", "blocked", "disabled")}
    direct = await people["blocked"].conversations.direct(owner.account_id)
    hello = await people["blocked"].messages.send(direct.id, theirs.word("text"))
    world = await furnish(persons, canaries, owner, people["blocked"], [people["former"], people["disabled"]])
    mine: dict[str, Things] = {}
    for name in SIGNED_IN:
        pest = await person(persons, theirs, "pest")
        mine[name] = (await furnish(persons, theirs, people[name], pest)).things
    mine["blocked"] |= {"direct": direct.id, "hello": hello.event_id}
    early = await _remove(people["former"], world)
    sweep = Sweep(deployment, world, people, mine, early)
    await _end(sweep, persons)
    await _settle(sweep)
    return sweep


async def _remove(former: Person, world: World) -> Things:
    """Remove the former member, then let everything that can change in the group change."""
    owner, things, canaries = world.owner, world.things, world.canaries
    group = things["conversation"]
    said = await former.messages.send(group, "of the former member")
    early = {**things, "said": said.event_id}
    await owner.conversations.remove(group, former.account_id)
    for word, place in list(canaries.planted.items()):
        if place in ("title", "text"):
            canaries.planted[word] = f"{place} of before"
    await owner.conversations.change(group, title=canaries.word("title"))
    await owner.messages.edit(group, things["event_id"], canaries.word("text"))
    late = await owner.messages.send(group, canaries.word("text"), reply_to=said.event_id)
    await owner.messages.react(group, said.event_id, "🎉")
    things["event_id"] = late.event_id
    return early


async def _end(sweep: Sweep, persons: Persons) -> None:
    """Disable one, end a session of the owner, and take the tokens that open nothing."""
    owner = sweep.world.owner
    ended = await persons.another_device(owner)
    sweep.people["ended"] = ended
    await owner.auth.end_session(ended.session.tokens.session_id)
    operator_of(sweep.deployment).good("user", "disable", sweep.people["disabled"].name)
    sweep.tokens = {
        "anonymous": None,
        "refresh": owner.session.tokens.refresh_token,
        "content": await content_token(sweep.deployment.url, owner),
    }


async def content_token(url: str, owner: Person) -> str:
    """The token of a browser's content cookie."""
    async with httpx2.AsyncClient(base_url=url, headers={"origin": url}, verify=False, trust_env=False) as http:
        device = {"name": "a browser", "kind": "web"}
        body = {"username": owner.name, "password": owner.password, "device": device}
        answer = await http.post("/v1/auth/login", json=body)
        assert answer.status_code == 200, answer.text
        return next(value for name, value in answer.cookies.items() if name.endswith("content"))


async def _settle(sweep: Sweep) -> None:
    """Wait until every service knows who was disabled, ended and blocked; that is promised within a second."""
    deadline_s = time.monotonic() + 5.0
    for service in SERVICES[1:]:
        url = f"http://localhost:{sweep.deployment.ports.public[service]}"
        for name in ("disabled", "ended"):
            async with http_of(sweep.people[name], url) as http:
                while (await http.get(OWNERS[service])).status_code != 401:
                    assert time.monotonic() < deadline_s, f"{service} still takes the token of {name}"
