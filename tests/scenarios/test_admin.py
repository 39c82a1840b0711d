"""Looking after a server over HTTP: setting it up, its accounts, the audit, the policy, the overview."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from pathlib import Path

import pytest

from secureconnect.contracts.errors import Code
from tests.fixtures.entrances import Connected, own_url, refused_everywhere, signed_in, told, without_id
from tests.fixtures.houses import SETTINGS, House, first_link_file, first_secret, looked_after
from tests.fixtures.letters import secret_of
from tests.fixtures.nodes import Deployment
from tests.fixtures.persons import PASSWORD, Person, Persons
from tests.fixtures.scenes import anonymous, body_of, eventually, refusal, refused, texts_of

pytestmark = pytest.mark.anyio

NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057"
NEW_PASSWORD = "quite another sentence"


@pytest.fixture(scope="module", params=["one", "split"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[House]:
    """A running product with an administrator."""
    with looked_after(tmp_path_factory.mktemp(f"admin-{request.param}"), request.param) as made:
        yield made


@pytest.fixture
async def people(house: House) -> AsyncGenerator[Persons]:
    """Makes people of the house."""
    async with Persons(house.url) as made:
        yield made


@pytest.fixture
def fresh(tmp_path: Path) -> Generator[Deployment]:
    """A running product that nobody has set up yet."""
    made = Deployment(tmp_path, settings=SETTINGS)
    try:
        made.start()
        yield made
    finally:
        made.end()


async def acts(chief: Person, count: int) -> list[tuple[str, str | None]]:
    """The newest acts of the audit, oldest first, each with whom it was on."""
    page = await chief.admin.audit().page(limit=count)
    assert all(row.actor == chief.account_id for row in page.items)
    return [(row.act, row.subject) for row in reversed(page.items)]


async def test_until_the_first_link_is_spent_nobody_else_can_register_and_then_only_by_invite(
    fresh: Deployment,
) -> None:
    early = first_secret(fresh)
    assert first_link_file(fresh).stat().st_mode & 0o777 == 0o600
    assert first_link_file(fresh).read_text().strip() == f"{fresh.url}/join#{early}"
    fresh.stop()
    fresh.start()
    secret = first_secret(fresh)
    assert secret not in fresh.logs()
    async with Persons(fresh.url) as persons:
        anna = await persons.keep(Person(fresh.url, "anna"))
        assert (await anna.server.about())["setup_pending"] is True
        assert await refusal(anna.auth.register("anna", PASSWORD)) is Code.AUTH_SETUP_NEEDED
        for wrong in (early, "x", secret[:-1]):
            assert await refusal(anna.auth.register("anna", PASSWORD, invite=wrong)) is Code.AUTH_SECRET_INVALID
        view = await anna.people.see_invite(secret)
        assert (view.kind, view.inviter) == ("first_admin", None)
        raced = [await persons.keep(Person(fresh.url, name)) for name in ("admin", "root", "eve", "mallory")]
        answers = await asyncio.gather(
            *(refusal(each.auth.register(each.name, PASSWORD, invite=secret)) for each in raced)
        )
        assert sorted(map(str, answers)) == sorted([*[str(Code.AUTH_SECRET_INVALID)] * 3, "None"])
        (chief,) = (each for each, answer in zip(raced, answers, strict=True) if answer is None)
        assert (await chief.people.me()).admin
        about = await anna.server.about()
        assert (about["setup_pending"], about["registration"]) == (False, "invite")
        assert await refusal(anna.auth.register("anna", PASSWORD)) is Code.AUTH_INVITE_NEEDED
        made = await chief.people.invite()
        assert made.link is not None
        await anna.auth.register("anna", PASSWORD, invite=secret_of(made.link))
        assert not (await anna.people.me()).admin
    fresh.stop()
    fresh.start()
    assert not first_link_file(fresh).exists()


async def test_what_administrators_do_is_for_them_alone_and_a_refusal_changes_nothing(
    house: House, people: Persons
) -> None:
    chief = await house.chief(people)
    eve, ben = await house.several(people, "eve-one", "ben-one")
    before = (await chief.admin.audit().page(limit=1)).items
    attempts: list[Callable[[Person], Awaitable[object]]] = [
        lambda by: by.admin.accounts().all(),
        lambda by: by.admin.account(ben.account_id),
        lambda by: by.admin.change(ben.account_id, disabled=True),
        lambda by: by.admin.change(eve.account_id, admin=True),
        lambda by: by.admin.end_sessions(ben.account_id),
        lambda by: by.admin.reset_link(ben.account_id),
        lambda by: by.admin.audit().all(),
        lambda by: by.admin.overview(),
        lambda by: by.admin.policy(),
        lambda by: by.admin.set_policy("open"),
    ]
    for attempt in attempts:
        with refused(Code.AUTH_NOT_ADMIN):
            await attempt(eve)
    async with anonymous(house.url) as http:
        for path in ("accounts", f"accounts/{ben.account_id}", "audit", "overview", "policy"):
            assert (await http.get(f"/v1/admin/{path}")).status_code == 401
        close = await http.post(f"/v1/admin/accounts/{ben.account_id}/close", json={})
        assert close.status_code == 401
    for attempt in (
        lambda: chief.admin.change(NOBODY, disabled=True),
        lambda: chief.admin.end_sessions(NOBODY),
        lambda: chief.admin.reset_link(NOBODY),
    ):
        with refused(Code.NOT_FOUND):
            await attempt()
    assert (await chief.admin.audit().page(limit=1)).items == before
    assert (await ben.people.me()).id == ben.account_id
    assert not (await eve.people.me()).admin


async def test_each_act_stands_in_the_audit_once_and_what_stood_already_is_none(house: House, people: Persons) -> None:
    chief = await house.chief(people)
    ben = await house.sign_up(people, "ben-two")
    await chief.admin.change(ben.account_id, admin=True)
    await chief.admin.change(ben.account_id, admin=True)
    await chief.admin.change(ben.account_id, admin=False)
    await chief.admin.reset_link(ben.account_id)
    await chief.admin.end_sessions(ben.account_id)
    await chief.admin.change(ben.account_id, disabled=True)
    await chief.admin.change(ben.account_id, disabled=True)
    await chief.admin.change(ben.account_id, disabled=False)
    await chief.admin.set_policy("closed")
    await chief.admin.set_policy("invite")
    done = ["grant_admin", "revoke_admin", "reset_link", "end_sessions", "disable", "enable"]
    wanted: list[tuple[str, str | None]] = [(f"account.{each}", ben.account_id) for each in done]
    assert await acts(chief, 8) == [*wanted, ("policy.change", None), ("policy.change", None)]
    newest = (await chief.admin.audit().page(limit=1)).items[0]
    assert newest.detail == {"before": "closed", "now": "invite"}


async def test_disabling_cuts_both_sockets_within_a_second_and_is_told_to_nobody_who_tries_to_sign_in(
    house: House, people: Persons
) -> None:
    chief = await house.chief(people)
    ben, anna = await house.several(people, "ben-three", "anna-three")
    token = ben.session.tokens.access_token
    wrong = await signed_in(house.url, ben, password="not the one that it is")
    talk = await anna.conversations.direct(ben.account_id)
    await ben.messages.send(talk.id, "still here")
    async with Connected(ben) as bens:
        account = await chief.admin.change(ben.account_id, disabled=True)
        began_s = time.monotonic()
        await bens.cut_since(began_s)
        await refused_everywhere(house.deployment, token)
    assert (account.disabled, account.sessions) == (True, 0)
    assert without_id(await signed_in(house.url, ben)) == without_id(wrong)
    assert await texts_of(anna, talk.id) == ["still here"]
    assert (await anna.people.get(account.id)).disabled
    with refused(Code.CONFLICT):
        await chief.admin.reset_link(account.id)
    await chief.admin.change(account.id, disabled=False)
    assert (await signed_in(house.url, ben)).status_code == 200
    await refused_everywhere(house.deployment, token)
    assert not (await anna.people.get(account.id)).disabled


async def test_who_is_disabled_hands_groups_over_to_the_oldest_admin_or_else_member_and_the_log_tells(
    house: House, people: Persons
) -> None:
    chief = await house.chief(people)
    ben, first, second, third = await house.several(people, "ben-four", "first", "second", "third")
    everybody = [first.account_id, second.account_id, third.account_id]
    led = await ben.conversations.group("Led", everybody)
    await ben.conversations.set_role(led.id, third.account_id, "admin")
    plain = await ben.conversations.group("Plain", [])
    for account in (second.account_id, first.account_id):
        await ben.conversations.add(plain.id, account)
    shared = await first.conversations.group("Not his", [ben.account_id])
    await ben.messages.send(led.id, "kept")
    account = ben.account_id
    await chief.admin.change(account, disabled=True)

    async def roles(conversation: str) -> dict[str, str]:
        return {member.account: member.role for member in await first.conversations.members(conversation).all()}

    async def handed_over() -> bool:
        now = await roles(led.id), await roles(plain.id)
        return (now[0][third.account_id], now[1][second.account_id]) == ("owner", "owner")

    await eventually(handed_over)
    last = [event async for event in first.messages.history(led.id)][-2:]
    changed = [body_of(event) for event in last if event.kind == "member"]
    assert (third.account_id, "role", "owner") in [(each["account"], each["change"], each["role"]) for each in changed]
    assert "kept" in await texts_of(first, led.id)
    assert (await roles(shared.id))[first.account_id] == "owner"
    await chief.admin.change(account, disabled=False)
    assert (await roles(led.id))[third.account_id] == "owner"


async def test_a_role_that_was_taken_away_is_gone_at_the_next_call_and_the_last_one_stays(
    house: House, people: Persons
) -> None:
    chief = await house.chief(people)
    ben = await house.sign_up(people, "ben-five")
    await chief.admin.change(ben.account_id, admin=True)
    assert (await ben.admin.policy()).registration == "invite"
    await chief.admin.change(ben.account_id, admin=False)
    with refused(Code.AUTH_NOT_ADMIN):
        await ben.admin.policy()
    for act in (
        lambda: chief.admin.change(chief.account_id, admin=False),
        lambda: chief.admin.change(chief.account_id, disabled=True),
        lambda: chief.people.close_account(PASSWORD),
    ):
        with refused(Code.AUTH_LAST_ADMIN):
            await act()
    assert (await chief.people.me()).admin


async def test_who_may_register_is_as_the_policy_says_from_its_change_on(house: House, people: Persons) -> None:
    chief = await house.chief(people)
    made = await chief.people.invite(uses=10)
    assert made.link is not None
    invite = secret_of(made.link)
    async with Person(house.url, "anybody") as anybody:

        async def announced(policy: str) -> bool:
            return (await anybody.server.about())["registration"] == policy

        await chief.admin.set_policy("open")
        await house.registers("open-one")
        await eventually(lambda: announced("open"))
        await chief.admin.set_policy("closed")
        assert await refusal(house.registers("closed-one")) is Code.AUTH_REGISTRATION_CLOSED
        assert await refusal(house.registers("closed-one", invite)) is Code.AUTH_REGISTRATION_CLOSED
        assert await refusal(chief.people.invite()) is Code.AUTH_REGISTRATION_CLOSED
        await eventually(lambda: announced("closed"))
        await chief.admin.set_policy("invite")
        assert await refusal(house.registers("closed-one")) is Code.AUTH_INVITE_NEEDED
        await house.registers("closed-one", invite)


async def test_a_link_that_an_admin_made_sets_a_password_once_and_ends_all_sessions(
    house: House, people: Persons
) -> None:
    chief = await house.chief(people)
    ben = await house.sign_up(people, "ben-six")
    older = await chief.admin.reset_link(ben.account_id)
    newer = await chief.admin.reset_link(ben.account_id)
    assert newer.link.startswith(f"{house.url}/reset#")
    assert await refusal(ben.auth.reset(secret_of(older.link), NEW_PASSWORD)) is Code.AUTH_SECRET_INVALID
    async with Connected(ben) as bens, Person(house.url, ben.name) as other:
        await other.auth.reset(secret_of(newer.link), NEW_PASSWORD)
        began_s = time.monotonic()
        await bens.cut_since(began_s)
        assert await refusal(other.auth.reset(secret_of(newer.link), PASSWORD)) is Code.AUTH_SECRET_INVALID
    assert (await signed_in(house.url, ben)).status_code == 401
    assert (await signed_in(house.url, ben, password=NEW_PASSWORD)).status_code == 200


@pytest.mark.parametrize("house", ["split"], indirect=True)
async def test_a_service_that_was_away_refuses_from_its_start_who_was_signed_out_meanwhile(
    house: House, people: Persons
) -> None:
    ben, anna = await house.several(people, "ben-nine", "anna-nine")
    ended, other = ben.session.tokens.access_token, anna.session.tokens.access_token
    chat = house.deployment.node("chat")
    chat.kill()
    await ben.auth.logout()
    chat.start()
    async with anonymous(own_url(house.deployment, "chat")) as http:
        for token, status in ((ended, 401), (other, 200)):
            answer = await http.get("/v1/conversations", headers={"authorization": f"Bearer {token}"})
            assert answer.status_code == status


async def test_an_admin_signs_somebody_out_everywhere_and_closes_accounts(house: House, people: Persons) -> None:
    chief = await house.chief(people)
    ben = await house.sign_up(people, "ben-seven")
    account, token = ben.account_id, ben.session.tokens.access_token
    async with Connected(ben) as bens:
        await chief.admin.end_sessions(account)
        await bens.cut_since(time.monotonic())
    await refused_everywhere(house.deployment, token)
    assert (await signed_in(house.url, ben)).status_code == 200
    async with anonymous(house.url) as http:
        headers = {"authorization": f"Bearer {chief.session.tokens.access_token}"}
        closed = await http.post(f"/v1/admin/accounts/{account}/close", json={}, headers=headers)
        assert closed.status_code == 204
    assert (await chief.admin.account(account)).closed
    assert (await signed_in(house.url, ben)).status_code == 401
    with refused(Code.AUTH_USERNAME_TAKEN):
        await house.sign_up(people, ben.name)
    with refused(Code.NOT_FOUND):
        await chief.admin.change(account, disabled=False)


async def test_accounts_are_listed_and_found_without_anything_they_wrote(house: House, people: Persons) -> None:
    chief = await house.chief(people)
    made = await house.several(people, "quinn-a", "quinn-b", "quinn-c")
    await made[0].conversations.group("A secret title")
    found = await chief.admin.accounts("QUINN").all()
    assert {one.id for one in found} == {person.account_id for person in made}
    assert all((one.sessions, one.admin, one.disabled) == (1, False, False) for one in found)
    page = await chief.admin.accounts().page(limit=2)
    assert [one.id for one in page.items] == [made[2].account_id, made[1].account_id]
    assert page.next_cursor is not None
    assert "A secret title" not in repr(found)


async def test_the_overview_counts_and_says_how_each_service_is(house: House, people: Persons) -> None:
    chief = await house.chief(people)
    before = await chief.admin.overview()
    assert before.services == dict.fromkeys(("gateway", "auth", "chat", "video", "storage"), "ready")
    assert (before.registration, before.degraded) == ("invite", [])
    anna = await house.sign_up(people, "anna-eight")
    await anna.files.upload(b"x" * 5000, name="five.bin")
    after = await chief.admin.overview()
    assert (after.accounts, after.sessions) == (before.accounts + 1, before.sessions + 1)
    assert before.storage_used_bytes is not None
    assert after.storage_used_bytes == before.storage_used_bytes + 5000


async def test_an_admin_whose_password_was_given_long_ago_gives_it_again(house: House) -> None:
    headers = {"authorization": f"Bearer {house.first_token}"}
    async with anonymous(house.url) as http:

        async def is_asked() -> bool:
            answer = await http.get("/v1/admin/policy", headers=headers)
            assert answer.status_code in {200, 403}
            return answer.status_code == 403 and told(answer)[1] == "auth.password_needed"

        await eventually(is_asked, 12)
        change = await http.patch("/v1/admin/policy", json={"registration": "open"}, headers=headers)
        assert told(change) == (403, "auth.password_needed")
        wrong = await http.post("/v1/auth/confirm", json={"password": "a wrong one"}, headers=headers)
        assert told(wrong) == (401, "auth.credentials_wrong")
        right = await http.post("/v1/auth/confirm", json={"password": PASSWORD}, headers=headers)
        assert right.status_code == 204
        assert (await http.get("/v1/admin/policy", headers=headers)).json() == {"registration": "invite"}
