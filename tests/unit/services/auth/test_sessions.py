"""Sessions are carried on by refresh tokens, each used once, and end for good."""

import asyncio
from pathlib import Path

import pytest

from secureconnect.kit.clock import ManualClock, SystemClock
from secureconnect.services.auth.limits import DAY_MS
from secureconnect.services.auth.store import sessions as store
from secureconnect.services.auth.store.tables import sessions
from tests.fixtures.auth import PASSWORD, AuthHouse, auth, limits, problem, tokens

pytestmark = pytest.mark.anyio
REFUSED = (401, "auth.refresh_invalid")


async def test_a_refresh_gives_new_tokens_of_the_same_session_and_device(house: AuthHouse) -> None:
    first = await house.register("anna")
    second = tokens(await house.refresh(first.refresh_token))
    assert (second.session_id, second.device_id, second.account) == (
        first.session_id,
        first.device_id,
        first.account,
    )
    assert second.refresh_token != first.refresh_token
    assert await house.holds(second.access_token)


async def test_an_answer_that_was_lost_is_given_again_while_the_next_token_is_unused(house: AuthHouse) -> None:
    first = await house.register("anna")
    answers = [tokens(await house.refresh(first.refresh_token)) for _ in range(3)]
    assert len({answer.refresh_token for answer in answers}) == 1
    assert (await house.refresh(answers[0].refresh_token)).status_code == 200


async def test_a_token_sent_again_after_its_successor_was_used_ends_the_session(house: AuthHouse) -> None:
    first = await house.register("anna")
    second = tokens(await house.refresh(first.refresh_token))
    third = tokens(await house.refresh(second.refresh_token))
    assert problem(await house.refresh(first.refresh_token)) == REFUSED
    assert problem(await house.refresh(third.refresh_token)) == REFUSED
    assert not await house.holds(third.access_token)
    assert ("session_ended", first.session_id) in [(each.kind, each.session) for each in await house.changes()]
    assert house.figure("secureconnect_auth_refreshes_total", result="reused") == 1


async def test_sixteen_refreshes_at_once_make_one_successor(house: AuthHouse) -> None:
    for number in range(5):
        first = await house.register(f"anna{number}")
        answers = [
            tokens(one) for one in await asyncio.gather(*[house.refresh(first.refresh_token) for _ in range(16)])
        ]
        assert len({answer.refresh_token for answer in answers}) == 1
        assert len(await house.sql.read(store.of_account, first.account.id, None, 10)) == 1
        assert (await house.refresh(answers[0].refresh_token)).status_code == 200


@pytest.mark.parametrize("change", ["", "scr_", "scr_AAAA", "ä", "other-prefix", "flipped", "seal"])
async def test_a_token_that_was_never_given_out_is_refused_and_ends_nothing(house: AuthHouse, change: str) -> None:
    first = await house.register("anna")
    token = first.refresh_token or ""
    flipped = {"flipped": token[:60] + ("A" if token[60] != "A" else "B") + token[61:], "seal": token[:-6] + "AAAAAA"}
    answer = await house.refresh(flipped.get(change, change or None))
    assert problem(answer) == REFUSED
    assert (await house.refresh(token)).status_code == 200


