"""Passwords, names and addresses: what is taken, how they are changed and won back, and who is told."""

import asyncio
import time

import pytest

from secureconnect.contracts.errors import Code
from tests.fixtures.entrances import DEVICE, Connected, refused_everywhere, signed_in, told, without_id
from tests.fixtures.letters import letter_to, letters_to
from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import PASSWORD, Person, Persons
from tests.fixtures.scenes import anonymous, eventually, refused
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio

NEW_PASSWORD = "quite another sentence"
USED = (403, "auth.secret_invalid")


async def with_address(deployment: Deployment, persons: Persons, name: str) -> tuple[Person, str]:
    """Somebody with a verified address."""
    person = await persons.sign_up(name)
    address = f"{person.name}@example.org"
    await person.people.change_me(email=address)
    await person.auth.verify_email((await letter_to(deployment, address, "Confirm your address")).secret)
    return person, address


async def test_a_changed_password_ends_the_other_sessions_and_alone_signs_in(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    phone = await persons.another_device(anna)
    token = phone.session.tokens.access_token
    async with Connected(phone) as phones, Connected(anna) as annas:
        await anna.auth.change_password(PASSWORD, NEW_PASSWORD)
        began_s = time.monotonic()
        await phones.cut_since(began_s)
        await refused_everywhere(deployment, token)
        assert await annas.live()
    assert [session.current for session in await anna.auth.sessions().all()] == [True]
    assert told(await signed_in(deployment.url, anna)) == (401, "auth.credentials_wrong")
    assert (await signed_in(deployment.url, anna, password=NEW_PASSWORD)).status_code == 200


async def test_a_password_is_changed_only_by_who_gives_the_present_one(persons: Persons) -> None:
    anna = await persons.sign_up("anna")
    phone = await persons.another_device(anna)
    with refused(Code.AUTH_CREDENTIALS_WRONG):
        await anna.auth.change_password("a guess that is wrong", NEW_PASSWORD)
    with refused(Code.AUTH_PASSWORD_WEAK):
        await anna.auth.change_password(PASSWORD, "password123")
    assert (await phone.people.me()).id == anna.account_id


async def test_of_two_who_change_a_password_at_once_one_does(deployment: Deployment, persons: Persons) -> None:
    anna = await persons.sign_up("anna")
    phone = await persons.another_device(anna)
    wished = [f"{NEW_PASSWORD} {number}" for number in range(2)]
    done = await asyncio.gather(
        anna.auth.change_password(PASSWORD, wished[0]),
        phone.auth.change_password(PASSWORD, wished[1]),
        return_exceptions=True,
    )
    good = [await signed_in(deployment.url, anna, password=each) for each in wished]
    assert [answer.status_code for answer in good] == [200 if each is None else 401 for each in done]
    assert sum(each is None for each in done) == 1


@pytest.mark.parametrize(
    "weak",
    ["short1!", "password123", "letmein2024", "qwertyuiop", "aaaaaaaaaaaa", "12345678", "P@ssw0rd!!", "19991231"],
)
async def test_a_password_that_is_tried_first_is_not_taken(deployment: Deployment, weak: str) -> None:
    async with anonymous(deployment.url) as http:
        body = {"username": "somebody-new", "password": weak, "device": DEVICE}
        answer = await http.post("/v1/auth/register", json=body)
    assert told(answer) == (422, "auth.password_weak")
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/password"
    assert weak not in answer.text


async def test_a_password_made_of_ones_own_name_or_of_the_servers_is_not_taken(deployment: Deployment) -> None:
    person = {"username": "wilhelmina", "display_name": "Grünfeld", "email": "tulipfarm@example.org"}
    async with anonymous(deployment.url) as http:
        for weak in ("wilhelmina", "Wilhelmina1!", "4nimlehliw", "grünfeld2024", "tulipfarm99", "secureconnect1"):
            answer = await http.post("/v1/auth/register", json={**person, "password": weak, "device": DEVICE})
            assert told(answer) == (422, "auth.password_weak"), weak


@pytest.mark.parametrize(
    "name",
    [
        "two words",
        "_first",
        "last.",
        "a/b",
        "a@b",
        "emoji\N{GRINNING FACE}",
        "zero\N{ZERO WIDTH JOINER}width",
        "x" * 65,
        "admin",
        "Support",
        "r00t",
        "everyone",
        "\N{CYRILLIC SMALL LETTER A}nna",
        "\N{CYRILLIC SMALL LETTER ER}aypal",
    ],
)
async def test_a_name_that_misleads_or_cannot_be_read_is_not_taken(deployment: Deployment, name: str) -> None:
    async with anonymous(deployment.url) as http:
        answer = await http.post("/v1/auth/register", json={"username": name, "password": PASSWORD, "device": DEVICE})
    assert told(answer) == (422, "auth.username_invalid")
    assert answer.json()["errors"][0]["pointer"] == "/username"


async def test_a_name_that_is_read_as_somebody_elses_is_taken_already(deployment: Deployment, persons: Persons) -> None:
    modern = await persons.sign_up("modern")
    number = modern.name.removeprefix("modern")
    async with anonymous(deployment.url) as http:
        for alike in (f"modem{number}", f"rnodern{number}", f"MODEM{number}"):
            body = {"username": alike, "password": PASSWORD, "device": DEVICE}
            assert told(await http.post("/v1/auth/register", json=body)) == (409, "auth.username_taken"), alike
        greek = {"username": "\N{GREEK SMALL LETTER OMICRON}" * 3, "password": PASSWORD, "device": DEVICE}
        first = await http.post("/v1/auth/register", json=greek)
        again = await http.post("/v1/auth/register", json={**greek, "username": "ooo"})
        assert (first.status_code, told(again)) == (201, (409, "auth.username_taken"))


async def test_an_address_counts_once_its_link_was_followed_and_the_link_works_once(
    deployment: Deployment, persons: Persons
) -> None:
    anna, eve = await persons.several("anna", "eve")
    address = f"{anna.name}@example.org"
    waiting = await anna.people.change_me(email=address)
    assert (waiting.email, waiting.email_verified, waiting.pending_email) == (None, False, address)
    letter = await letter_to(deployment, address, "Confirm your address")
    assert letter.link.startswith(f"{deployment.url}/verify#")
    async with anonymous(deployment.url) as http:
        assert (await http.post("/v1/auth/email/verify", json={"secret": letter.secret})).status_code == 204
        assert told(await http.post("/v1/auth/email/verify", json={"secret": letter.secret})) == USED
        assert told(await http.post("/v1/auth/email/verify", json={"secret": "x"})) == USED
        reset = await http.post("/v1/auth/password/reset", json={"secret": letter.secret, "new_password": NEW_PASSWORD})
        assert told(reset) == USED
    me = await anna.people.me()
    assert (me.email, me.email_verified, me.pending_email) == (address, True, None)
    assert address not in repr(await eve.people.get(anna.account_id))


async def test_a_newer_link_ends_the_one_before_it_and_the_old_address_hears_of_the_new(
    deployment: Deployment, persons: Persons
) -> None:
    anna, old = await with_address(deployment, persons, "anna")
    first, second = f"first-{old}", f"second-{old}"
    await anna.people.change_me(email=first)
    await anna.people.change_me(email=second)
    ended = await letter_to(deployment, first, "Confirm your address")
    with refused(Code.AUTH_SECRET_INVALID):
        await anna.auth.verify_email(ended.secret)
    assert (await anna.people.me()).email == old
    await anna.auth.verify_email((await letter_to(deployment, second, "Confirm your address")).secret)
    assert (await anna.people.me()).email == second
    await letter_to(deployment, old, "Your address was changed")
    await anna.people.change_me(email=None)
    await letter_to(deployment, second, "Your address was changed")
    assert (await anna.people.me()).email is None


async def test_a_password_is_won_back_by_mail_once_and_all_sessions_end(
    deployment: Deployment, persons: Persons
) -> None:
    anna, address = await with_address(deployment, persons, "anna")
    async with Connected(anna) as sockets, anonymous(deployment.url) as http:
        await anna.auth.ask_reset(username=anna.name)
        letter = await letter_to(deployment, address, "Set a new password")
        assert letter.link.startswith(f"{deployment.url}/reset#")
        weak = await http.post("/v1/auth/password/reset", json={"secret": letter.secret, "new_password": anna.name})
        assert told(weak) == (422, "auth.password_weak")
        body = {"secret": letter.secret, "new_password": NEW_PASSWORD}
        answers = await asyncio.gather(*(http.post("/v1/auth/password/reset", json=body) for _ in range(4)))
        began_s = time.monotonic()
        assert sorted(answer.status_code for answer in answers) == [204, 403, 403, 403]
        await sockets.cut_since(began_s)
    assert (await signed_in(deployment.url, anna)).status_code == 401
    assert (await signed_in(deployment.url, anna, password=NEW_PASSWORD)).status_code == 200
    await letter_to(deployment, address, "Your password was changed")


async def test_a_newer_reset_link_ends_the_older_and_a_change_of_password_ends_both(
    deployment: Deployment, persons: Persons
) -> None:
    anna, address = await with_address(deployment, persons, "anna")

    async def links(count: int) -> list[str]:
        def found() -> list[str]:
            return [each.secret for each in letters_to(deployment, address) if each.subject.startswith("Set a new")]

        await until(lambda: len(found()) == count)
        return found()

    await anna.auth.ask_reset(email=address)
    await links(1)
    await anna.auth.ask_reset(username=anna.name.upper())
    old, new = await links(2)
    with refused(Code.AUTH_SECRET_INVALID):
        await anna.auth.reset(old, NEW_PASSWORD)
    await anna.auth.change_password(PASSWORD, NEW_PASSWORD)
    with refused(Code.AUTH_SECRET_INVALID):
        await anna.auth.reset(new, PASSWORD)


async def test_asking_for_a_reset_tells_nobody_whether_there_is_such_an_account(
    deployment: Deployment, persons: Persons
) -> None:
    anna, address = await with_address(deployment, persons, "anna")
    unverified = await persons.sign_up("ben")
    waiting = f"{unverified.name}@example.org"
    await unverified.people.change_me(email=waiting)
    asked = [{"username": anna.name}, {"username": unverified.name}, {"username": "nobody-at-all"}]
    asked += [{"username": "no name"}, {"email": address}, {"email": waiting}, {"email": "nobody@example.org"}]
    async with anonymous(deployment.url) as http:
        answers = [await http.post("/v1/auth/password/reset-request", json=each) for each in asked]
        assert {(answer.status_code, answer.content) for answer in answers} == {(204, b"")}
        neither = await http.post("/v1/auth/password/reset-request", json={})
        assert neither.status_code == 422

    async def two_came() -> bool:
        return sum(each.subject.startswith("Set a new") for each in letters_to(deployment, address)) == 2

    await eventually(two_came)
    assert [each.subject for each in letters_to(deployment, waiting) if each.subject.startswith("Set a new")] == []


async def test_a_link_that_was_spent_has_ended_or_never_was_is_refused_alike(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    ended = await anna.people.invite()
    spent = await anna.people.invite(uses=1)
    assert ended.link is not None
    assert spent.link is not None
    await anna.people.withdraw_invite(ended.id)
    ben = await persons.keep(Person(deployment.url, anna.name + "guest"))
    await ben.auth.register(ben.name, PASSWORD, invite=spent.link.partition("#")[2])
    secrets = [link.partition("#")[2] for link in (ended.link, spent.link)] + ["never", "A" * 22]
    async with anonymous(deployment.url) as http:
        views = [await http.post("/v1/auth/invite", json={"secret": secret}) for secret in secrets]
        assert len({repr(without_id(view)) for view in views}) == 1
        assert told(views[0]) == USED
        resets = [
            await http.post("/v1/auth/password/reset", json={"secret": secret, "new_password": NEW_PASSWORD})
            for secret in secrets
        ]
        assert len({repr(without_id(reset)) for reset in resets}) == 1
        assert told(resets[0]) == USED
