"""What a transaction does to a call, and what it leaves for the conversation's log."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from secureconnect.backends.sql.sqlite import SqliteSql
from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.video import call_state, ledger
from secureconnect.services.video.call_state import Call, CallState, Invitation, Seat
from secureconnect.services.video.store import untold
from secureconnect.services.video.store.tables import METADATA
from tests.fixtures.sql import open_sqlite
from tests.unit.services.video.test_call_state import NOW, RULES, seat

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sql(tmp_path: Path) -> AsyncIterator[SqliteSql]:
    """A database with the tables of video."""
    async with open_sqlite(tmp_path / "video.sqlite", METADATA) as opened:
        yield opened


async def invite(sql: SqliteSql, call: str, place: str, who: Seat, *callees: str) -> ledger.Stepped:
    kind: call_state.ConversationKind = "group" if place == "all" else "direct"
    return await sql.write(ledger.invite, Invitation(call, place, kind, "audio", who, list(callees), 4), NOW, RULES)


async def accept(sql: SqliteSql, call: str, who: Seat) -> Call:
    stepped = await sql.write(ledger.step, call, lambda stands: call_state.accept(stands, who, NOW, RULES), NOW, who)
    return stepped.new


async def changes(sql: SqliteSql) -> list[str]:
    taken = await sql.write(untold.take, NOW, NOW, 10)
    return sorted(f"{one.call} {one.body.change}" for one in taken)


async def test_a_new_call_stands_with_what_the_log_is_to_be_told(sql: SqliteSql) -> None:
    stepped = await invite(sql, "one", "ab", seat("ann"), "ben")
    assert (stepped.old, stepped.new.state, stepped.changed) == (None, CallState.RINGING, True)
    assert await changes(sql) == ["one started"]


async def test_two_who_ring_each_other_get_one_call_that_is_active(sql: SqliteSql) -> None:
    await invite(sql, "one", "ab", seat("ann"), "ben")
    crossing = await invite(sql, "two", "ab", seat("ben"), "ann")
    assert (crossing.new.id, crossing.new.state) == ("one", CallState.ACTIVE)
    assert {one.device for one in crossing.new.participants} == {"ann-1", "ben-1"}


async def test_inviting_where_a_call_lives_gives_that_call_unchanged(sql: SqliteSql) -> None:
    await invite(sql, "one", "all", seat("ann"), "ben", "cat")
    for who in (seat("ann"), seat("ann", 2), seat("ben")):
        again = await invite(sql, "two", "all", who, "cat")
        assert (again.new.id, again.changed) == ("one", False)


async def test_where_no_call_lives_there_is_none_to_meet(sql: SqliteSql) -> None:
    assert await sql.write(ledger.meet, "ab", seat("ben"), NOW, RULES) is None


async def test_calling_one_who_is_in_another_call_ends_as_busy(sql: SqliteSql) -> None:
    await invite(sql, "one", "bc", seat("ben"), "cat")
    busy = await invite(sql, "two", "ab", seat("ann"), "ben")
    assert (busy.new.state, busy.new.reason) == (CallState.ENDED, "busy")
    assert await changes(sql) == ["one started", "two missed"]


async def test_one_who_only_rings_is_not_busy(sql: SqliteSql) -> None:
    await invite(sql, "one", "bc", seat("cat"), "ben")
    assert (await invite(sql, "two", "ab", seat("ann"), "ben")).new.state is CallState.RINGING


async def test_a_group_rings_also_those_who_are_in_another_call(sql: SqliteSql) -> None:
    await invite(sql, "one", "bc", seat("ben"), "cat")
    assert (await invite(sql, "two", "all", seat("ann"), "ben")).new.state is CallState.RINGING


async def test_a_device_is_in_one_call_at_a_time(sql: SqliteSql) -> None:
    await invite(sql, "one", "bc", seat("cat"), "ben")
    await invite(sql, "two", "ab", seat("ann"), "ben")
    await accept(sql, "one", seat("ben"))
    with pytest.raises(Fault) as refused:
        await accept(sql, "two", seat("ben"))
    assert refused.value.code is Code.VIDEO_BUSY
    with pytest.raises(Fault) as refused:
        await invite(sql, "three", "all", seat("ben"), "ann")
    assert refused.value.code is Code.VIDEO_BUSY
    assert (await accept(sql, "two", seat("ben", 2))).state is CallState.ACTIVE


async def test_a_step_of_a_call_that_is_not_there_is_not_found(sql: SqliteSql) -> None:
    with pytest.raises(Fault) as refused:
        await accept(sql, "nothing", seat("ben"))
    assert refused.value.code is Code.VIDEO_CALL_NOT_FOUND


async def test_a_step_that_changes_nothing_keeps_the_version(sql: SqliteSql) -> None:
    await invite(sql, "one", "ab", seat("ann"), "ben")
    taken = await accept(sql, "one", seat("ben"))
    assert taken.version == 2
    assert (await accept(sql, "one", seat("ben"))).version == 2
