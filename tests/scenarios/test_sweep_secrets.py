"""A day full of words that nobody else could have made up, and where none of them may be found afterwards.

Logs, figures, refusals, the environment and command line of processes; and what is hashed nowhere that is stored.
"""

import asyncio
import json
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from secureconnect.client import ServerFault
from tests.fixtures.letters import letter_to, secret_of
from tests.fixtures.nodes import SERVICES, Deployment
from tests.fixtures.persons import Person, Persons
from tests.scenarios.sweep.actors import content_token
from tests.scenarios.sweep.canaries import Canaries
from tests.scenarios.sweep.lines import CHAT, greeted, lines
from tests.scenarios.sweep.world import World, furnish, http_of, person

HASHED = ("password", "token", "secret")
"""Places whose words are stored as hashes alone, or not at all."""
FORGED = '"level":"critical"'
LINE = f'x"}}\r\n{{{FORGED},"event":"forged"}}\n\x1b[31m\u2028{{{FORGED}}}'
"""What would be a log line of its own, where control characters stayed as they are."""
KEYS = frozenset({"at", "level", "event"})


@dataclass
class Day:
    """What was planted, and what was answered to what went wrong."""

    deployment: Deployment
    canaries: Canaries
    refusals: list[str] = field(default_factory=list[str])

    def logs(self) -> list[str]:
        """Every line that the processes wrote."""
        return [line for node in self.deployment.nodes.values() for line in node.log().splitlines() if line]


@pytest.fixture(scope="module", params=["one", "split"])
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Day]:
    """A deployment that writes down all that it can, after a day of use."""
    deployment = Deployment(
        tmp_path_factory.mktemp("secrets"), split=request.param == "split", settings={"log_level": "debug"}
    )
    try:
        deployment.start()
        made = Day(deployment, Canaries())
        asyncio.run(_live(made))
        yield made
    finally:
        deployment.end()


async def _live(day: Day) -> None:
    """People sign up, talk and share; they mistype, forget and try what they may not."""
    canaries = day.canaries
    async with Persons(day.deployment.url) as persons:
        owner = await person(persons, canaries, "owner")
        world = await furnish(persons, canaries, owner, await person(persons, canaries, "nuisance"))
        await _change_password(day, owner)
        device = await persons.another_device(owner)
        for each in (owner, world.pal, device):
            tokens = each.session.tokens
            canaries.adopt(tokens.access_token.rpartition(".")[2], "access token")
            canaries.adopt(tokens.refresh_token or "", "refresh token")
        canaries.adopt((await content_token(day.deployment.url, owner)).rpartition(".")[2], "content token")
        await _mistake(day, world)
        await _misspeak(day, device)


async def _change_password(day: Day, owner: Person) -> None:
    """By knowing it, and by the link of a letter to an address that was verified."""
    canaries = day.canaries
    me = await owner.people.me()
    assert me.pending_email is not None
    verify = await letter_to(day.deployment, me.pending_email, "Confirm")
    await owner.auth.verify_email(canaries.adopt(verify.secret, "secret of an address"))
    password = canaries.word("password")
    await owner.auth.change_password(owner.password, password)
    await owner.auth.ask_reset(username=owner.name)
    reset = await letter_to(day.deployment, me.pending_email, "Set a new")
    owner.password = canaries.word("password")
    await owner.auth.reset(canaries.adopt(secret_of(reset.link), "secret of a reset"), owner.password)
    await owner.auth.login(owner.name, owner.password)


async def _mistake(day: Day, world: World) -> None:
    """Requests that are refused, each with words in all places where somebody could put them."""
    word = day.canaries.word
    device = {"name": LINE, "kind": "python"}
    login, group = {"device": device, "password": word("wrong password")}, world.things["conversation"]
    asked = (
        ("POST", "/v1/auth/login", {**login, "username": world.owner.name}),
        ("POST", "/v1/auth/login", {**login, "username": word("wrong name")}),
        ("POST", "/v1/auth/register", {**login, "username": LINE}),
        ("POST", "/v1/auth/refresh", {"refresh_token": word("wrong token")}),
        ("POST", "/v1/auth/password/reset", {"secret": word("wrong secret"), "new_password": word("password")}),
        ("POST", "/v1/auth/invite", {"secret": word("wrong secret")}),
        ("PATCH", "/v1/users/me", {"email": f"{word('wrong address')} {LINE}"}),
        ("PATCH", "/v1/users/me", {"display_name": [word("wrong shape")]}),
        ("POST", "/v1/conversations", {"kind": word("wrong kind"), "member_ids": [word("wrong id")], "title": LINE}),
        ("POST", f"/v1/conversations/{group}/messages", {"client_id": LINE, "envelope": word("text")}),
        ("GET", f"/v1/files/{word('wrong id')}", None),
        ("GET", f"/v1/users?query={word('query')}&cursor={word('wrong cursor')}", None),
        ("GET", f"/v1/calls?state={word('wrong state')}", None),
        ("GET", f"/v1/sync?token={word('wrong token')}", None),
        ("GET", f"/v1/nowhere/{word('path')}%0d%0a%7b{FORGED}%7d?token={word('token in a query')}", None),
        ("POST", f"/v1/files?token={word('token in a query')}", {"text": word("text")}),
        ("DELETE", "/v1/users/me", {"password": word("wrong password")}),
    )
    async with http_of(world.owner, world.url) as http:
        http.headers |= {"user-agent": word("user agent"), "x-request-id": 'forged{"}', "referer": word("referer")}
        for method, path, body in asked:
            answer = await http.request(method, path, json=body)
            assert 400 <= answer.status_code < 500, (path, answer.status_code)
            day.refusals.append(answer.text)
        headers = {
            "authorization": f"Bearer {word('wrong token')}",
            "cookie": f"secureconnect-refresh={word('wrong token')}",
        }
        for path in ("/v1/users/me", "/v1/conversations", "/v1/calls", "/v1/files/quota", "/metrics"):
            day.refusals.append((await http.get(path, headers=headers)).text)
        bad = f'{{"text": "{word("text")}'.encode()
        answer = await http.post("/v1/conversations", content=bad, headers={"content-type": "application/json"})
        day.refusals.append(answer.text)
    await world.owner.files.upload(b"named as a line", name=LINE, conversation=world.things["conversation"])
    with pytest.raises(ServerFault):
        await world.owner.files.get(word("wrong id"))


