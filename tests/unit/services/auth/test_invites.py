"""An invite lets in as many as it says, for as long as it says, and leads where its maker may lead."""

import asyncio
from pathlib import Path

import pytest

from secureconnect.contracts.auth import TokensAnswer
from secureconnect.kit.clock import ManualClock, SystemClock
from tests.fixtures.auth import DEVICE, PASSWORD, AuthHouse, auth, limits, problem
from tests.fixtures.neighbours import Neighbours

pytestmark = pytest.mark.anyio
DAY_MS = 24 * 3600 * 1000
INVITE_ONLY = limits(registration="invite", invite_days_max=30, invite_uses_max=20, invites_per_account_max=3)


async def admin(house: AuthHouse) -> TokensAnswer:
    """The first administrator."""
    return await house.register("anna", display_name="Anna A", invite=house.links[-1].partition("#")[2])


async def made(house: AuthHouse, who: TokensAnswer, **fields: object) -> str:
    """The secret of a new invite."""
    answer = await house.call("POST", "/v1/invites", fields, who.access_token)
    assert answer.status_code == 201, answer.text
    return answer.json()["link"].partition("/join#")[2]


async def test_an_invite_raced_for_by_sixteen_makes_exactly_as_many_accounts_as_it_says(tmp_path: Path) -> None:
    async with auth(tmp_path / "raced", limits=INVITE_ONLY) as house:
        secret = await made(house, await admin(house), uses=3)
        bodies = [
            {"username": f"guest{number}", "password": PASSWORD, "device": DEVICE, "invite": secret}
            for number in range(16)
        ]
        answers = await asyncio.gather(*(house.call("POST", "/v1/auth/register", each) for each in bodies))
        assert sorted(each.status_code for each in answers) == [201] * 3 + [403] * 13
        assert {problem(each) for each in answers if each.status_code == 403} == {(403, "auth.secret_invalid")}


