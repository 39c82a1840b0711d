"""What every adapter of the Log port keeps when events are appended and told."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest
from sqlalchemy import Connection

from secureconnect.backends.log.port import (
    Appended,
    ClientIdReused,
    ConversationExists,
    ConversationMissing,
    Log,
    LogHead,
    MembershipChanged,
    TargetMissing,
)
from secureconnect.contracts.errors import Fault
from tests.fixtures.log import (
    ANN,
    PHONE,
    ROOM,
    OpensLog,
    ids,
    member,
    message,
    opening,
    pointing,
    sent,
    seqs,
    told,
    until,
)

pytestmark = pytest.mark.anyio


async def test_an_event_is_read_as_it_was_sent(log: Log) -> None:
    """An append answers with the event as it stands, and pages, find and head tell the same."""
    draft = sent("c1", '"text"')
    appended = await log.append(msgspec.structs.replace(draft, origin="socket", project="more"))
    assert appended.first
    assert appended.draft.origin == "socket"
    event = appended.event
    assert (event.seq, event.event_id, event.kind, event.sender) == (2, draft.event_id, "message", ANN)
    assert (event.device, event.client_id, event.sent_at, bytes(event.body)) == (PHONE, "c1", 2, draft.body)
    assert told(event) == b'"text"'
    assert await log.find(ROOM, draft.event_id) == event
    assert (await log.page_after(ROOM, 1, 10)).events == [event]
    assert await log.head(ROOM) == LogHead(2, 0)


async def test_what_is_not_there_is_none(log: Log) -> None:
    """Unknown conversations and events are absent, not errors; an event is found in its own conversation alone."""
    other = ids.new()
    await log.append(opening(other))
    event = (await log.append(message(conversation=other))).event
    assert await log.head(ids.new()) is None
    assert await log.find(ROOM, ids.new()) is None
    assert await log.find(ROOM, event.event_id) is None
    page = await log.page_after(ids.new(), 0, 10)
    assert (page.events, page.from_seq, page.to_seq, page.head_seq, page.more) == ([], 1, 0, 0, False)
    assert (await log.page_before(ids.new(), 10, 10)).events == []


async def test_seqs_are_dense_under_many_appends(log: Log) -> None:
    """Two hundred appends at once to three conversations leave no hole and no repetition, in the order of asking."""
    others = [ids.new(), ids.new()]
    await asyncio.gather(*[log.append(opening(other)) for other in others])
    rooms = [ROOM, *others]
    drafts = [message(str(number), rooms[number % 3]) for number in range(201)]
    answers = await asyncio.gather(*[log.append(draft) for draft in drafts])
    for at, room in enumerate(rooms):
        assert [answer.event.seq for answer in answers[at::3]] == list(range(2, 69))
        page = await log.page_after(room, 1, 100)
        assert [event.event_id for event in page.events] == [draft.event_id for draft in drafts[at::3]]
        assert await log.head(room) == LogHead(68, 0)


async def test_the_same_again_gives_the_first_answer(log: Log) -> None:
    """The same client_id with the same content stands once, also when both were asked for at once."""
    first = await log.append(sent("c1"))
    again = await log.append(sent("c1"))
    assert (first.first, again.first) == (True, False)
    assert again.event == first.event
    both = await asyncio.gather(log.append(sent("c2")), log.append(sent("c2")), log.append(message()))
    assert [each.first for each in both] == [True, False, True]
    assert both[0].event == both[1].event
    assert await seqs(log) == [1, 2, 3, 4]


async def test_a_client_id_with_other_content_is_refused(log: Log) -> None:
    """The refused one leaves no hole and does not disturb others; another device may use the same client_id."""
    await log.append(sent("c1"))
    with pytest.raises(ClientIdReused):
        await log.append(sent("c1", "other"))
    answers = await asyncio.gather(
        log.append(sent("c2")), log.append(sent("c2", "other")), log.append(message()), return_exceptions=True
    )
    assert isinstance(answers[1], ClientIdReused)
    assert (await log.append(message("other", device=ids.new(), client_id="c1"))).first
    assert await seqs(log) == [1, 2, 3, 4, 5]


async def test_the_same_again_after_opening_again(opens_log: OpensLog) -> None:
    """What a client sends again after a restart stands once, alone or among others."""
    async with opens_log() as log:
        await log.append(opening(client_id="start"))
        first = await log.append(sent("c1"))
    async with opens_log() as log:
        asked = [message(), sent("c1"), sent("c1", "other"), message(), opening(client_id="start"), sent("c9")]
        answers = await asyncio.gather(*[log.append(draft) for draft in asked], return_exceptions=True)
        again, reused, opened = answers[1], answers[2], answers[4]
        assert isinstance(again, Appended)
        assert (again.first, again.event) == (False, first.event)
        assert isinstance(reused, ClientIdReused)
        assert isinstance(opened, Appended)
        assert not opened.first
        assert await seqs(log) == [1, 2, 3, 4, 5]


async def test_without_a_device_a_client_id_is_the_servers_own(log: Log) -> None:
    """Events that no device sent are idempotent by client_id too."""
    first = await log.append(message(client_id="call-1"))
    again = await log.append(message(client_id="call-1"))
    assert (again.first, again.event) == (False, first.event)


async def test_an_append_is_checked_against_the_membership(log: Log) -> None:
    """An append names the membership version it was checked against; after a change it is refused."""
    assert (await log.append(message(member_version=0))).first
    answers = await asyncio.gather(
        log.append(message(member_version=0)),
        log.append(member(0)),
        log.append(message(member_version=0)),
        log.append(message(member_version=1)),
        log.append(message()),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [Appended, Appended, MembershipChanged, Appended, Appended]
    assert await log.head(ROOM) == LogHead(6, 1)
    with pytest.raises(MembershipChanged):
        await log.append(member(0))
    assert await seqs(log) == [1, 2, 3, 4, 5, 6]


async def test_what_stood_before_the_membership_changed_is_still_answered(log: Log) -> None:
    """A repetition gets the first answer though its membership version is an old one by now."""
    draft = msgspec.structs.replace(sent("c1"), member_version=0)
    first = await log.append(draft)
    await log.append(member(0))
    again = await log.append(draft)
    assert (again.first, again.event) == (False, first.event)


async def test_a_conversation_is_opened_once(log: Log) -> None:
    """Appending without a log, and opening one that is there, are named errors."""
    room = ids.new()
    with pytest.raises(ConversationMissing):
        await log.append(message(conversation=room))
    answers = await asyncio.gather(
        log.append(message(conversation=room)),
        log.append(opening(room)),
        log.append(opening(room)),
        log.append(message(conversation=room)),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [ConversationMissing, Appended, ConversationExists, Appended]
    assert await log.head(room) == LogHead(2, 0)


async def test_several_events_stand_all_or_none(log: Log) -> None:
    """append_all gives consecutive seqs; when one of them is refused none stands."""
    room = ids.new()
    drafts = [opening(room, "start"), *[msgspec.structs.replace(member(None), conversation=room) for _ in range(3)]]
    answers = await asyncio.gather(log.append(message()), log.append_all(drafts), log.append(message()))
    assert [each.event.seq for each in answers[1]] == [1, 2, 3, 4]
    assert await log.head(room) == LogHead(4, 3)
    with pytest.raises(MembershipChanged):
        await log.append_all([message(), member(0), message(member_version=0)])
    with pytest.raises(TargetMissing):
        await log.append_all([message(), pointing("delete", ids.new())])
    assert await seqs(log) == [1, 2, 3]
    with pytest.raises(ValueError, match="one conversation"):
        log.append_all([message(), message(conversation=room)])


async def test_several_events_again_give_the_first_answers(log: Log) -> None:
    """append_all is idempotent by its first event; other content behind it is refused."""
    room = ids.new()
    drafts = [opening(room, "start"), message("a", room), message("b", room)]
    first, at_once = await asyncio.gather(log.append_all(drafts), log.append_all(drafts))
    again = await log.append_all(drafts)
    for repeated in (at_once, again):
        assert [each.first for each in repeated] == [False] * 3
        assert [each.event for each in repeated] == [each.event for each in first]
    with pytest.raises(ClientIdReused):
        await log.append_all([*drafts[:2], message("c", room)])
    assert await log.head(room) == LogHead(3, 0)


async def test_the_listener_gets_each_new_event_once_in_order(log: Log) -> None:
    """Each batch is told once, after its callers' futures are done; repetitions and refusals are not told."""
    heard: list[Appended] = []
    futures: list[asyncio.Future[Appended]] = []

    def listener(events: Sequence[Appended]) -> None:
        assert events
        done = {future.result().event.event_id for future in futures if future.done() and not future.exception()}
        assert {each.event.event_id for each in events} <= done
        heard.extend(events)

    log.listen(listener)
    futures += [log.append(sent(f"c{number}")) for number in range(50)]
    futures += [log.append(sent("c7")), log.append(sent("c8", "other"))]
    await asyncio.gather(*futures, return_exceptions=True)
    await until(lambda: len(heard) >= 50)
    assert [each.event.seq for each in heard] == list(range(2, 52))
    assert all(each.first for each in heard)
    futures.append(log.append(sent("c7")))
    await futures[-1]
    futures.append(log.append(message(origin="my socket")))
    await futures[-1]
    await until(lambda: len(heard) > 50)
    assert [(each.event.seq, each.draft.origin) for each in heard[50:]] == [(52, "my socket")]


