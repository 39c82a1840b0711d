"""Whom a call rings: members, without those who are blocked, away for good, or do not let themselves be rung."""

from pathlib import Path

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import MembershipReply
from secureconnect.services.video.announcement import AUDIENCE_MAX
from tests.fixtures.video import Nouns, video_nouns

pytestmark = pytest.mark.anyio


async def rung(nouns: Nouns, place: str) -> list[str]:
    members = nouns.house.members
    return await members.callees("ann", await members.of(place, "ann", Code.CHAT_NOT_A_MEMBER))


async def test_all_others_of_a_group_ring(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        assert await rung(nouns, "all") == ["ben", "cat", "dan", "eve"]


async def test_in_a_group_blocks_and_wishes_are_kept(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        nouns.others.blocks = {("ann", "ben"), ("cat", "ann")}
        nouns.others.ring = {"dan": "nobody", "eve": "friends"}
        assert await rung(nouns, "all") == []
        nouns.others.friends = {frozenset(("ann", "eve")), frozenset(("ann", "dan"))}
        assert await rung(nouns, "all") == ["eve"]


async def test_disabled_accounts_do_not_ring(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        nouns.others.disabled = {"ben", "cat"}
        assert await rung(nouns, "all") == ["dan", "eve"]


async def test_one_who_does_not_want_to_be_rung_cannot_be_called(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        nouns.others.ring = {"ben": "friends"}
        with pytest.raises(Fault) as refused:
            await rung(nouns, "ab")
        assert refused.value.code is Code.CHAT_NOT_ACCEPTED
        nouns.others.friends = {frozenset(("ann", "ben"))}
        assert await rung(nouns, "ab") == ["ben"]


async def test_a_very_large_group_rings_nobody(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        members = ["ann", *(f"member-{number}" for number in range(AUDIENCE_MAX))]
        assert await nouns.house.members.callees("ann", MembershipReply("member", "group", False, members)) == []


async def test_the_audience_is_asked_by_somebody_who_is_a_member(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        members = nouns.house.members
        assert await members.audience("ab", ["zoe", "ann"]) == ["ann", "ben"]
        assert await members.audience("ab", ["zoe"]) is None
        nouns.others.chat_away = True
        assert await members.audience("ab", ["ann"]) is None


async def test_blocks_are_seen_from_both_sides(tmp_path: Path) -> None:
    async with video_nouns(tmp_path) as nouns:
        nouns.others.blocks = {("ben", "ann")}
        assert await nouns.house.members.blocked("ann", "ben")
        assert await nouns.house.members.blocked("ben", "ann")
        assert not await nouns.house.members.blocked("ann", "cat")