async def _misspeak(day: Day, speaker: Person) -> None:
    """Frames that are refused, and sockets that are closed for what they said."""
    word, token = day.canaries.word, speaker.session.tokens.access_token
    async with greeted(speaker.url, CHAT, token) as socket:
        envelope = {"v": 1, "scheme": word("scheme"), "body": word("text")}
        for frame in (
            {"t": word("wrong frame")},
            {"t": "events.read", "conversation": LINE},
            {"t": "message.send", "conversation": word("wrong id"), "client_id": "c", "envelope": envelope},
        ):
            day.refusals.append(json.dumps(await socket.ask(frame)))
        await socket.say({"no": word("text")})
        await socket.ended()
    async with lines(speaker.url, f"{CHAT}?token={word('token in a query')}") as socket:
        await socket.say({"t": "hello", "token": word("wrong token")})
        await socket.ended()


def test_no_log_line_holds_a_secret_or_a_word_of_somebody(day: Day) -> None:
    assert len(day.logs()) > 50
    assert not day.canaries.found("\n".join(day.logs()))


def test_every_log_line_is_one_json_object_and_none_is_forged(day: Day) -> None:
    for line in day.logs():
        entry = json.loads(line)
        assert entry.keys() >= KEYS, line
        assert entry["level"] in {"debug", "info", "warning", "error"}, line
        assert line.isprintable(), line


def test_no_figure_holds_a_secret_or_a_word_of_somebody(day: Day) -> None:
    """At all ten listeners."""
    seen = 0
    with httpx2.Client(trust_env=False, verify=False) as http:
        for service in SERVICES:
            node = day.deployment.node(service)
            bearer = (node.data_dir / "secrets" / "metrics_token").read_text().strip()
            public = f"http://localhost:{day.deployment.ports.public[service]}/metrics"
            inner = f"http://127.0.0.1:{day.deployment.ports.inner[service]}/metrics"
            for url, headers in ((public, {"authorization": f"Bearer {bearer}"}), (inner, {})):
                answer = http.get(url, headers=headers)
                assert answer.status_code == 200, (url, answer.text)
                assert "secureconnect_" in answer.text
                assert not [*day.canaries.found(answer.text), *secrets_in(day, answer.text)]
                seen += 1
    assert seen == 10


def test_no_refusal_repeats_what_it_was_told(day: Day) -> None:
    assert len(day.refusals) > 20
    found = [(refusal, places) for refusal in day.refusals if (places := day.canaries.found(refusal))]
    assert not found


def test_no_process_shows_a_secret_in_its_environment_or_command_line(day: Day) -> None:
    for node in day.deployment.nodes.values():
        for name in ("environ", "cmdline"):
            text = Path(f"/proc/{node.pid}/{name}").read_text(errors="replace")
            assert text, name
            assert not [*day.canaries.found(text), *secrets_in(day, text)]


def test_the_keys_of_the_deployment_are_in_their_files_alone(day: Day) -> None:
    """Files that nobody else may read; not in logs, nor in what was refused."""
    assert not secrets_in(day, "\n".join([*day.logs(), *day.refusals]))
    assert secret_files(day)
    assert {path.stat().st_mode & 0o077 for path in secret_files(day)} == {0}


def test_nothing_stored_holds_a_password_or_a_token(day: Day) -> None:
    """Letters hold their links; whatever else stands on the disk holds hashes."""
    hashed = {word: place for word, place in day.canaries.planted.items() if any(each in place for each in HASHED)}
    assert len(hashed) > 10
    stored = [
        path
        for node in day.deployment.nodes.values()
        for path in node.data_dir.rglob("*")
        if path.is_file() and "outbox" not in path.parts
    ]
    assert stored
    for path in stored:
        content = path.read_bytes()
        assert not [place for word, place in hashed.items() if word.encode() in content], path


def secret_files(day: Day) -> list[Path]:
    """The files that hold what the deployment keeps to itself."""
    found = [path for node in day.deployment.nodes.values() for path in (node.data_dir / "secrets").iterdir()]
    return [*found, *(day.deployment.root / "keys").glob("service_key_*")]


def secrets_in(day: Day, text: str) -> list[str]:
    """The names of the secret files of which a line stands in a text."""
    return [
        path.name
        for path in secret_files(day)
        if any(line in text for line in path.read_text().splitlines() if len(line) >= 16 and "-----" not in line)
    ]
