"""The cache of memberships says what the log says, also when events pass while it reads."""

from pathlib import Path

import pytest

from secureconnect.services.chat.membership import ConversationState, Membership
from tests.fixtures.chat import LogWorld, log_world

pytestmark = pytest.mark.anyio


async def read_anew(world: LogWorld, conversation: str) -> ConversationState | None:
    return await Membership(world.sql).load(conversation)


async def test_what_is_not_at_hand_is_read_and_then_is(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "bob")
        assert world.membership.get("c") is None
        state = await world.membership.load("c")
        assert state is not None
        assert world.membership.get("c") is state
        assert list(state.members) == ["ann", "bob"]
        assert state.members["ann"].role == "owner"
        assert await world.membership.load("nowhere") is None


async def test_the_events_keep_it_right(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "bob", history="all")
        state = await world.membership.load("c")
        await world.say("c", "ann")
        await world.member("c", "bob", "role", "ann", "admin")
        await world.member("c", "cid", "added", "ann", "member")
        await world.member("c", "bob", "left", "bob")
        assert state is not None
        assert set(state.members) == {"ann", "cid"}
        assert state == await read_anew(world, "c")
        log_head = await world.log.head("c")
        assert log_head is not None
        assert (state.head_seq, state.member_version) == (log_head.seq, log_head.member_version)


async def test_who_spoke_is_known_in_a_direct_conversation(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "bob", kind="direct")
        state = await world.membership.load("c")
        assert state is not None
        assert state.spoke == set()
        await world.say("c", "bob")
        assert state.spoke == {"bob"}
        assert state == await read_anew(world, "c")
        assert state.other_than("ann") == "bob"


async def test_an_event_that_passes_while_reading_is_not_missed(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "bob")
        reads = 0
        read = world.sql.read

        async def slow_read(*args: object) -> object:
            nonlocal reads
            rows = await read(*args)  # pyright: ignore[reportArgumentType, reportCallIssue]
            reads += 1
            if reads == 1:
                await world.member("c", "bob", "left", "bob")
            return rows

        world.sql.read = slow_read  # pyright: ignore[reportAttributeAccessIssue]
        state = await world.membership.load("c")
        world.sql.read = read
        assert state is not None
        assert list(state.members) == ["ann"]
        assert reads == 2


async def test_only_so_much_is_kept(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        small = Membership(world.sql, states_max=2)
        for name in "abc":
            await world.open(name, "ann", "bob")
            await small.load(name)
        assert small.get("a") is None
        assert small.get("c") is not None


async def test_an_event_of_another_process_is_taken_in_and_a_hole_is_not(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "bob")
        other = Membership(world.sql)
        state = await other.load("c")
        left = await world.member("c", "bob", "left", "bob")
        other.apply(left)
        assert state is not None
        assert list(state.members) == ["ann"]
        await world.say("c", "ann")
        later = await world.say("c", "ann")
        other.apply(later)
        assert other.get("c") is None


async def test_an_accounts_conversations_are_those_it_is_in_now(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "bob")
        await world.open("d", "bob", "ann")
        await world.member("c", "bob", "left", "bob")
        assert sorted(await world.membership.conversations_of("ann")) == ["c", "d"]
        assert await world.membership.conversations_of("bob") == ["d"]
