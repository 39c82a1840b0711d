"""Administrators disable, promote, sign out, help and close; each act stands in the audit, and one of them stays."""

import asyncio
from pathlib import Path

import httpx2
import pytest

from secureconnect.contracts.auth import TokensAnswer
from secureconnect.kit.clock import ManualClock, SystemClock
from tests.fixtures.auth import PASSWORD, AuthHouse, auth, problem
from tests.fixtures.neighbours import Neighbours
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


async def first_admin(house: AuthHouse) -> TokensAnswer:
    """The first administrator."""
    return await house.register("root1", invite=house.links[0].partition("#")[2])


async def change(house: AuthHouse, who: TokensAnswer, account: TokensAnswer, **fields: bool) -> httpx2.Response:
    """Disable, enable or change a role."""
    return await house.call("PATCH", f"/v1/admin/accounts/{account.account.id}", fields, who.access_token)


async def acts(house: AuthHouse, who: TokensAnswer) -> list[tuple[str, str, str | None]]:
    """The audit, oldest first."""
    rows = (await house.call("GET", "/v1/admin/audit", token=who.access_token)).json()["items"]
    return [(row["actor"], row["act"], row["subject"]) for row in reversed(rows)]


@pytest.fixture
async def admin(house: AuthHouse, neighbours: Neighbours) -> TokensAnswer:
    """The administrator of that service."""
    return await first_admin(house)


async def test_accounts_are_listed_newest_first_and_found_by_name_or_address(
    house: AuthHouse, admin: TokensAnswer
) -> None:
    await house.verified("anna", "berta@example.org")
    bert = await house.register("bert", display_name="Aaron")
    await house.signed_in("bert")

    async def names(query: str) -> list[str]:
        answer = await house.call("GET", f"/v1/admin/accounts{query}", token=admin.access_token)
        return [each["username"] for each in answer.json()["items"]]

    assert await names("") == ["bert", "anna", "root1"]
    assert await names("?query=BERT") == ["bert", "anna"]
    assert await names("?query=aar") == ["bert"]
    assert await names("?query=a%00") == []
    first = (await house.call("GET", "/v1/admin/accounts?limit=2", token=admin.access_token)).json()
    assert await names(f"?cursor={first['next_cursor']}") == ["root1"]
    one = (await house.call("GET", f"/v1/admin/accounts/{bert.account.id}", token=admin.access_token)).json()
    assert (one["sessions"], one["admin"], one["disabled"], one["closed"]) == (2, False, False, False)


async def test_nobody_else_comes_to_any_of_it(house: AuthHouse, admin: TokensAnswer) -> None:
    anna = await house.register("anna")
    path = f"/v1/admin/accounts/{admin.account.id}"
    for method, where, body in (
        ("GET", "/v1/admin/accounts", None),
        ("GET", path, None),
        ("PATCH", path, {"disabled": True}),
        ("POST", f"{path}/end-sessions", None),
        ("POST", f"{path}/reset-link", None),
        ("POST", f"{path}/close", {}),
        ("GET", "/v1/admin/audit", None),
        ("GET", "/v1/admin/overview", None),
        ("GET", "/v1/admin/policy", None),
        ("PATCH", "/v1/admin/policy", {"registration": "open"}),
    ):
        assert problem(await house.call(method, where, body, anna.access_token)) == (403, "auth.not_admin")
        assert (await house.call(method, where, body)).status_code == 401
    assert await acts(house, admin) == []


async def test_the_password_is_asked_for_again_after_ten_minutes(tmp_path: Path) -> None:
    clock = ManualClock(SystemClock().now_ms())
    async with auth(tmp_path / "auth", clock=clock) as house:
        admin = await first_admin(house)
        clock.advance_s(599)
        assert (await house.call("GET", "/v1/admin/policy", token=admin.access_token)).status_code == 200
        clock.advance_s(2)
        fresh = (await house.refresh(admin.refresh_token)).json()["access_token"]
        assert problem(await house.call("GET", "/v1/admin/policy", token=fresh)) == (403, "auth.password_needed")


async def test_a_disabled_account_is_out_at_once_and_cannot_come_back_until_it_is_enabled(
    house: AuthHouse, neighbours: Neighbours, admin: TokensAnswer
) -> None:
    anna = await house.register("anna")
    answer = await change(house, admin, anna, disabled=True)
    assert (answer.status_code, answer.json()["disabled"], answer.json()["sessions"]) == (200, True, 0)
    assert not await house.holds(anna.access_token)
    assert problem(await house.refresh(anna.refresh_token)) == (401, "auth.refresh_invalid")
    assert problem(await house.login("anna")) == (401, "auth.credentials_wrong")
    kinds = [each.kind for each in await house.changes() if each.account == anna.account.id]
    assert kinds[-3:] == ["session_ended", "sessions", "account_disabled"]
    assert [(each.account, each.closed) for each in neighbours.retired] == [(anna.account.id, False)]
    assert (await change(house, admin, anna, disabled=False)).status_code == 200
    back = await house.signed_in("anna")
    deadline = asyncio.get_running_loop().time() + 5
    while not await house.holds(back.access_token):
        assert asyncio.get_running_loop().time() < deadline
    assert not await house.holds(anna.access_token)


async def test_conversations_hear_of_a_disabled_account_when_they_are_there_again(
    house: AuthHouse, neighbours: Neighbours, admin: TokensAnswer
) -> None:
    anna = await house.register("anna")
    neighbours.away.add("chat")
    assert (await change(house, admin, anna, disabled=True)).status_code == 200
    assert neighbours.retired == []
    neighbours.away.clear()
    await house.sql.write(lambda connection: connection.exec_driver_sql("UPDATE errands SET due_at = 0"))
    await until(lambda: bool(neighbours.retired), 10)


