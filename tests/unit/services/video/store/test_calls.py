"""Calls as rows: what was put is read again, and only over the version that it was made from."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from secureconnect.backends.sql.sqlite import SqliteSql
from secureconnect.services.video import call_state
from secureconnect.services.video.call_state import Call, Invitation, ParticipantState, seat_of
from secureconnect.services.video.store import calls
from secureconnect.services.video.store.calls import Conflict
from secureconnect.services.video.store.tables import METADATA
from tests.fixtures.sql import open_sqlite
from tests.unit.services.video.test_call_state import NOW, RULES, answered, direct, group, seat

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sql(tmp_path: Path) -> AsyncIterator[SqliteSql]:
    """A database with the tables of video."""
    async with open_sqlite(tmp_path / "video.sqlite", METADATA) as opened:
        yield opened


def stepped(call: Call, by: int = 1) -> Call:
    return replace(call, version=call.version + by)


async def test_a_call_is_read_as_it_was_put_after_every_step(sql: SqliteSql) -> None:
    stands = group("ben", "cat", "dan")
    await sql.write(calls.put_new, stands)
    assert await sql.read(calls.load, "call") == stands
    for step in (
        lambda call: call_state.accept(call, seat("cat"), NOW, RULES),
        lambda call: call_state.decline(call, "ben", NOW),
        lambda call: call_state.lose(call, "cat", "cat-1", NOW, RULES),
        lambda call: call_state.hang_up(call, "ann", "ann-1", NOW),
        lambda call: call_state.join(call, seat("ann", 2), NOW, RULES),
        lambda call: call_state.expire(call, NOW + 100_000),
    ):
        after = stepped(step(stands))
        await sql.write(calls.put, stands, after)
        assert await sql.read(calls.load, "call") == after
        stands = after
    assert not stands.live


async def test_a_call_that_is_not_there_is_none(sql: SqliteSql) -> None:
    assert await sql.read(calls.load, "nothing") is None


async def test_a_step_from_an_older_version_is_a_conflict_and_changes_nothing(sql: SqliteSql) -> None:
    await sql.write(calls.put_new, direct())
    await sql.write(calls.put, direct(), stepped(answered()))
    with pytest.raises(Conflict):
        await sql.write(calls.put, direct(), stepped(call_state.decline(direct(), "ben", NOW)))
    assert await sql.read(calls.load, "call") == stepped(answered())


async def test_a_conversation_has_one_live_call(sql: SqliteSql) -> None:
    await sql.write(calls.put_new, direct())
    other = replace(direct(), id="other")
    with pytest.raises(Conflict):
        await sql.write(calls.put_new, other)
    await sql.write(calls.put, direct(), stepped(call_state.decline(direct(), "ben", NOW)))
    await sql.write(calls.put_new, other)
    live = await sql.read(calls.live_in, "ab")
    assert live is not None
    assert live.id == "other"
    assert await sql.read(calls.live_versions) == {"other": 1}


async def test_live_calls_are_found_by_account_device_and_conversation(sql: SqliteSql) -> None:
    await sql.write(calls.put_new, direct())
    assert [call.id for call in await sql.read(calls.live_of_account, "ben")] == ["call"]
    assert await sql.read(calls.calls_of_device, "ann", "ann-1") == ["call"]
    assert await sql.read(calls.calls_of_device, "ben", "ann-1") == []
    assert await sql.read(calls.in_a_call, "ann")
    assert not await sql.read(calls.in_a_call, "ben")
    assert [call.id for call in await sql.read(calls.live_in_many, ["x", "ab"])] == ["call"]
    await sql.write(calls.put, direct(), stepped(call_state.decline(direct(), "ben", NOW)))
    assert await sql.read(calls.live_of_account, "ben") == []
    assert not await sql.read(calls.in_a_call, "ann")
    assert await sql.read(calls.live_in_many, ["ab"]) == []


async def test_leases_are_renewed_for_joined_devices_alone(sql: SqliteSql) -> None:
    lost = call_state.lose(answered(), "ben", "ben-1", NOW, RULES)
    await sql.write(calls.put_new, lost)
    await sql.write(calls.renew, ["ann-1", "ben-1"], NOW + 99_000)
    found = await sql.read(calls.load, "call")
    assert found is not None
    ann, ben = seat_of(found, "ann", "ann-1"), seat_of(found, "ben", "ben-1")
    assert ann is not None
    assert ben is not None
    assert ann.deadline_at == NOW + 99_000
    assert (ben.state, ben.deadline_at) == (ParticipantState.LOST, NOW + 15_000)


async def test_pages_go_down_by_id_through_the_conversations_asked_for(sql: SqliteSql) -> None:
    for number in range(7):
        place = "ab" if number % 2 else "all"
        invitation = Invitation(f"call-{number}", place, "group", "audio", seat("ann"), ["ben"], 4)
        await sql.write(calls.put_new, call_state.begin_busy(invitation, NOW, RULES))

    async def page(places: list[str], before: str | None, state: str | None = None) -> list[str]:
        return [call.id for call in await sql.read(calls.page, places, state, before, 2)]

    assert await page(["ab", "all"], None) == ["call-6", "call-5"]
    assert await page(["ab", "all"], "call-5") == ["call-4", "call-3"]
    assert await page(["ab"], None) == ["call-5", "call-3"]
    assert await page(["ab"], None, "active") == []
    assert await page([], None) == []
