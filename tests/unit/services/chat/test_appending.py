"""What stands was checked against the membership of that moment, however often it changed."""

import asyncio
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from secureconnect.backends.log.port import (
    ClientIdReused,
    ConversationMissing,
    Draft,
    TargetDeleted,
    TargetMissing,
)
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.events import Kind
from secureconnect.services.chat.appending import TRIES_MAX, Appending, fault_of
from secureconnect.services.chat.bodies import SentBody
from secureconnect.services.chat.membership import ConversationState
from secureconnect.services.chat.metrics import ChatMetrics
from tests.fixtures.chat import ENVELOPE, LogWorld, log_world
from tests.fixtures.chat_service import refused

pytestmark = pytest.mark.anyio


def appending_of(world: LogWorld) -> tuple[Appending, CollectorRegistry]:
    registry = CollectorRegistry()
    return Appending(world.log, world.membership, ChatMetrics(registry)), registry


def message(world: LogWorld, state: ConversationState, behind: int = 0) -> Draft:
    version = state.member_version - behind
    return world.draft("c", Kind.MESSAGE, "ann", SentBody(), envelope=ENVELOPE, member_version=version)


async def test_it_is_checked_again_when_the_membership_changed(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "ben")
        appending, registry = appending_of(world)
        behind = [2, 1, 0]
        (appended,) = await appending.stand("c", lambda state: message(world, state, behind.pop(0)))
        assert appended.event.seq == 4
        assert registry.get_sample_value("secureconnect_chat_membership_checks_again_total") == 2


async def test_it_gives_up_after_bounded_tries(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "ben")
        appending, registry = appending_of(world)
        async with refused(Code.CHAT_MEMBERSHIP_CHANGED):
            await appending.stand("c", lambda state: message(world, state, 1))
        assert registry.get_sample_value("secureconnect_chat_membership_checks_again_total") == TRIES_MAX


async def test_nothing_to_stand_stands_nothing(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "ben")
        appending, _ = appending_of(world)
        assert await appending.stand("c", lambda _: None) == []
        async with refused(Code.CHAT_NOT_A_MEMBER):
            await appending.stand("nowhere", lambda _: None)


async def test_many_at_once_all_stand(tmp_path: Path) -> None:
    async with log_world(tmp_path) as world:
        await world.open("c", "ann", "ben")
        appending, _ = appending_of(world)

        async def add(number: int) -> None:
            await world.member("c", f"new-{number}", "added", "ann", "member")

        sending = [appending.stand("c", lambda state: message(world, state)) for _ in range(20)]
        await asyncio.gather(*sending, *(add(number) for number in range(3)))
        head = await world.log.head("c")
        assert head is not None
        assert head.seq == 26


def test_refusals_of_the_log_are_told_by_codes() -> None:
    refusals = (ClientIdReused(), ConversationMissing(), TargetDeleted(), TargetMissing())
    assert [fault_of(refusal).code for refusal in refusals] == [
        Code.CHAT_CLIENT_ID_REUSED,
        Code.CHAT_NOT_A_MEMBER,
        Code.CHAT_DELETED,
        Code.CHAT_EVENT_NOT_FOUND,
    ]
    assert fault_of(Fault(Code.DISK_FULL)).code is Code.DISK_FULL
    assert fault_of(ValueError()).code is Code.INTERNAL
