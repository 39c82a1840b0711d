"""Registering: names that are one's own, passwords that hold, and nothing half done."""

import asyncio
from pathlib import Path

import pytest

from secureconnect.contracts.peers import JoinAsk
from secureconnect.kit.ids import secret_hash
from secureconnect.services.auth.store.tables import accounts, invites
from tests.fixtures.auth import DEVICE, PASSWORD, AuthHouse, auth, limits, problem
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


async def registered(house: AuthHouse, username: str, **fields: object) -> tuple[int, str]:
    body = {"username": username, "password": PASSWORD, "device": DEVICE, **fields}
    answer = await house.call("POST", "/v1/auth/register", body)
    return (201, "") if answer.status_code == 201 else problem(answer)


async def add_invite(house: AuthHouse, inviter: str, secret: str, uses: int = 1, conversations: str = "[]") -> None:
    row = {"id": secret, "hash": secret_hash(secret), "inviter": inviter, "uses_left": uses}
    times = {"created_at": 1, "expires_at": house.clock.now_ms() + 60_000}
    await house.sql.write(
        lambda connection: connection.execute(invites.insert().values({**row, **times, "conversations": conversations}))
    )


async def test_registering_signs_in_and_shows_the_name_in_its_one_form(house: AuthHouse) -> None:
    answer = await house.register("Anna.B", display_name="  Anna   Bell ")
    assert (answer.account.username, answer.account.display_name) == ("anna.b", "Anna Bell")
    assert answer.access_expires_in == 600
    assert await house.holds(answer.access_token)
    assert (await house.signed_in("ANNA.B")).account.id == answer.account.id


@pytest.mark.parametrize("other", ["anna", "ANNA", "\uff41\uff4e\uff4e\uff41", "\u0430nna", "ann\u0430"])
async def test_a_name_is_taken_in_every_form_it_can_be_typed_or_mistaken_in(house: AuthHouse, other: str) -> None:
    await house.register("anna")
    assert (await registered(house, other))[1] in {"auth.username_taken", "auth.username_invalid"}


async def test_a_name_that_is_read_like_another_is_taken(house: AuthHouse) -> None:
    await house.register("coco")
    assert await registered(house, "\u0441\u043e\u0441\u043e") == (409, "auth.username_taken")
    assert await registered(house, "c0c0") == (409, "auth.username_taken")


async def test_the_name_of_a_closed_account_is_never_given_again(house: AuthHouse) -> None:
    first = await house.register("anna")
    closed = accounts.update().where(accounts.c.id == first.account.id).values(closed_at=1, username="")
    await house.sql.write(lambda connection: connection.execute(closed))
    assert await registered(house, "anna") == (409, "auth.username_taken")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"username": "a b"}, "auth.username_invalid"),
        ({"username": "everyone"}, "auth.username_invalid"),
        ({"username": "administrator"}, "auth.username_invalid"),
        ({"password": "short"}, "auth.password_weak"),
        ({"password": "Password2024!"}, "auth.password_weak"),
        ({"password": "berta-1234"}, "auth.password_weak"),
        ({"email": "nowhere"}, "auth.email_invalid"),
        ({"display_name": "a\u202eb"}, "request.invalid"),
        ({"role": "admin"}, "request.invalid"),
    ],
)
async def test_what_cannot_be_is_refused_with_the_field_named(
    house: AuthHouse, fields: dict[str, object], code: str
) -> None:
    body = {"username": "berta", "password": PASSWORD, "device": DEVICE, **fields}
    answer = await house.call("POST", "/v1/auth/register", body)
    assert problem(answer) == (422, code)
    assert answer.json()["errors"]
    assert problem(await house.login("berta")) == (401, "auth.credentials_wrong")


async def test_of_two_who_register_one_name_at_once_one_gets_it(house: AuthHouse) -> None:
    answers = await asyncio.gather(*[registered(house, "anna") for _ in range(8)])
    assert sorted(answers) == [(201, ""), *[(409, "auth.username_taken")] * 7]


