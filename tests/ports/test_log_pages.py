"""What every adapter of the Log port keeps when events are erased and paged."""

import asyncio

import pytest

from secureconnect.backends.log.port import (
    Appended,
    Log,
    TargetDeleted,
    TargetMissing,
)
from tests.fixtures.log import ROOM, ids, member, message, opening, pointing, seqs, told

pytestmark = pytest.mark.anyio


async def test_an_edit_erases_what_it_replaces(log: Log) -> None:
    """The envelopes of the target and of earlier edits are gone and marked; the newest edit keeps its own."""
    original = (await log.append(message("secret one"))).event.event_id
    other = (await log.append(message("other"))).event.event_id
    edits = [(await log.append(pointing("edit", original, b"secret two"))).event.event_id]
    edits += [
        each.event.event_id
        for each in await asyncio.gather(
            log.append(pointing("edit", original, b"secret three")), log.append(pointing("edit", original, b"four"))
        )
    ]
    found = [await log.find(ROOM, event_id) for event_id in [original, *edits, other]]
    assert [event and told(event) for event in found] == [None, None, None, b"four", b"other"]
    assert [event and event.edited_at for event in found] == [77, 77, 77, None, None]


async def test_a_deletion_erases_the_target_and_its_edits(log: Log) -> None:
    """After a deletion no envelope is left and nothing may be edited or deleted again, also within one batch."""
    original = (await log.append(message("secret"))).event.event_id
    edit = (await log.append(pointing("edit", original, b"secret two"))).event.event_id
    answers = await asyncio.gather(
        log.append(pointing("delete", original)),
        log.append(pointing("edit", original, b"three")),
        log.append(pointing("delete", original)),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [Appended, TargetDeleted, TargetDeleted]
    with pytest.raises(TargetDeleted):
        await log.append(pointing("edit", original, b"four"))
    for event_id in (original, edit):
        event = await log.find(ROOM, event_id)
        assert event is not None
        assert (event.envelope, event.deleted_at) == (None, 77)
    assert await seqs(log) == [1, 2, 3, 4]


async def test_a_message_may_be_edited_in_the_batch_that_brings_it(log: Log) -> None:
    """A target that is not durable yet is erased as well."""
    draft = message("secret")
    await asyncio.gather(log.append(draft), log.append(pointing("edit", draft.event_id, b"new")))
    event = await log.find(ROOM, draft.event_id)
    assert event is not None
    assert (event.envelope, event.edited_at) == (None, 77)


async def test_a_target_has_to_stand_in_the_conversation(log: Log) -> None:
    """Edits and deletions of nothing, or of another conversation's event, are refused."""
    other = ids.new()
    await log.append(opening(other))
    foreign = (await log.append(message(conversation=other))).event.event_id
    for target in (ids.new(), foreign):
        with pytest.raises(TargetMissing):
            await log.append(pointing("edit", target, b"x"))


async def test_pages_go_forwards_and_backwards(log: Log) -> None:
    """Pages join without gap or repetition in both directions and say what they cover."""
    await asyncio.gather(*[log.append(message(str(number))) for number in range(24)])
    page = await log.page_after(ROOM, 0, 10)
    assert ([event.seq for event in page.events], page.from_seq, page.to_seq) == (list(range(1, 11)), 1, 10)
    assert (page.head_seq, page.more) == (25, True)
    page = await log.page_after(ROOM, 20, 10)
    assert ([event.seq for event in page.events], page.to_seq, page.more) == ([21, 22, 23, 24, 25], 25, False)
    page = await log.page_after(ROOM, 25, 10)
    assert (page.events, page.from_seq, page.to_seq, page.more) == ([], 26, 25, False)
    page = await log.page_before(ROOM, 26, 10)
    assert ([event.seq for event in page.events], page.from_seq, page.to_seq) == (list(range(16, 26)), 16, 25)
    assert page.more
    page = await log.page_before(ROOM, 6, 10)
    assert ([event.seq for event in page.events], page.from_seq, page.more) == ([1, 2, 3, 4, 5], 1, False)
    page = await log.page_before(ROOM, 1, 10)
    assert (page.events, page.more) == ([], False)
    assert page.from_seq > page.to_seq
    page = await log.page_before(ROOM, 1000, 3)
    assert ([event.seq for event in page.events], page.to_seq) == ([23, 24, 25], 25)


async def test_pages_of_some_kinds_say_what_they_searched(log: Log) -> None:
    """A page with kinds holds only those, and its range joins to the next page."""
    for number in range(30):
        await log.append(member(None) if number % 10 == 5 else message(str(number)))
    kinds = frozenset({"member"})
    page = await log.page_after(ROOM, 0, 2, kinds)
    assert ([event.seq for event in page.events], page.from_seq, page.to_seq, page.more) == ([7, 17], 1, 17, True)
    page = await log.page_after(ROOM, 17, 2, kinds)
    assert ([event.seq for event in page.events], page.from_seq, page.to_seq, page.more) == ([27], 18, 31, False)
    page = await log.page_before(ROOM, 32, 2, kinds)
    assert ([event.seq for event in page.events], page.from_seq, page.to_seq, page.more) == ([17, 27], 17, 31, True)
    page = await log.page_before(ROOM, 17, 2, kinds)
    assert ([event.seq for event in page.events], page.from_seq, page.to_seq, page.more) == ([7], 1, 16, False)


async def test_a_page_of_rare_kinds_searches_a_bounded_range(log: Log) -> None:
    """In a long log a page without any hit ends after a bounded search, and asking on reaches the end."""
    for _ in range(3):
        await asyncio.gather(*[log.append(message("x")) for _ in range(1000)])
    kinds = frozenset({"call"})
    for forwards in (True, False):
        asked, at = 0, 0 if forwards else 3002
        while True:
            page = await (log.page_after(ROOM, at, 10, kinds) if forwards else log.page_before(ROOM, at, 10, kinds))
            asked += 1
            assert page.events == []
            if not page.more:
                break
            assert page.to_seq >= page.from_seq
            at = page.to_seq if forwards else page.from_seq
        assert asked > 1
        assert (page.to_seq if forwards else page.from_seq) == (3001 if forwards else 1)