async def test_tokens_stand_nowhere_in_the_database(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth") as house:
        first = await house.register("anna")
        second = tokens(await house.refresh(first.refresh_token))
    kept = b"".join(path.read_bytes() for path in (tmp_path / "auth").glob("auth.db*"))
    assert kept
    for token in (first.refresh_token, second.refresh_token, first.access_token, PASSWORD):
        assert (token or "").encode() not in kept
        assert (token or "")[-40:].encode() not in kept


async def test_a_session_left_idle_ends_and_one_in_use_ends_at_its_longest(tmp_path: Path) -> None:
    clock = ManualClock(SystemClock().now_ms())
    async with auth(tmp_path / "auth", clock=clock, limits=limits(refresh_idle_days=2, refresh_max_days=5)) as house:
        idle, used = await house.register("anna"), await house.register("berta")
        for _ in range(4):
            clock.advance_s(1.2 * DAY_MS / 1000)
            used = tokens(await house.refresh(used.refresh_token))
        assert used.refresh_expires_in <= 0.2 * DAY_MS / 1000 + 1
        assert problem(await house.refresh(idle.refresh_token)) == REFUSED
        clock.advance_s(0.3 * DAY_MS / 1000)
        assert problem(await house.refresh(used.refresh_token)) == REFUSED


async def test_an_access_token_never_outlives_its_session(tmp_path: Path) -> None:
    clock = ManualClock(SystemClock().now_ms())
    async with auth(tmp_path / "auth", clock=clock, limits=limits(refresh_idle_days=1, refresh_max_days=1)) as house:
        first = await house.register("anna")
        clock.advance_s(DAY_MS / 1000 - 60)
        assert tokens(await house.refresh(first.refresh_token)).access_expires_in <= 60


async def test_expired_sessions_are_ended_in_the_store_and_later_forgotten(tmp_path: Path) -> None:
    clock = ManualClock(SystemClock().now_ms())
    async with auth(tmp_path / "auth", clock=clock, limits=limits(refresh_idle_days=1)) as house:
        first = await house.register("anna")
        clock.advance_s(1.1 * DAY_MS / 1000)
        assert await house.sql.write(store.end_expired, clock.now_ms(), 10) == 1
        assert [each.session for each in await house.changes() if each.kind == "session_ended"] == [first.session_id]
        assert await house.sql.write(store.forget_ended, clock.now_ms() + 1, 10) == 1
        assert await house.sql.read(store.by_id, first.session_id) is None


async def test_a_page_lists_own_sessions_newest_first(house: AuthHouse) -> None:
    await house.register("berta")
    mine = [await house.register("anna"), await house.signed_in("anna"), await house.signed_in("Anna")]
    first = (await house.call("GET", "/v1/auth/sessions?limit=2", token=mine[0].access_token)).json()
    rest = (
        await house.call("GET", f"/v1/auth/sessions?cursor={first['next_cursor']}", token=mine[0].access_token)
    ).json()
    listed = [*first["items"], *rest["items"]]
    assert [each["id"] for each in listed] == [each.session_id for each in reversed(mine)]
    assert [each["current"] for each in listed] == [False, False, True]
    assert rest["next_cursor"] is None
    answer = await house.call("GET", "/v1/auth/sessions?cursor=bm9uc2Vuc2U", token=mine[0].access_token)
    assert problem(answer) == (422, "request.invalid")


async def test_ending_a_session_refuses_its_tokens_at_once(house: AuthHouse) -> None:
    first, second = await house.register("anna"), await house.signed_in("anna")
    answer = await house.call("DELETE", f"/v1/auth/sessions/{second.session_id}", token=first.access_token)
    assert answer.status_code == 204
    assert not await house.holds(second.access_token)
    assert problem(await house.refresh(second.refresh_token)) == REFUSED
    assert await house.holds(first.access_token)


async def test_the_session_of_somebody_else_looks_as_if_it_were_not_there(house: AuthHouse) -> None:
    anna, berta = await house.register("anna"), await house.register("berta")
    theirs = await house.call("DELETE", f"/v1/auth/sessions/{berta.session_id}", token=anna.access_token)
    absent = await house.call("DELETE", "/v1/auth/sessions/no-such-session", token=anna.access_token)
    assert problem(theirs) == problem(absent) == (404, "request.not_found")
    assert await house.holds(berta.access_token)


async def test_logging_out_ends_this_session_alone(house: AuthHouse) -> None:
    first, second = await house.register("anna"), await house.signed_in("anna")
    assert (await house.call("POST", "/v1/auth/logout", token=first.access_token)).status_code == 204
    assert not await house.holds(first.access_token)
    assert await house.holds(second.access_token)


async def test_above_the_limit_the_least_recently_used_session_ends(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth", limits=limits(sessions_per_account_max=2)) as house:
        first = await house.register("anna")
        second = await house.signed_in("anna")
        first = tokens(await house.refresh(first.refresh_token))
        third = await house.signed_in("anna")
        assert problem(await house.refresh(second.refresh_token)) == REFUSED
        assert [await house.holds(each.access_token) for each in (first, third)] == [True, True]
        assert not await house.holds(second.access_token)


async def test_a_session_of_a_disabled_account_is_not_refreshed(house: AuthHouse) -> None:
    first = await house.register("anna")
    await house.sql.write(lambda connection: connection.exec_driver_sql("UPDATE accounts SET disabled_at = 1"))
    assert problem(await house.refresh(first.refresh_token)) == REFUSED


async def test_an_ended_session_stays_ended_over_a_restart(tmp_path: Path) -> None:
    async with auth(tmp_path / "auth") as house:
        first = await house.register("anna")
        await house.call("POST", "/v1/auth/logout", token=first.access_token)
    async with auth(tmp_path / "auth") as house:
        assert problem(await house.refresh(first.refresh_token)) == REFUSED
        assert not await house.holds(first.access_token)
        kept = await house.sql.read(lambda connection: connection.execute(sessions.select()).mappings().one())
        assert kept["family_key"] == b""
