"""Careful acts ask for the password again, and administrators are known by the store alone."""

from pathlib import Path

import pytest

from secureconnect.contracts.errors import Fault
from secureconnect.edge.identity import Caller
from secureconnect.edge.limits import RATES
from secureconnect.kit.clock import ManualClock, SystemClock
from secureconnect.services.auth.confirmation import Confirmation
from secureconnect.services.auth.passwords import Passwords
from secureconnect.services.auth.store.tables import accounts
from tests.fixtures.auth import LIMITS, PASSWORD, AuthHouse, auth, problem, tokens

pytestmark = pytest.mark.anyio


async def checked(house: AuthHouse, caller: Caller) -> str:
    passwords = Passwords(LIMITS, lambda count: b"r" * count, "x")
    try:
        await Confirmation(house.sql, house.clock, passwords, 600).admin_check(caller)
    except Fault as fault:
        return fault.code.wire
    finally:
        passwords.close()
    return "passed"


async def set_all(house: AuthHouse, **values: object) -> None:
    await house.sql.write(lambda connection: connection.execute(accounts.update().values(values)))


async def test_an_administrator_acts_for_ten_minutes_after_giving_the_password(tmp_path: Path) -> None:
    clock = ManualClock(SystemClock().now_ms())
    async with auth(tmp_path / "auth", clock=clock) as house:
        admin = await house.register("admin", invite=house.links[0].partition("#")[2])
        caller = house.identity.verify(admin.access_token)
        assert await checked(house, caller) == "passed"
        clock.advance_s(590)
        admin = tokens(await house.refresh(admin.refresh_token))
        clock.advance_s(11)
        assert await checked(house, caller) == "auth.password_needed"
        body = {"password": PASSWORD}
        assert (await house.call("POST", "/v1/auth/confirm", body, admin.access_token)).status_code == 204
        assert await checked(house, caller) == "passed"


async def test_the_role_is_read_anew_for_each_act(house: AuthHouse) -> None:
    admin = await house.register("admin", invite=house.links[0].partition("#")[2])
    caller = house.identity.verify(admin.access_token)
    await set_all(house, admin=False)
    assert await checked(house, caller) == "auth.not_admin"
    await set_all(house, admin=True, disabled_at=1)
    assert await checked(house, caller) == "auth.not_admin"
    await set_all(house, disabled_at=None)
    assert await checked(house, caller) == "passed"
    await house.call("POST", "/v1/auth/logout", token=admin.access_token)
    assert await checked(house, caller) == "auth.token_invalid"


async def test_giving_it_opens_this_session_alone(tmp_path: Path) -> None:
    clock = ManualClock(SystemClock().now_ms())
    async with auth(tmp_path / "auth", clock=clock) as house:
        first = await house.register("admin", invite=house.links[0].partition("#")[2])
        second = await house.signed_in("admin")
        clock.advance_s(599)
        await house.call("POST", "/v1/auth/confirm", {"password": PASSWORD}, first.access_token)
        callers = [house.identity.verify(each.access_token) for each in (first, second)]
        clock.advance_s(2)
        assert [await checked(house, caller) for caller in callers] == ["passed", "auth.password_needed"]


async def test_a_wrong_password_opens_nothing_and_may_be_tried_a_few_times(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", scale=1.0) as house:
        anna = await house.register("anna")
        answers = [
            problem(await house.call("POST", "/v1/auth/confirm", {"password": "wrong"}, anna.access_token))
            for _ in range(RATES["confirm"].amount + 1)
        ]
        assert answers[0] == (401, "auth.credentials_wrong")
        assert answers[-1] == (429, "request.too_many")
