"""Looking after a server at its command line, while it runs and while it does not."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from secureconnect.contracts.errors import Code
from tests.fixtures.entrances import OWN_PATHS, Connected, opened, refused_everywhere, signed_in
from tests.fixtures.houses import CHIEF, House, looked_after
from tests.fixtures.letters import letters_to, secret_of
from tests.fixtures.persons import PASSWORD, Person, Persons
from tests.fixtures.scenes import anonymous, body_of, eventually, refused, texts_of
from tests.fixtures.verbs import Done, Operator

pytestmark = pytest.mark.anyio

NEW_PASSWORD = "quite another sentence"
ALL_OPEN = dict.fromkeys(OWN_PATHS, 200)
REFUSED = {
    "user disable nobody-here": "request.not_found",
    "user enable nobody-here": "request.not_found",
    "user set-admin nobody-here": "request.not_found",
    "user end-sessions nobody-here": "request.not_found",
    "user reset-link nobody-here": "request.not_found",
    "user delete nobody-here --yes": "request.not_found",
    f"user delete {CHIEF} --yes": "auth.last_admin",
    f"user disable {CHIEF}": "auth.last_admin",
    f"user create {CHIEF.upper()} --link": "auth.username_taken",
    "mail test nowhere": "auth.email_invalid",
    "user list --set auth.argon2_memory=1": "auth.argon2_memory_kib",
    "audit tail --set data_dir=/proc/nothing": "/proc/nothing",
}
"""Verbs with what their refusals name."""


@pytest.fixture(scope="module", params=["one", "split"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[House]:
    """A running product with an administrator."""
    with looked_after(tmp_path_factory.mktemp(f"operator-{request.param}"), request.param) as made:
        yield made


@pytest.fixture
async def people(house: House) -> AsyncGenerator[Persons]:
    """Makes people of the house."""
    async with Persons(house.url) as made:
        yield made


async def verb(house: House, *words: str) -> str:
    """Run a verb that must succeed, while this process goes on; its standard output."""
    return await asyncio.to_thread(house.operator.good, *words)


async def failing(house: House, *words: str) -> Done:
    """Run a verb that must be refused with a sentence."""
    done = await asyncio.to_thread(house.operator.run, *words)
    assert (done.returncode, done.stdout) == (2, ""), done
    assert done.stderr.startswith("secureconnect: ")
    assert "Traceback" not in done.stderr
    return done


def key_id(token: str) -> str:
    """Which key signed a token."""
    head = token.partition(".")[0]
    return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]


async def test_somebody_made_at_the_command_line_sets_a_password_by_the_link_and_signs_in(
    house: House, people: Persons
) -> None:
    link = (await verb(house, "user", "create", "carla", "--link", "--email", "carla@example.org")).strip()
    assert link.startswith(f"{house.url}/reset#")
    carla = await people.keep(Person(house.url, "carla"))
    await carla.auth.reset(secret_of(link), PASSWORD)
    await carla.auth.login("carla", PASSWORD)
    me = await carla.people.me()
    assert (me.email, me.email_verified, me.admin) == ("carla@example.org", True, False)
    assert await opened(house.deployment, carla.session.tokens.access_token) == ALL_OPEN


async def test_disabling_at_the_command_line_cuts_both_sockets_and_hands_over_what_the_account_owned(
    house: House, people: Persons
) -> None:
    ben, anna = await house.several(people, "ben-one", "anna-one")
    group = await ben.conversations.group("Ours", [anna.account_id])
    await ben.messages.send(group.id, "kept")
    token = ben.session.tokens.access_token
    async with Connected(ben) as bens:
        await verb(house, "user", "disable", ben.name)
        began_s = time.monotonic()
        await bens.cut_since(began_s)
        await refused_everywhere(house.deployment, token)

    async def handed_over() -> bool:
        return (await anna.conversations.get(group.id)).role == "owner"

    await eventually(handed_over)
    last = [body_of(event) async for event in anna.messages.history(group.id) if event.kind == "member"][-2:]
    assert (anna.account_id, "role", "owner") in [(each["account"], each["change"], each["role"]) for each in last]
    assert await texts_of(anna, group.id) == ["kept"]
    assert (await signed_in(house.url, ben)).status_code == 401
    await verb(house, "user", "enable", ben.name)
    assert (await signed_in(house.url, ben)).status_code == 200


async def test_roles_sessions_links_and_ends_are_ordered_at_the_command_line_and_stand_in_the_audit(
    house: House, people: Persons
) -> None:
    ben = await house.sign_up(people, "ben-two")
    account = ben.account_id
    await verb(house, "user", "set-admin", ben.name)
    assert (await ben.admin.policy()).registration == "invite"
    await verb(house, "user", "set-admin", ben.name, "--off")
    with refused(Code.AUTH_NOT_ADMIN):
        await ben.admin.policy()
    async with Connected(ben) as bens:
        await verb(house, "user", "end-sessions", account)
        await bens.cut_since(time.monotonic())
    link = (await verb(house, "user", "reset-link", ben.name)).strip()
    await ben.auth.reset(secret_of(link), NEW_PASSWORD)
    assert (await signed_in(house.url, ben, password=NEW_PASSWORD)).status_code == 200
    await verb(house, "user", "delete", ben.name, "--yes")
    assert (await signed_in(house.url, ben, password=NEW_PASSWORD)).status_code == 401
    rows = json.loads(await verb(house, "audit", "tail", "--limit", "5", "--json"))
    acts = ["grant_admin", "revoke_admin", "end_sessions", "reset_link", "close"]
    assert [(row["act"], row["actor"], row["subject"]) for row in rows] == [
        (f"account.{act}", "operator", account) for act in acts
    ]


async def test_many_come_by_a_file_and_each_has_a_link_of_their_own(
    house: House, people: Persons, tmp_path: Path
) -> None:
    file, links = tmp_path / "people.csv", tmp_path / "links.csv"
    names = [f"import-{number}" for number in range(60)]
    file.write_text("username,display_name\n" + "".join(f"{name},Ms {name.title()}\n" for name in names))
    await verb(house, "user", "import", str(file), "--out", str(links))
    rows = [line.split(",") for line in links.read_text().splitlines()[1:]]
    assert [row[0] for row in rows] == names
    assert len({row[1] for row in rows}) == len(names)
    person = await people.keep(Person(house.url, names[-1]))
    await person.auth.reset(secret_of(rows[-1][1]), PASSWORD)
    await person.auth.login(person.name, PASSWORD)
    assert (await person.people.me()).display_name == "Ms Import-59"
    listed = json.loads(await verb(house, "user", "list", "--query", "import-", "--json"))
    assert {each["username"] for each in listed} == set(names)


async def test_a_test_letter_goes_where_letters_go(house: House) -> None:
    await verb(house, "mail", "test", "postmaster@example.org")
    (letter,) = letters_to(house.deployment, "postmaster@example.org")
    assert "A test of mail" in letter.subject


async def test_rotating_keys_signs_nobody_out_and_every_service_takes_old_tokens_and_new_ones(
    house: House, people: Persons
) -> None:
    anna, ben = await house.several(people, "anna-three", "ben-three")
    talk = await anna.conversations.direct(ben.account_id)
    old = anna.session.tokens.access_token
    async with Connected(anna) as annas:
        await verb(house, "keys", "rotate")
        assert await opened(house.deployment, old) == ALL_OPEN
        await anna.auth.refresh()
        new = anna.session.tokens.access_token
        assert key_id(old) != key_id(new)
        assert await opened(house.deployment, new) == ALL_OPEN
        assert await opened(house.deployment, old) == ALL_OPEN
        assert key_id((await signed_in(house.url, ben)).json()["access_token"]) == key_id(new)
        await ben.messages.send(talk.id, "still there?")
        assert (await annas.chat.next_event()).sender == ben.account_id
        assert await annas.live()
    async with anonymous(house.url) as http:
        known = [key["kid"] for key in (await http.get("/.well-known/jwks.json")).json()["keys"]]
    assert {key_id(old), key_id(new)} <= set(known)
    (row,) = json.loads(await verb(house, "audit", "tail", "--limit", "1", "--json"))
    assert (row["act"], row["actor"], row["detail"]["kid"]) == ("keys.rotate", "operator", key_id(new))


@pytest.mark.parametrize("house", ["split"], indirect=True)
async def test_what_cannot_be_done_is_refused_in_a_sentence_that_says_that_nothing_was(house: House) -> None:
    two_at_once = asyncio.Semaphore(2)

    async def one(words: str, told: str) -> None:
        async with two_at_once:
            done = await failing(house, *words.split())
        assert told in done.stderr, words
        assert "othing was changed" in done.stderr or "nothing was started" in done.stderr, words

    await asyncio.gather(*(one(words, told) for words, told in REFUSED.items()))


@pytest.mark.parametrize("house", ["split"], indirect=True)
async def test_while_auth_is_away_a_split_deployment_is_left_alone_and_the_verb_says_so(house: House) -> None:
    auth = house.deployment.node("auth")
    assert auth.stop() == 0
    try:
        done = await failing(house, "user", "create", "late", "--link")
    finally:
        auth.start()
    assert "does not answer" in done.stderr
    assert "Nothing was changed" in done.stderr
    assert "late" not in await verb(house, "user", "list")


@pytest.mark.parametrize("house", ["one"], indirect=True)
async def test_what_is_ordered_while_nothing_runs_holds_once_it_does(house: House, people: Persons) -> None:
    node = house.deployment.node("auth")
    anna, ben = await house.several(people, "anna", "ben")
    group = await ben.conversations.group("Ours", [anna.account_id])
    lost, kept = ben.session.tokens.access_token, anna.session.tokens.access_token
    assert node.stop() == 0
    try:
        link = _ordered(house.operator)
    finally:
        node.start()
    await refused_everywhere(house.deployment, lost)
    assert await opened(house.deployment, kept) == ALL_OPEN
    assert (await anna.conversations.get(group.id)).role == "owner"
    dora = await people.keep(Person(house.url, "dora"))
    await dora.auth.reset(secret_of(link), PASSWORD)
    await dora.auth.login("dora", PASSWORD)
    assert (await dora.admin.policy()).registration == "invite"
    assert key_id(kept) != key_id(dora.session.tokens.access_token)


def _ordered(operator: Operator) -> str:
    """Disable somebody, make an administrator and a new key; the administrator's link."""
    operator.good("user", "disable", "ben")
    link = operator.good("user", "create", "dora", "--admin", "--link").strip()
    operator.good("keys", "rotate")
    listed = json.loads(operator.good("user", "list", "--json"))
    states = {one["username"]: (one["admin"], one["disabled"]) for one in listed}
    assert (states["dora"], states["ben"], states["anna"]) == ((True, False), (False, True), (False, False))
    return link
