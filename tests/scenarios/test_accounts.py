"""Accounts: signing up, in and out, tokens and their renewal, sessions and what their end cuts."""

import asyncio
import time

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.frames import AccountFrame
from tests.fixtures.entrances import (
    DEVICE,
    Connected,
    opened,
    own_url,
    refused_everywhere,
    signed_in,
    told,
    without_id,
)
from tests.fixtures.letters import letter_to, letters_to
from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import PASSWORD, Persons
from tests.fixtures.scenes import anonymous, refused

pytestmark = pytest.mark.anyio

ALL_OPEN = {"auth": 200, "chat": 200, "video": 200, "storage": 200}


async def test_who_registers_is_signed_in_everywhere_and_seen_under_the_name_they_gave(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    tokens = anna.session.tokens
    assert (tokens.account.username, tokens.account.display_name) == (anna.name, "Anna")
    assert 0 < tokens.access_expires_in <= 600
    assert tokens.refresh_expires_in > 29 * 24 * 3600
    assert await opened(deployment, tokens.access_token) == ALL_OPEN
    me = await anna.people.me()
    assert (me.id, me.username, me.admin, me.email) == (tokens.account.id, anna.name, False, None)


async def test_a_name_is_compared_without_case_and_given_once(deployment: Deployment, persons: Persons) -> None:
    anna = await persons.sign_up("anna")
    async with anonymous(deployment.url) as http:
        body = {"username": anna.name.upper(), "password": PASSWORD, "device": DEVICE}
        again = await http.post("/v1/auth/register", json=body)
        assert told(again) == (409, "auth.username_taken")
        assert (await http.post("/v1/auth/login", json=body)).json()["account"]["id"] == anna.account_id


async def test_a_name_raced_for_is_given_to_one(deployment: Deployment, persons: Persons) -> None:
    name = (await persons.sign_up("race")).name + "again"
    async with anonymous(deployment.url) as http:
        body = {"username": name, "password": PASSWORD, "device": DEVICE}
        answers = await asyncio.gather(*(http.post("/v1/auth/register", json=body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_who_signed_out_is_nobody_at_every_service_and_cannot_refresh(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    tokens = anna.session.tokens
    await anna.auth.logout()
    with pytest.raises(Fault) as forgotten:
        await anna.people.me()
    assert forgotten.value.code is Code.UNAUTHENTICATED
    await refused_everywhere(deployment, tokens.access_token)
    async with anonymous(deployment.url) as http:
        answer = await http.post("/v1/auth/refresh", json={"refresh_token": tokens.refresh_token})
        assert told(answer) == (401, "auth.refresh_invalid")
    await anna.auth.login(anna.name, PASSWORD)
    assert (await anna.people.me()).id == tokens.account.id


async def test_each_refresh_gives_new_tokens_of_the_same_session_and_device(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    first = anna.session.tokens
    second = (await anna.auth.refresh()).tokens
    third = (await anna.auth.refresh()).tokens
    assert len({tokens.refresh_token for tokens in (first, second, third)}) == 3
    assert {(tokens.session_id, tokens.device_id) for tokens in (second, third)} == {
        (first.session_id, first.device_id)
    }
    assert await opened(deployment, third.access_token) == ALL_OPEN
    assert [session.id for session in await anna.auth.sessions().all()] == [first.session_id]


async def test_a_refresh_whose_answer_was_lost_is_answered_again_with_the_same_successor(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    body = {"refresh_token": anna.session.tokens.refresh_token}
    async with anonymous(deployment.url) as http:
        answers = await asyncio.gather(*(http.post("/v1/auth/refresh", json=body) for _ in range(6)))
        assert {answer.status_code for answer in answers} == {200}
        successors = {answer.json()["refresh_token"] for answer in answers}
        assert len(successors) == 1
        going_on = await http.post("/v1/auth/refresh", json={"refresh_token": successors.pop()})
        assert going_on.status_code == 200
        assert await opened(deployment, going_on.json()["access_token"]) == ALL_OPEN


async def test_a_used_refresh_token_sent_again_ends_the_family_and_its_access_tokens_at_every_service(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    phone = await persons.another_device(anna)
    stolen = anna.session.tokens.refresh_token
    await anna.auth.refresh()
    newest = (await anna.auth.refresh()).tokens
    assert await opened(deployment, newest.access_token) == ALL_OPEN
    async with Connected(anna) as sockets, anonymous(deployment.url) as http:
        reused = await http.post("/v1/auth/refresh", json={"refresh_token": stolen})
        began_s = time.monotonic()
        assert told(reused) == (401, "auth.refresh_invalid")
        await refused_everywhere(deployment, newest.access_token)
        await sockets.cut_since(began_s)
        own = await http.post("/v1/auth/refresh", json={"refresh_token": newest.refresh_token})
        assert told(own) == (401, "auth.refresh_invalid")
    assert await opened(deployment, phone.session.tokens.access_token) == ALL_OPEN


async def test_what_is_no_refresh_token_of_ours_is_refused_and_ends_nothing(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    token = anna.session.tokens.refresh_token
    assert token is not None
    async with anonymous(deployment.url) as http:
        for wrong in (token[:-1], token[:-6] + "AAAAAA", "scr_" + "A" * (len(token) - 4), "x", token + "A"):
            answer = await http.post("/v1/auth/refresh", json={"refresh_token": wrong})
            assert told(answer) == (401, "auth.refresh_invalid"), wrong
        assert told(await http.post("/v1/auth/refresh", json={})) == (401, "auth.refresh_invalid")
    await anna.auth.refresh()


async def test_the_list_of_sessions_says_which_devices_are_signed_in_and_which_is_this_one(persons: Persons) -> None:
    anna = await persons.sign_up("anna")
    phone = await persons.another_device(anna)
    sessions = await anna.auth.sessions().all()
    assert {session.id for session in sessions} == {anna.session.tokens.session_id, phone.session.tokens.session_id}
    (current,) = (session for session in sessions if session.current)
    assert (current.id, current.device.id) == (anna.session.tokens.session_id, anna.session.device_id)
    assert (current.device.name, current.device.kind) == (f"{anna.name}'s device", "python")
    assert all(session.created_at <= session.last_used_at for session in sessions)


async def test_ending_a_session_cuts_its_sockets_of_both_kinds_within_a_second_and_no_others(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    phone = await persons.another_device(anna)
    token = phone.session.tokens.access_token
    async with Connected(phone) as phones, Connected(anna) as annas:
        await anna.auth.end_session(phone.session.tokens.session_id)
        began_s = time.monotonic()
        await phones.cut_since(began_s)
        await refused_everywhere(deployment, token)
        assert await annas.live()
    assert len(await anna.auth.sessions().all()) == 1


async def test_nobody_ends_the_session_of_somebody_else(persons: Persons) -> None:
    anna, eve = await persons.several("anna", "eve")
    for session in (anna.session.tokens.session_id, "01890a5d-ac96-774b-bcce-b302099a8057", "x"):
        with refused(Code.NOT_FOUND):
            await eve.auth.end_session(session)
    await anna.people.me()


async def test_a_session_ended_while_its_socket_was_away_stays_ended(deployment: Deployment, persons: Persons) -> None:
    anna = await persons.sign_up("anna")
    phone = await persons.another_device(anna)
    async with Connected(phone):
        pass
    await anna.auth.end_session(phone.session.tokens.session_id)
    with refused(Code.AUTH_REFRESH_INVALID):
        await phone.people.me()
    async with anonymous(own_url(deployment, "auth")) as http:
        me = await http.get("/v1/users/me", headers={"authorization": f"Bearer {anna.session.tokens.access_token}"})
        assert me.status_code == 200


async def test_sign_in_answers_alike_for_a_wrong_password_and_for_a_name_that_nobody_has(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    wrong = await signed_in(deployment.url, anna, password="not the one that it is")
    async with anonymous(deployment.url) as http:
        for name in (anna.name + "x", "no name at all", "admin", "\N{CYRILLIC SMALL LETTER A}nna"):
            body = {"username": name, "password": PASSWORD, "device": DEVICE}
            unknown = await http.post("/v1/auth/login", json=body)
            assert without_id(unknown) == without_id(wrong)
    assert without_id(wrong)[1]["code"] == "auth.credentials_wrong"


async def test_people_are_told_by_letter_of_a_new_device_and_nobody_without_an_address_is(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    address = f"{anna.name}@example.org"
    await anna.people.change_me(email=address)
    await signed_in(deployment.url, anna)
    await anna.auth.verify_email((await letter_to(deployment, address, "Confirm your address")).secret)
    assert not [each for each in letters_to(deployment, address) if each.subject.startswith("New sign-in")]
    await signed_in(deployment.url, anna, {"name": "a strange\r\nphone", "kind": "android"})
    letter = await letter_to(deployment, address, "New sign-in")
    assert "a strange phone" in letter.text.replace("  ", " ")
    assert PASSWORD not in letter.text


async def test_sessions_that_begin_and_end_are_told_to_ones_other_devices(persons: Persons) -> None:
    anna = await persons.sign_up("anna")
    async with anna.chat() as annas:
        phone = await persons.another_device(anna)
        await annas.notices.next(AccountFrame, 5, lambda frame: "sessions" in frame.what)
        await phone.auth.logout()
        await annas.notices.next(AccountFrame, 5, lambda frame: "sessions" in frame.what)