async def test_nobody_registers_before_the_first_administrator_and_the_link_works_once(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", limits=limits(registration="invite")) as house:
        secret = house.links[0].partition("/join#")[2]
        assert await registered(house, "berta") == (403, "auth.setup_needed")
        assert await registered(house, "berta", invite="guess") == (403, "auth.secret_invalid")
        first = await house.register("admin", invite=secret)
        assert await registered(house, "berta", invite=secret) == (403, "auth.secret_invalid")
        assert await registered(house, "berta") == (403, "auth.invite_needed")
        rows = await house.sql.read(lambda connection: connection.execute(accounts.select()).mappings().all())
        assert [(row["id"], row["admin"]) for row in rows] == [(first.account.id, True)]
    async with auth(tmp_path / "auth", limits=limits(registration="invite")) as house:
        assert house.links == []


async def test_of_many_who_send_the_first_link_at_once_one_becomes_administrator(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", limits=limits(registration="closed")) as house:
        secret = house.links[0].partition("#")[2]
        answers = await asyncio.gather(*[registered(house, f"anna{number}", invite=secret) for number in range(6)])
        assert sorted(answers) == [(201, ""), *[(403, "auth.secret_invalid")] * 5]
        assert await registered(house, "late") == (403, "auth.registration_closed")


async def test_the_first_link_is_made_anew_at_each_start_and_ends_the_one_before(tmp_path: Path) -> None:
    closed = limits(registration="invite")
    async with auth(tmp_path / "auth", limits=closed) as house:
        earlier = house.links[0].partition("#")[2]
    async with auth(tmp_path / "auth", limits=closed) as house:
        assert house.links[0].startswith("http://localhost:8080/join#")
        assert await registered(house, "anna", invite=earlier) == (403, "auth.secret_invalid")
        assert await registered(house, "anna", invite=house.links[0].partition("#")[2]) == (201, "")


async def test_where_registration_is_open_nobody_waits_for_the_administrator(house: AuthHouse) -> None:
    await house.register("berta")
    admin = await house.register("root", invite=house.links[0].partition("#")[2])
    rows = await house.sql.read(lambda connection: connection.execute(accounts.select()).mappings().all())
    assert {row["id"] for row in rows if row["admin"]} == {admin.account.id}


async def test_an_invite_is_used_as_often_as_it_says(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", limits=limits(registration="invite")) as house:
        admin = await house.register("admin", invite=house.links[0].partition("#")[2])
        await add_invite(house, admin.account.id, "secret-of-two", uses=2)
        answers = await asyncio.gather(
            *[registered(house, f"guest{number}", invite="secret-of-two") for number in range(5)]
        )
        assert sorted(answers) == [(201, ""), (201, ""), *[(403, "auth.secret_invalid")] * 3]


async def test_an_invite_that_failed_to_make_an_account_is_not_used_up(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", limits=limits(registration="invite")) as house:
        admin = await house.register("admin", invite=house.links[0].partition("#")[2])
        await add_invite(house, admin.account.id, "once")
        assert await registered(house, "admin", invite="once") == (422, "auth.username_invalid")
        assert await registered(house, "guest", invite="once", password="12345678") == (422, "auth.password_weak")
        assert await registered(house, "guest", invite="once") == (201, "")


async def test_an_invite_ends_with_the_account_of_its_maker(house: AuthHouse) -> None:
    anna = await house.register("anna")
    await add_invite(house, anna.account.id, "secret")
    await house.sql.write(lambda connection: connection.execute(accounts.update().values(disabled_at=1)))
    assert await registered(house, "guest", invite="secret") == (403, "auth.secret_invalid")


async def test_who_registers_by_invite_has_joined_its_conversations_when_answered(house: AuthHouse) -> None:
    anna = await house.register("anna")
    await add_invite(house, anna.account.id, "secret", conversations='["c1","c2"]')
    guest = await house.register("guest", invite="secret")
    assert house.joins == [JoinAsk(guest.account.id, anna.account.id, ["c1", "c2"])]


async def test_a_join_that_chat_did_not_hear_is_asked_again(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth") as house:
        house.chat_away = True
        anna = await house.register("anna")
        await add_invite(house, anna.account.id, "secret", conversations='["c1"]')
        guest = await house.register("guest", invite="secret")
        assert house.joins == []
        await house.sql.write(lambda connection: connection.exec_driver_sql("UPDATE errands SET due_at = 0"))
        house.chat_away = False
        await until(lambda: len(house.joins) == 1, within_s=10)
        assert house.joins[0].account == guest.account.id
