"""Pages tell what their reader may see, and which range they cover."""

from pathlib import Path

import pytest

from secureconnect.contracts.chat import ConversationPatch
from secureconnect.contracts.errors import Code
from secureconnect.services.chat.limits import ChatLimits
from tests.fixtures.chat_service import caller, office, refused

pytestmark = pytest.mark.anyio


async def test_pages_go_up_and_down_over_the_whole_log(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        for number in range(7):
            await o.say("ann", group, str(number))
        page = await o.chat.history.page("ben", group, after=0, limit=4)
        assert [event.seq for event in page.events] == [1, 2, 3, 4]
        assert (page.from_seq, page.to_seq, page.head_seq, page.more) == (1, 4, 10, True)
        page = await o.chat.history.page("ben", group, after=8, limit=4)
        assert ([event.seq for event in page.events], page.more) == ([9, 10], False)
        page = await o.chat.history.page("ben", group, before=11, limit=4)
        assert ([event.seq for event in page.events], page.more) == ([7, 8, 9, 10], True)
        page = await o.chat.history.page("ben", group, before=3, limit=4)
        assert ([event.seq for event in page.events], page.more) == ([1, 2], False)
        page = await o.chat.history.page("ben", group, after=10)
        assert (page.events, page.more, page.head_seq) == ([], False, 10)
        assert page.from_seq > page.to_seq
        async with refused(Code.INVALID):
            await o.chat.history.page("ben", group, after=1, before=3)


async def test_a_page_holds_no_more_than_it_may(tmp_path: Path) -> None:
    async with office(tmp_path, ChatLimits(page_events_max=2)) as o:
        group = await o.group("ann", "ben")
        assert len((await o.chat.history.page("ann", group, limit=1000)).events) == 2


async def test_shown_pages_only_what_draws_a_line(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        message = await o.say("ann", group)
        await o.chat.reactions.react(caller("ben"), group, message.event_id, "👍", on=True)
        page = await o.chat.history.page("ben", group, before=100, shown=True)
        assert [event.kind for event in page.events] == ["conversation", "member", "member", "message"]
        assert (page.from_seq, page.to_seq) == (1, 5)


async def test_who_joins_reads_from_their_coming(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        await o.say("ann", group, "before")
        await o.add("ann", group, "cat")
        await o.say("ann", group, "after")
        assert [event.seq for event in await o.events("cat", group)] == [5, 6]
        page = await o.chat.history.page("cat", group, before=6)
        assert ([event.seq for event in page.events], page.from_seq, page.more) == ([5], 5, False)
        assert [event.seq for event in await o.events("ben", group)] == [1, 2, 3, 4, 5, 6]


async def test_the_rule_of_history_binds_those_who_join_after_its_change(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        await o.say("ann", group)
        await o.add("ann", group, "cat")
        await o.chat.conversations.change(caller("ann"), group, ConversationPatch(history="all"))
        await o.log.told()
        await o.add("ann", group, "dan")
        assert (await o.events("cat", group))[0].seq == 5
        assert (await o.events("dan", group))[0].seq == 1


async def test_a_former_member_reads_up_to_their_removal_and_no_further(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        await o.say("ann", group, "with")
        await o.chat.members.remove(caller("ann"), group, "ben")
        await o.log.told()
        await o.say("ann", group, "without")
        for page in (
            await o.chat.history.page("ben", group, after=0),
            await o.chat.history.page("ben", group, before=100),
        ):
            assert [event.seq for event in page.events] == [1, 2, 3, 4, 5]
            assert (page.to_seq, page.head_seq) == (5, 5)
        page = await o.chat.history.page("ben", group, after=5)
        assert (page.events, page.more) == ([], False)


async def test_joining_again_opens_a_new_span(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        await o.leave("ben", group)
        await o.say("ann", group)
        await o.add("ann", group, "ben")
        assert [event.seq for event in await o.events("ben", group)] == [6]


async def test_a_stranger_is_told_that_there_is_nothing(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        for conversation in (group, "nowhere"):
            async with refused(Code.CHAT_NOT_A_MEMBER):
                await o.events("eve", conversation)