async def test_the_listener_hears_of_events_whose_caller_has_gone(log: Log) -> None:
    """A caller that goes away does not keep an event that stands from the others."""
    heard: list[int] = []
    log.listen(lambda events: heard.extend(each.event.seq for each in events))
    future = log.append(message())
    await asyncio.sleep(0)
    future.cancel()
    kept = (await log.append(message())).event.seq
    await until(lambda: len(heard) == kept - 1)
    assert sorted(heard) == (await seqs(log))[1:]


async def test_a_failing_listener_harms_nobody(log: Log) -> None:
    """Appends go on, and later events are told."""
    heard: list[int] = []

    def listener(events: Sequence[Appended]) -> None:
        heard.extend(each.event.seq for each in events)
        raise RuntimeError("listener")

    log.listen(listener)
    await log.append(message())
    await log.append(message())
    await until(lambda: heard == [2, 3])


async def test_the_projection_stands_and_falls_with_its_events(opens_log: OpensLog) -> None:
    """New events reach the projection once, in commit order; the event that it raises for does not stand."""
    projected: list[tuple[int, object]] = []

    def project(connection: Connection, events: Sequence[Appended]) -> None:
        if any(each.draft.project == "bad" for each in events):
            raise LookupError("bad")
        projected.extend((each.event.seq, each.draft.project) for each in events)

    async with opens_log(project) as log:
        await log.append(opening())
        assert projected == [(1, None)]
        projected.clear()
        drafts = [message(project="bad" if number == 3 else number) for number in range(8)]
        answers = await asyncio.gather(*[log.append(draft) for draft in drafts], return_exceptions=True)
        assert isinstance(answers[3], LookupError)
        assert projected == [(2, 0), (3, 1), (4, 2), (5, 4), (6, 5), (7, 6), (8, 7)]
        with pytest.raises(LookupError):
            await log.append(message(project="bad"))
        assert await log.head(ROOM) == LogHead(8, 0)
        await log.append(sent("c1"))
        projected.clear()
        await log.append(sent("c1"))
        assert projected == []


async def test_an_append_to_a_closed_log_fails_by_its_future(opens_log: OpensLog) -> None:
    """Asking never raises: the future holds the Fault."""
    async with opens_log() as log:
        await log.append(opening())
    future = log.append(message())
    with pytest.raises(Fault):
        await future