async def test_its_link_is_shown_once_and_the_list_tells_what_is_left(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", limits=INVITE_ONLY) as house:
        anna = await admin(house)
        secret = await made(house, anna, uses=2)
        await house.register("guest", invite=secret)
        (listed,) = (await house.call("GET", "/v1/invites", token=anna.access_token)).json()["items"]
        assert (listed["uses_left"], "link" in listed, listed["by"]["username"]) == (1, False, "anna")
        assert secret not in str(listed)


async def test_who_registers_by_it_joins_where_it_leads_once_chat_answers(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", limits=INVITE_ONLY) as house:
        neighbours = Neighbours(house.local)
        anna = await admin(house)
        neighbours.titles[anna.account.id, "c-1"] = "Garden"
        secret = await made(house, anna, conversations=["c-1", "c-1"])
        guest = await house.register("guest", invite=secret)
        (ask,) = neighbours.joined
        assert (ask.account, ask.by, ask.conversations) == (guest.account.id, anna.account.id, ["c-1"])


async def test_nobody_invites_to_a_conversation_that_they_may_not_invite_to(
    house: AuthHouse, neighbours: Neighbours
) -> None:
    anna = await house.register("anna")
    neighbours.titles[anna.account.id, "c-1"] = "Garden"
    body = {"conversations": ["c-1", "c-2"]}
    refused = await house.call("POST", "/v1/invites", body, anna.access_token)
    assert problem(refused) == (404, "chat.not_a_member")
    neighbours.away.add("chat")
    assert (await house.call("POST", "/v1/invites", body, anna.access_token)).status_code == 503
    assert (await house.call("POST", "/v1/invites", {}, anna.access_token)).status_code == 201


async def test_its_page_tells_inviter_server_and_where_it_leads_now(house: AuthHouse, neighbours: Neighbours) -> None:
    anna = await house.register("anna", display_name="Anna A")
    neighbours.titles[anna.account.id, "c-1"] = "Garden"
    neighbours.titles[anna.account.id, "c-2"] = "Kitchen"
    secret = await made(house, anna, conversations=["c-1", "c-2"])
    del neighbours.titles[anna.account.id, "c-1"]
    view = (await house.call("POST", "/v1/auth/invite", {"secret": secret})).json()
    assert (view["kind"], view["server"], view["inviter"]["display_name"]) == ("invite", "localhost", "Anna A")
    assert view["conversations"] == [{"id": "c-2", "title": "Kitchen"}]
    neighbours.away.add("chat")
    away = await house.call("POST", "/v1/auth/invite", {"secret": secret})
    assert (away.status_code, away.json()["conversations"]) == (200, [])


async def test_the_page_of_the_first_administrators_link_says_what_it_is(house: AuthHouse) -> None:
    view = (await house.call("POST", "/v1/auth/invite", {"secret": house.links[0].partition("#")[2]})).json()
    assert (view["kind"], view["inviter"], view["conversations"]) == ("first_admin", None, [])


async def test_a_spent_an_expired_an_ended_and_an_unknown_secret_are_answered_alike(tmp_path: Path) -> None:
    clock = ManualClock(SystemClock().now_ms())
    async with auth(tmp_path / "auth", limits=INVITE_ONLY, clock=clock) as house:
        anna = await admin(house)
        spent, expired, ended = [await made(house, anna, expires_at=clock.now_ms() + 60_000) for _ in range(3)]
        await house.register("guest", invite=spent)
        listed = (await house.call("GET", "/v1/invites", token=anna.access_token)).json()["items"]
        path = f"/v1/invites/{listed[0]['id']}"
        assert (await house.call("DELETE", path, token=anna.access_token)).status_code == 204
        assert (await house.call("DELETE", path, token=anna.access_token)).status_code == 404
        clock.advance_s(61)
        for secret in (spent, expired, ended, "never-was"):
            answer = await house.call("POST", "/v1/auth/invite", {"secret": secret})
            assert problem(answer) == (403, "auth.secret_invalid")
        assert (await house.call("GET", "/v1/invites", token=anna.access_token)).json()["items"] == []


async def test_an_invite_ends_while_its_maker_is_disabled(house: AuthHouse) -> None:
    anna = await house.register("anna")
    secret = await made(house, anna)
    await house.sql.write(
        lambda connection: connection.exec_driver_sql("UPDATE accounts SET disabled_at = 1 WHERE username = 'anna'")
    )
    assert problem(await house.call("POST", "/v1/auth/invite", {"secret": secret})) == (403, "auth.secret_invalid")


async def test_nobody_ends_or_sees_the_invite_of_another(house: AuthHouse) -> None:
    anna, bert = await house.register("anna"), await house.register("bert")
    invite = (await house.call("POST", "/v1/invites", {}, anna.access_token)).json()["id"]
    ended = await house.call("DELETE", f"/v1/invites/{invite}", token=bert.access_token)
    assert problem(ended) == (404, "request.not_found")
    assert (await house.call("GET", "/v1/invites", token=bert.access_token)).json()["items"] == []


async def test_life_uses_and_number_are_bounded(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", limits=INVITE_ONLY) as house:
        anna = await admin(house)
        now_ms = house.clock.now_ms()
        over = await house.call("POST", "/v1/invites", {"expires_at": now_ms - 1}, anna.access_token)
        assert problem(over) == (422, "request.invalid")
        many = await house.call("POST", "/v1/invites", {"uses": 21}, anna.access_token)
        assert problem(many) == (422, "request.invalid")
        long = await house.call("POST", "/v1/invites", {"expires_at": now_ms + 90 * DAY_MS}, anna.access_token)
        assert abs(long.json()["expires_at"] - now_ms - 30 * DAY_MS) < 60_000
        usual = await house.call("POST", "/v1/invites", {}, anna.access_token)
        assert abs(usual.json()["expires_at"] - now_ms - 7 * DAY_MS) < 60_000
        await house.call("POST", "/v1/invites", {}, anna.access_token)
        full = await house.call("POST", "/v1/invites", {}, anna.access_token)
        assert problem(full) == (422, "auth.too_many")
        first = (await house.call("GET", "/v1/invites?limit=2", token=anna.access_token)).json()
        rest = await house.call("GET", f"/v1/invites?cursor={first['next_cursor']}", token=anna.access_token)
        assert (len(first["items"]), len(rest.json()["items"])) == (2, 1)


async def test_while_registration_is_closed_no_invite_is_made(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", limits=limits(registration="closed")) as house:
        anna = await admin(house)
        answer = await house.call("POST", "/v1/invites", {}, anna.access_token)
        assert problem(answer) == (403, "auth.registration_closed")
