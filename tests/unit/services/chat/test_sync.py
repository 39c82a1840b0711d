"""A sync tells what changed since its token, a page at a time, and skips nothing."""

import base64
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.chat.store.receipts import MarkAsk, write_marks
from secureconnect.services.chat.sync import Sync, Tokens
from tests.fixtures.chat import LogWorld, log_world

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[LogWorld]:
    async with log_world(tmp_path) as one:
        yield one


def sync_of(world: LogWorld, heads_max: int = 1000, incarnation: str = "inc") -> Sync:
    return Sync(world.sql, Tokens(lambda: incarnation), heads_max)


async def test_without_a_token_all_present_conversations_are_told(world: LogWorld) -> None:
    await world.open("c1", "anna", "ben")
    await world.open("c2", "anna", "ben")
    await world.open("c3", "eve", "ben")
    await world.member("c2", "ben", "left", "ben")
    answer = await sync_of(world).since("ben", None)
    assert {head.conversation: head.seq for head in answer.heads} == {"c1": 3, "c3": 3}
    assert (answer.removed, answer.more, answer.incarnation) == ([], False, "inc")


async def test_a_token_tells_only_what_changed_after_it(world: LogWorld) -> None:
    await world.open("c1", "anna", "ben")
    await world.open("c2", "anna", "ben")
    sync = sync_of(world)
    first = await sync.since("ben", None)
    assert (await sync.since("ben", first.token)).heads == []
    await world.say("c2", "anna")
    second = await sync.since("ben", first.token)
    assert [(head.conversation, head.seq) for head in second.heads] == [("c2", 4)]
    assert (await sync.since("ben", second.token)).heads == []


async def test_ones_own_marks_elsewhere_count_as_a_change_and_those_of_others_do_not(world: LogWorld) -> None:
    await world.open("c1", "anna", "ben")
    await world.say("c1", "anna")
    sync = sync_of(world)
    token = (await sync.since("ben", None)).token
    anna_token = (await sync.since("anna", None)).token
    await world.sql.gather(write_marks, MarkAsk("ben", "c1", 4, 0))
    assert [head.conversation for head in (await sync.since("ben", token)).heads] == ["c1"]
    assert (await sync.since("anna", anna_token)).heads == []


async def test_a_conversation_that_was_left_is_told_as_removed_and_never_again(world: LogWorld) -> None:
    await world.open("c1", "anna", "ben")
    sync = sync_of(world)
    token = (await sync.since("ben", None)).token
    await world.member("c1", "ben", "removed", "anna")
    answer = await sync.since("ben", token)
    assert (answer.removed, answer.heads) == (["c1"], [])
    await world.say("c1", "anna")
    after = await sync.since("ben", answer.token)
    assert (after.removed, after.heads) == ([], [])
    await world.member("c1", "ben", "added", "anna", "member")
    assert [head.conversation for head in (await sync.since("ben", after.token)).heads] == ["c1"]


async def test_pages_tell_everything_also_what_changes_while_they_are_read(world: LogWorld) -> None:
    names = [f"c{number}" for number in range(7)]
    for name in names:
        await world.open(name, "anna", "ben")
    sync = sync_of(world, heads_max=3)
    page = await sync.since("ben", None)
    told = {head.conversation: head.seq for head in page.heads}
    assert page.more
    assert len(page.heads) == 3
    await world.say("c0", "anna")
    await world.member("c1", "ben", "removed", "anna")
    removed: list[str] = []
    while page.more:
        page = await sync.since("ben", page.token)
        told.update({head.conversation: head.seq for head in page.heads})
        removed += page.removed
    assert told == {**dict.fromkeys(names, 3), "c0": 4}
    assert removed == ["c1"]
    assert (await sync.since("ben", page.token)).heads == []


async def test_changes_under_one_number_are_not_cut_in_two(world: LogWorld) -> None:
    for number in range(6):
        await world.open(f"c{number}", "anna", "ben")
        await world.say(f"c{number}", "anna")
    sync = sync_of(world, heads_max=2)
    token = (await sync_of(world).since("ben", None)).token
    asks = [MarkAsk("ben", f"c{number}", 4, 0) for number in range(6)]
    await world.sql.write(write_marks, asks)
    told: list[str] = []
    more = True
    while more:
        page = await sync.since("ben", token)
        token, more = page.token, page.more
        told += [head.conversation for head in page.heads]
    assert sorted(told) == [f"c{number}" for number in range(6)]


async def test_a_token_of_another_incarnation_tells_everything_anew(world: LogWorld) -> None:
    await world.open("c1", "anna", "ben")
    token = (await sync_of(world, incarnation="old").since("ben", None)).token
    answer = await sync_of(world, incarnation="new").since("ben", token)
    assert [head.conversation for head in answer.heads] == ["c1"]
    assert answer.incarnation == "new"


async def test_a_token_from_a_future_that_is_gone_tells_everything_anew(world: LogWorld) -> None:
    await world.open("c1", "anna", "ben")
    answer = await sync_of(world).since("ben", Tokens(lambda: "inc").write(1_000_000))
    assert [head.conversation for head in answer.heads] == ["c1"]


@pytest.mark.parametrize(
    "token", ["", "x", "é", "====", base64.urlsafe_b64encode(b'["inc",-1]').decode(),
              base64.urlsafe_b64encode(b'["inc",99999999999999999999]').decode(),
              base64.urlsafe_b64encode(b'["inc",1.5]').decode()],
)  # fmt: skip
async def test_a_token_that_is_none_of_ours_is_refused(world: LogWorld, token: str) -> None:
    with pytest.raises(Fault) as refused:
        await sync_of(world).since("ben", token)
    assert refused.value.code is Code.CHAT_TOKEN_INVALID
