"""Signing in tells nobody whether a name is known, and lets nobody guess for long."""

import asyncio
import statistics
import time
from pathlib import Path

import pytest

from secureconnect.edge.limits import RATES
from secureconnect.services.auth.passwords import Passwords
from secureconnect.services.auth.store import accounts as store
from secureconnect.services.auth.store.tables import accounts
from tests.fixtures.auth import PASSWORD, AuthHouse, auth, limits, problem

pytestmark = pytest.mark.anyio
WRONG = (401, "auth.credentials_wrong")
LIMITED = (429, "auth.too_many_tries")
FAILURES_MAX = RATES["login_failures_account"].amount


async def test_name_and_password_open_a_session_on_a_new_device(house: AuthHouse) -> None:
    first = await house.register("anna")
    second = await house.signed_in("anna")
    assert second.account == first.account
    assert second.device_id != first.device_id
    assert await house.holds(second.access_token)


@pytest.mark.parametrize("set_up", ["", "disabled_at = 1", "closed_at = 1", "password_hash = NULL"])
async def test_an_account_that_may_not_sign_in_is_answered_as_one_that_is_not_there(
    house: AuthHouse, set_up: str
) -> None:
    await house.register("anna")
    if set_up:
        await house.sql.write(lambda connection: connection.exec_driver_sql(f"UPDATE accounts SET {set_up}"))
    tried = await house.login("anna", PASSWORD if set_up else "wrong")
    unknown = await house.login("nobody-here")
    impossible = await house.login("no body")
    assert problem(tried) == problem(unknown) == problem(impossible) == WRONG
    bodies = [{**each.json(), "request_id": ""} for each in (tried, unknown, impossible)]
    assert bodies[0] == bodies[1] == bodies[2]


async def test_a_known_and_an_unknown_name_take_the_same_time(tmp_path: Path) -> None:
    """Figure: medians of 25 tries each, of hashes that take some ms, differ by less than a third."""
    async with auth(tmp_path / "auth", limits=limits(argon2_memory_kib=8192)) as house:
        await house.register("anna")
        taken: dict[str, list[float]] = {"anna": [], "nobody": []}
        for _ in range(25):
            for name, times in taken.items():
                began_s = time.perf_counter()
                await house.login(name, "wrong password")
                times.append(time.perf_counter() - began_s)
        known, unknown = (statistics.median(times) for times in taken.values())
        assert 0.67 < known / unknown < 1.5


async def test_wrong_tries_on_one_name_are_few_from_however_many_addresses(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", scale=1.0) as house:
        await house.register("anna")
        for name in ("anna", "nobody"):
            tries = [
                house.login(name, f"wrong {number}", x_forwarded_for=f"198.51.100.{number}")
                for number in range(FAILURES_MAX * 2)
            ]
            answers = [problem(answer) for answer in await asyncio.gather(*tries)]
            assert answers.count(WRONG) == FAILURES_MAX, name
            assert answers.count(LIMITED) == FAILURES_MAX, name
        refused = await house.login("anna", PASSWORD, x_forwarded_for="203.0.113.9")
        assert problem(refused) == LIMITED
        assert int(refused.headers["retry-after"]) > 0


async def test_strangers_lock_nobody_out_of_where_they_signed_in_before(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", scale=1.0) as house:
        await house.register("anna")
        assert (await house.login("anna", x_forwarded_for="203.0.113.9")).status_code == 200
        for number in range(FAILURES_MAX + 1):
            await house.login("anna", "wrong", x_forwarded_for=f"198.51.100.{number}")
        assert problem(await house.login("anna", x_forwarded_for="198.51.100.77")) == LIMITED
        assert (await house.login("anna", x_forwarded_for="203.0.113.9")).status_code == 200


async def test_one_address_may_fail_for_many_names_only_so_often(tmp_path: Path) -> None:
    """Figure: the limit, and at most those who stood in line when it was reached."""
    at_once = 40
    most = RATES["login_failures_address"].amount
    async with auth(tmp_path / "auth", scale=1.0) as house:
        answers = [
            problem(answer)
            for first in range(0, most + 2 * at_once, at_once)
            for answer in await asyncio.gather(*[house.login(f"name{n}") for n in range(first, first + at_once)])
        ]
        assert answers.count(WRONG) <= most + at_once
        assert answers[-at_once:] == [LIMITED] * at_once


async def test_right_passwords_of_many_people_behind_one_address_are_no_failures(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", scale=1.0) as house:
        people = [f"person{number}" for number in range(40)]
        for name in people:
            await house.register(name)
        statuses = [
            answer.status_code
            for _ in range(8)
            for answer in await asyncio.gather(*[house.login(name) for name in people])
        ]
        assert statuses == [200] * len(people) * 8


async def test_a_hash_made_with_other_numbers_is_made_anew_when_its_owner_signs_in(house: AuthHouse) -> None:
    first = await house.register("anna")
    earlier = Passwords(limits(argon2_memory_kib=128), lambda count: b"x" * count, "localhost")
    weaker = await earlier.hash(PASSWORD, "test")
    earlier.close()
    change = accounts.update().values(password_hash=weaker)
    await house.sql.write(lambda connection: connection.execute(change))
    await house.signed_in("anna")
    row = await house.sql.read(store.by_id, first.account.id)
    assert row is not None
    assert row.password_hash is not None
    assert "m=64," in row.password_hash
    await house.signed_in("anna")


async def test_people_are_told_of_a_new_device(house: AuthHouse) -> None:
    await house.verified("anna", "anna@example.org")
    await house.login("anna", device={"name": "Tablet\r\nBcc: x@example.org", "kind": "tablet"})
    letter = (await house.letters(2))[-1]
    assert letter.to == "anna@example.org"
    assert "Tablet Bcc: x@example.org" in letter.text
    assert [each.kind for each in await house.changes()].count("sessions") == 2


async def test_the_right_password_in_another_normal_form_is_the_same_password(house: AuthHouse) -> None:
    await house.register("anna", password="crème brûlée für zwölf")
    await house.signed_in("anna", "cre\u0300me bru\u0302le\u0301e fu\u0308r zwo\u0308lf")
