"""Passwords are changed by who knows them, and set anew by who holds a link, once."""

import asyncio
from pathlib import Path

import pytest

from secureconnect.kit.clock import ManualClock, SystemClock
from secureconnect.services.auth.store import one_time as store
from secureconnect.services.auth.store.tables import one_time_secrets
from tests.fixtures.auth import PASSWORD, AuthHouse, auth, problem, tokens

pytestmark = pytest.mark.anyio
NEW = "another quiet evening"


async def asked(house: AuthHouse, **by: str) -> int:
    return (await house.call("POST", "/v1/auth/password/reset-request", by)).status_code


async def reset(house: AuthHouse, secret: str, password: str = NEW) -> tuple[int, str]:
    body = {"secret": secret, "new_password": password}
    answer = await house.call("POST", "/v1/auth/password/reset", body)
    return (204, "") if answer.status_code == 204 else problem(answer)


async def test_changing_the_password_ends_the_other_sessions_and_tells_the_owner(house: AuthHouse) -> None:
    first = await house.verified("anna", "anna@example.org")
    other = await house.signed_in("anna")
    body = {"password": PASSWORD, "new_password": NEW}
    assert (await house.call("POST", "/v1/auth/password", body, first.access_token)).status_code == 204
    assert await house.holds(first.access_token)
    assert (await house.refresh(first.refresh_token)).status_code == 200
    assert not await house.holds(other.access_token)
    assert (await house.refresh(other.refresh_token)).status_code == 401
    assert problem(await house.login("anna")) == (401, "auth.credentials_wrong")
    assert (await house.login("anna", NEW)).status_code == 200
    assert "Your password was changed" in {letter.subject.partition(" (")[0] for letter in await house.letters(3)}


async def test_a_wrong_or_weak_password_changes_nothing(house: AuthHouse) -> None:
    first = await house.register("anna")
    for body, code in (
        ({"password": "wrong", "new_password": NEW}, "auth.credentials_wrong"),
        ({"password": PASSWORD, "new_password": "annaanna"}, "auth.password_weak"),
    ):
        assert problem(await house.call("POST", "/v1/auth/password", body, first.access_token))[1] == code
    await house.signed_in("anna")


async def test_a_link_sets_a_password_once_and_ends_all_sessions(house: AuthHouse) -> None:
    first = await house.verified("anna", "Anna@Example.org")
    assert await asked(house, email="anna@EXAMPLE.org") == 204
    secret = (await house.letters(2))[-1].secret
    assert await reset(house, secret) == (204, "")
    assert not await house.holds(first.access_token)
    assert await reset(house, secret, "yet another evening") == (403, "auth.secret_invalid")
    await house.signed_in("anna", NEW)


async def test_of_many_who_spend_a_link_at_once_one_succeeds(house: AuthHouse) -> None:
    await house.verified("anna", "anna@example.org")
    await asked(house, username="anna")
    secret = (await house.letters(2))[-1].secret
    answers = await asyncio.gather(*[reset(house, secret, f"quiet evening {number}") for number in range(8)])
    assert sorted(answers) == [(204, ""), *[(403, "auth.secret_invalid")] * 7]


async def test_a_weak_password_does_not_spend_the_link(house: AuthHouse) -> None:
    await house.verified("anna", "anna@example.org")
    await asked(house, username="ANNA")
    secret = (await house.letters(2))[-1].secret
    assert await reset(house, secret, "12345678") == (422, "auth.password_weak")
    assert await reset(house, secret) == (204, "")


async def test_a_newer_link_ends_the_older_and_each_ends_after_ten_minutes(tmp_path: Path) -> None:
    clock = ManualClock(SystemClock().now_ms())
    async with auth(tmp_path / "auth", clock=clock) as house:
        await house.verified("anna", "anna@example.org")
        await asked(house, username="anna")
        older = (await house.letters(2))[-1].secret
        await asked(house, username="anna")
        newer = (await house.letters(3))[-1].secret
        assert await reset(house, older) == (403, "auth.secret_invalid")
        clock.advance_s(601)
        assert await reset(house, newer) == (403, "auth.secret_invalid")
        assert await house.sql.write(store.forget_expired, clock.now_ms()) == 1


async def test_changing_the_password_ends_links_that_were_sent(house: AuthHouse) -> None:
    first = await house.verified("anna", "anna@example.org")
    await asked(house, username="anna")
    secret = (await house.letters(2))[-1].secret
    body = {"password": PASSWORD, "new_password": NEW}
    await house.call("POST", "/v1/auth/password", body, first.access_token)
    assert await reset(house, secret, "yet another evening") == (403, "auth.secret_invalid")


async def test_asking_is_answered_alike_for_every_name_and_only_verified_addresses_get_letters(
    house: AuthHouse,
) -> None:
    await house.register("anna", email="anna@example.org")
    await house.register("berta")
    for by in (
        {"username": "anna"},
        {"username": "berta"},
        {"username": "nobody"},
        {"username": "no body"},
        {"email": "anna@example.org"},
        {"email": "nobody@example.org"},
    ):
        answer = await house.call("POST", "/v1/auth/password/reset-request", by)
        assert (answer.status_code, answer.content) == (204, b"")
    await house.verified("carla", "carla@example.org")
    assert await asked(house, username="carla") == 204
    letters = await house.letters(3)
    assert [letter.to for letter in letters if "/reset#" in letter.text] == ["carla@example.org"]


async def test_asking_for_one_account_is_limited_whether_it_exists_or_not(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", scale=1.0) as house:
        await house.register("anna")
        for name in ("anna", "nobody"):
            statuses = [await asked(house, username=name) for _ in range(6)]
            assert statuses == [204] * 5 + [429]


async def test_name_or_address_is_needed_and_not_both(house: AuthHouse) -> None:
    assert await asked(house) == 422
    assert await asked(house, username="anna", email="anna@example.org") == 422


async def test_secrets_are_kept_as_hashes_alone(house: AuthHouse) -> None:
    await house.verified("anna", "anna@example.org")
    await asked(house, username="anna")
    secret = (await house.letters(2))[-1].secret
    assert len(secret) >= 43
    rows = await house.sql.read(lambda connection: connection.execute(one_time_secrets.select()).all())
    assert rows
    assert secret not in repr(rows)


async def test_a_session_that_was_begun_beside_a_reset_with_the_old_password_does_not_survive_it(
    house: AuthHouse,
) -> None:
    await house.verified("anna", "anna@example.org")
    await asked(house, username="anna")
    secret = (await house.letters(2))[-1].secret
    tries = asyncio.gather(*[house.login("anna") for _ in range(6)])
    assert await reset(house, secret) == (204, "")
    for answer in await tries:
        assert answer.status_code == 401 or not await house.holds(tokens(answer).access_token)
