"""A closed account is gone for ever: its name, its sessions, its contacts, its files; others are told."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from secureconnect.contracts.auth import TokensAnswer
from tests.fixtures.auth import PASSWORD, AuthHouse, auth, limits, problem
from tests.fixtures.neighbours import Neighbours
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio
CLOSE = {"password": PASSWORD}


async def close(house: AuthHouse, who: TokensAnswer, **fields: object) -> int:
    """Close an account; the status."""
    return (await house.call("DELETE", "/v1/users/me", CLOSE | fields, who.access_token)).status_code


async def rows(house: AuthHouse, table: str) -> list[dict[str, object]]:
    """All rows of a table."""
    return await house.sql.read(
        lambda connection: [dict(row) for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()]
    )


async def test_what_it_said_of_itself_is_gone_and_its_name_is_never_given_again(
    house: AuthHouse, neighbours: Neighbours
) -> None:
    await house.register("zoe")
    anna = await house.verified("anna", "anna@example.org")
    await house.call("PATCH", "/v1/users/me", {"display_name": "Anna Secret"}, anna.access_token)
    await house.call("PUT", "/v1/users/me/preferences", {"language": "de"}, anna.access_token)
    assert await close(house, anna) == 204
    (row,) = [each for each in await rows(house, "accounts") if each["id"] == anna.account.id]
    said = ("username", "display_name", "display_key", "email", "email_key", "password_hash", "picture")
    assert [row[name] or None for name in said] == [None] * 7
    assert (row["preferences"], row["username_key"]) == ("{}", "anna")
    body = {"username": "Anna", "password": PASSWORD, "device": {"name": "d", "kind": "desktop"}}
    assert problem(await house.call("POST", "/v1/auth/register", body)) == (409, "auth.username_taken")


async def test_its_sessions_end_and_nobody_signs_in_any_more(house: AuthHouse, neighbours: Neighbours) -> None:
    anna = await house.register("anna")
    second = await house.signed_in("anna")
    assert await close(house, anna) == 204
    assert [await house.holds(each.access_token) for each in (anna, second)] == [False, False]
    assert problem(await house.refresh(second.refresh_token)) == (401, "auth.refresh_invalid")
    assert problem(await house.login("anna")) == (401, "auth.credentials_wrong")
    kinds = [each.kind for each in await house.changes() if each.account == anna.account.id]
    assert kinds.count("session_ended") == 2
    assert kinds[-1] == "account_closed"


async def test_friends_blocks_invites_and_secrets_go_with_it(house: AuthHouse, neighbours: Neighbours) -> None:
    anna, bert, cleo = [await house.register(name) for name in ("anna", "bert", "cleo")]
    await house.call("POST", "/v1/friends", {"account": bert.account.id}, anna.access_token)
    await house.call("POST", "/v1/blocks", {"account": cleo.account.id}, anna.access_token)
    await house.call("POST", "/v1/blocks", {"account": anna.account.id}, cleo.access_token)
    await house.call("PATCH", "/v1/users/me", {"email": "a@example.org"}, anna.access_token)
    await house.call("PUT", "/v1/devices/current/push", {"provider": "fcm", "token": "t" * 20}, anna.access_token)
    invite = (await house.call("POST", "/v1/invites", {}, anna.access_token)).json()
    assert await close(house, anna) == 204
    for table in ("friends", "blocks", "invites", "push_addresses"):
        assert await rows(house, table) == [], table
    assert [each["purpose"] for each in await rows(house, "one_time_secrets")] == ["first_admin"]
    view = await house.call("POST", "/v1/auth/invite", {"secret": invite["link"].partition("#")[2]})
    assert problem(view) == (403, "auth.secret_invalid")
    seen = await house.call("GET", f"/v1/users/{anna.account.id}", token=bert.access_token)
    assert seen.json() == {"id": anna.account.id, "username": "", "display_name": "", "closed": True}
    again = await house.call("POST", "/v1/friends", {"account": anna.account.id}, bert.access_token)
    assert problem(again) == (404, "request.not_found")


@pytest.mark.parametrize("delete_messages", [False, True])
async def test_conversations_and_files_hear_of_it(
    house: AuthHouse, neighbours: Neighbours, delete_messages: bool
) -> None:
    anna = await house.register("anna")
    assert await close(house, anna, delete_messages=delete_messages) == 204
    (retired,) = neighbours.retired
    assert (retired.account, retired.closed, retired.delete_messages) == (anna.account.id, True, delete_messages)
    assert neighbours.forgotten == [anna.account.id]


async def test_who_was_away_hears_of_it_later_even_after_a_restart(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth") as house:
        neighbours = Neighbours(house.local)
        neighbours.away |= {"chat", "storage"}
        anna = await house.register("anna")
        assert await close(house, anna) == 204
        assert len(await rows(house, "errands")) == 2
    async with auth(tmp_path / "auth") as house:
        neighbours = Neighbours(house.local)
        await house.sql.write(lambda connection: connection.execute(text("UPDATE errands SET due_at = 0")))
        await until(lambda: bool(neighbours.retired and neighbours.forgotten), 10)
        assert neighbours.retired[0].account == anna.account.id


async def test_a_wrong_password_closes_nothing(house: AuthHouse, neighbours: Neighbours) -> None:
    anna = await house.register("anna")
    body = {"password": "another one altogether"}
    refused = await house.call("DELETE", "/v1/users/me", body, anna.access_token)
    assert problem(refused) == (401, "auth.credentials_wrong")
    assert await house.holds(anna.access_token)
    assert neighbours.retired == []


async def test_the_last_administrator_stays(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", limits=limits(registration="open")) as house:
        Neighbours(house.local)
        anna = await house.register("anna", invite=house.links[0].partition("#")[2])
        refused = await house.call("DELETE", "/v1/users/me", CLOSE, anna.access_token)
        assert problem(refused) == (409, "auth.last_admin")
        bert = await house.register("bert")
        promoted = await house.call(
            "PATCH", f"/v1/admin/accounts/{bert.account.id}", {"admin": True}, anna.access_token
        )
        assert promoted.status_code == 200
        answers = await asyncio.gather(close(house, anna), close(house, bert))
        assert sorted(answers) == [204, 409]