async def test_each_act_stands_in_the_audit_once_and_what_stands_already_is_none(
    house: AuthHouse, admin: TokensAnswer
) -> None:
    anna = await house.register("anna")
    me, account = admin.account.id, anna.account.id
    for fields in ({"disabled": True}, {"disabled": True}, {"disabled": False, "admin": True}, {"admin": False}, {}):
        assert (await change(house, admin, anna, **fields)).status_code == 200
    path = f"/v1/admin/accounts/{account}"
    assert (await house.call("POST", f"{path}/end-sessions", token=admin.access_token)).status_code == 204
    assert (await house.call("POST", f"{path}/reset-link", token=admin.access_token)).status_code == 201
    assert (await house.call("POST", f"{path}/close", {}, admin.access_token)).status_code == 204
    names = ["disable", "grant_admin", "enable", "revoke_admin", "end_sessions", "reset_link", "close"]
    assert await acts(house, admin) == [(me, f"account.{name}", account) for name in names]


async def test_a_role_is_read_anew_at_each_act(house: AuthHouse, admin: TokensAnswer) -> None:
    anna = await house.register("anna")
    await change(house, admin, anna, admin=True)
    assert (await house.call("GET", "/v1/admin/audit", token=anna.access_token)).status_code == 200
    assert (await change(house, anna, admin, admin=False)).status_code == 200
    assert problem(await change(house, admin, anna, admin=False)) == (403, "auth.not_admin")
    assert [each.kind for each in await house.changes()].count("role") == 2


async def test_one_usable_administrator_always_stays(house: AuthHouse, admin: TokensAnswer) -> None:
    for fields in ({"admin": False}, {"disabled": True}):
        assert problem(await change(house, admin, admin, **fields)) == (409, "auth.last_admin")
    path = f"/v1/admin/accounts/{admin.account.id}/close"
    assert problem(await house.call("POST", path, {}, admin.access_token)) == (409, "auth.last_admin")
    anna = await house.register("anna")
    await change(house, admin, anna, admin=True)
    await change(house, admin, anna, disabled=True)
    assert problem(await change(house, admin, admin, admin=False)) == (409, "auth.last_admin")
    await change(house, admin, anna, disabled=False)
    anna = await house.signed_in("anna")
    both = await asyncio.gather(change(house, admin, admin, admin=False), change(house, anna, anna, admin=False))
    assert sorted(each.status_code for each in both) == [200, 409]


async def test_somebody_signed_out_everywhere_signs_in_again(house: AuthHouse, admin: TokensAnswer) -> None:
    anna = await house.register("anna")
    path = f"/v1/admin/accounts/{anna.account.id}/end-sessions"
    assert (await house.call("POST", path, token=admin.access_token)).status_code == 204
    assert not await house.holds(anna.access_token)
    assert (await house.login("anna")).status_code == 200


async def test_a_reset_link_works_once_and_a_newer_one_ends_it(house: AuthHouse, admin: TokensAnswer) -> None:
    anna = await house.register("anna")
    path = f"/v1/admin/accounts/{anna.account.id}/reset-link"
    made = [(await house.call("POST", path, token=admin.access_token)).json() for _ in range(2)]
    assert all(each["link"].startswith("http://localhost:8080/reset#") for each in made)
    fresh = "quite another long evening"
    statuses = [
        (await house.call("POST", "/v1/auth/password/reset", {"secret": secret, "new_password": fresh})).status_code
        for secret in (each["link"].partition("#")[2] for each in (made[0], made[1], made[1]))
    ]
    assert statuses == [403, 204, 403]
    assert (await house.login("anna", fresh)).status_code == 200
    await change(house, admin, anna, disabled=True)
    assert problem(await house.call("POST", path, token=admin.access_token)) == (409, "request.conflict")


@pytest.mark.parametrize("account", ["nobody", "a%20b"])
async def test_what_is_not_there_is_not_found_and_no_act(house: AuthHouse, admin: TokensAnswer, account: str) -> None:
    path = f"/v1/admin/accounts/{account}"
    answers = [
        await house.call("GET", path, token=admin.access_token),
        await house.call("PATCH", path, {"disabled": True}, admin.access_token),
        await house.call("POST", f"{path}/end-sessions", token=admin.access_token),
        await house.call("POST", f"{path}/reset-link", token=admin.access_token),
        await house.call("POST", f"{path}/close", {}, admin.access_token),
    ]
    assert {problem(each) for each in answers} == {(404, "request.not_found")}
    assert await acts(house, admin) == []


async def test_a_closed_account_is_shown_as_closed_and_nothing_is_done_to_it(
    house: AuthHouse, neighbours: Neighbours, admin: TokensAnswer
) -> None:
    anna = await house.register("anna")
    path = f"/v1/admin/accounts/{anna.account.id}"
    closed = await house.call("POST", f"{path}/close", {"delete_messages": True}, admin.access_token)
    assert closed.status_code == 204
    assert [(each.closed, each.delete_messages) for each in neighbours.retired] == [(True, True)]
    shown = (await house.call("GET", path, token=admin.access_token)).json()
    assert (shown["closed"], shown["username"], shown["email"]) == (True, "", None)
    assert (await change(house, admin, anna, admin=True)).status_code == 404
    assert (await house.call("POST", f"{path}/close", {}, admin.access_token)).status_code == 404
    assert problem(await house.login("anna", PASSWORD)) == (401, "auth.credentials_wrong")
