"""Invites, and closing one's account: how people come, and what stays of those who leave."""

import asyncio

import pytest

from secureconnect.contracts.errors import Code
from tests.fixtures.entrances import DEVICE, Connected, refused_everywhere, signed_in, told
from tests.fixtures.letters import secret_of
from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import PASSWORD, Person, Persons
from tests.fixtures.pictures import png
from tests.fixtures.scenes import anonymous, body_of, eventually, refusal, refused, texts_of

pytestmark = pytest.mark.anyio


async def test_an_invites_page_names_who_invites_where_to_and_its_link_is_shown_once(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    group = await anna.conversations.group("The choir")
    made = await anna.people.invite(uses=2, conversations=[group.id])
    assert made.link is not None
    assert made.link.startswith(f"{deployment.url}/join#")
    async with Person(deployment.url, "nobody") as nobody:
        view = await nobody.people.see_invite(secret_of(made.link))
    assert (view.kind, view.expires_at, [each.title for each in view.conversations]) == (
        "invite",
        made.expires_at,
        ["The choir"],
    )
    assert view.inviter is not None
    assert view.inviter.username == anna.name
    (listed,) = await anna.people.invites().all()
    assert (listed.id, listed.uses_left, listed.link) == (made.id, 2, None)


async def test_sixteen_who_race_for_an_invite_of_three_uses_are_three_and_all_are_taken_into_its_group(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    group = await anna.conversations.group("The choir")
    made = await anna.people.invite(uses=3, conversations=[group.id])
    assert made.link is not None
    async with anonymous(deployment.url) as http:
        bodies = [
            {
                "username": f"{anna.name}n{number}",
                "password": PASSWORD,
                "device": DEVICE,
                "invite": secret_of(made.link),
            }
            for number in range(16)
        ]
        answers = await asyncio.gather(*(http.post("/v1/auth/register", json=body) for body in bodies))
    let_in = [answer.json() for answer in answers if answer.status_code == 201]
    assert len(let_in) == 3
    assert {told(answer) for answer in answers if answer.status_code != 201} == {(403, "auth.secret_invalid")}
    wanted = {anna.account_id, *(tokens["account"]["id"] for tokens in let_in)}

    async def all_in() -> bool:
        return {member.account for member in await anna.conversations.members(group.id).all()} == wanted

    await eventually(all_in)
    assert [invite.uses_left for invite in await anna.people.invites().all()] in ([], [0])


async def test_one_who_comes_by_an_invite_reads_its_conversation_from_joining(
    deployment: Deployment, persons: Persons
) -> None:
    anna = await persons.sign_up("anna")
    group = await anna.conversations.group("The choir")
    await anna.messages.send(group.id, "before")
    made = await anna.people.invite(conversations=[group.id])
    assert made.link is not None
    ben = await persons.keep(Person(deployment.url, anna.name + "guest"))
    await ben.auth.register(ben.name, PASSWORD, invite=secret_of(made.link))
    await ben.messages.send(group.id, "thank you")
    assert await texts_of(ben, group.id) == ["thank you"]
    joined = [body_of(event) async for event in anna.messages.history(group.id) if event.kind == "member"][-1]
    assert (joined["account"], joined["change"]) == (ben.account_id, "joined")


async def test_one_invites_only_to_groups_in_which_one_may_add(persons: Persons) -> None:
    anna, ben, eve = await persons.several("anna", "ben", "eve")
    group = await anna.conversations.group("Closed", [ben.account_id])
    direct = await anna.conversations.direct(ben.account_id)
    for person, conversation in ((eve, group.id), (ben, group.id), (anna, direct.id), (anna, "none")):
        assert await refusal(person.people.invite(conversations=[conversation])) is Code.CHAT_NOT_A_MEMBER, person.name


async def test_an_invite_ends_when_it_is_withdrawn_and_only_by_who_made_it(
    deployment: Deployment, persons: Persons
) -> None:
    anna, eve = await persons.several("anna", "eve")
    made = await anna.people.invite(uses=5)
    assert made.link is not None
    with refused(Code.NOT_FOUND):
        await eve.people.withdraw_invite(made.id)
    await anna.people.withdraw_invite(made.id)
    assert await anna.people.invites().all() == []
    async with anonymous(deployment.url) as http:
        body = {"username": anna.name + "late", "password": PASSWORD, "device": DEVICE, "invite": secret_of(made.link)}
        assert told(await http.post("/v1/auth/register", json=body)) == (403, "auth.secret_invalid")
    with refused(Code.INVALID):
        await anna.people.invite(expires_at=1_000)


async def test_a_closed_account_is_a_nameless_shell_and_its_name_is_never_given_again(
    deployment: Deployment, persons: Persons
) -> None:
    anna, ben = await persons.several("anna", "ben")
    phone = await persons.another_device(anna)
    await anna.people.befriend(ben.account_id)
    account, token = anna.account_id, phone.session.tokens.access_token
    with refused(Code.AUTH_CREDENTIALS_WRONG):
        await anna.people.close_account("not my password")
    async with Connected(phone):
        await anna.people.close_account(PASSWORD)
        await refused_everywhere(deployment, token)
    shell = await ben.people.get(account)
    assert (shell.closed, shell.username, shell.display_name, shell.picture) == (True, "", "", None)
    assert await ben.people.friends().all() == []
    assert told(await signed_in(deployment.url, anna)) == (401, "auth.credentials_wrong")
    async with anonymous(deployment.url) as http:
        for name in (anna.name, anna.name.upper()):
            body = {"username": name, "password": PASSWORD, "device": DEVICE}
            assert told(await http.post("/v1/auth/register", json=body)) == (409, "auth.username_taken")


@pytest.mark.parametrize("delete", [False, True])
async def test_of_who_leaves_the_messages_stay_or_go_as_asked_and_the_files_go(persons: Persons, delete: bool) -> None:
    anna, ben = await persons.several("anna", "ben")
    await anna.people.set_picture(png(8, 8), "image/png")
    picture = (await ben.people.get(anna.account_id)).picture
    assert picture is not None
    talk = await anna.conversations.direct(ben.account_id)
    group = await anna.conversations.group("Ours", [ben.account_id])
    file = await anna.files.upload(b"a file", name="a.txt", media_type="text/plain", conversation=group.id)
    await anna.messages.send(group.id, "with a file", file_ids=[file.id])
    await anna.messages.send(talk.id, "in private")
    await ben.messages.send(group.id, "of ben")
    assert await ben.files.content(file.id) == b"a file"
    account = anna.account_id
    await anna.people.close_account(PASSWORD, delete_messages=delete)

    async def left() -> bool:
        return {member.account for member in await ben.conversations.members(group.id).all()} == {ben.account_id}

    async def settled() -> bool:
        texts = await texts_of(ben, group.id), await texts_of(ben, talk.id)
        return texts == ((["of ben"], []) if delete else (["with a file", "of ben"], ["in private"]))

    async def files_gone() -> bool:
        return {await refusal(ben.files.content(each)) for each in (file.id, picture)} == {Code.STORAGE_FILE_NOT_FOUND}

    await eventually(left)
    await eventually(settled)
    await eventually(files_gone)
    (owner,) = await ben.conversations.members(group.id).all()
    assert owner.role == "owner"
    handed = [body_of(event) async for event in ben.messages.history(group.id) if event.kind == "member"][-2:]
    assert [(each["account"], each["change"]) for each in handed] == [(ben.account_id, "role"), (account, "left")]
    assert await refusal(ben.messages.send(talk.id, "are you there?")) is Code.CHAT_NOT_ACCEPTED
