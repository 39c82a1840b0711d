"""One finds the messages that mention one."""

from pathlib import Path

import pytest

from secureconnect.contracts.errors import Code
from tests.fixtures.chat_service import office, refused

pytestmark = pytest.mark.anyio


async def test_mentions_of_one_and_of_all_come_newest_first(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben", "cat")
        first = await o.say("ann", group, mentions=["ben"])
        await o.say("ann", group, mentions=["cat"])
        both = await o.say("ann", group, mentions=["all", "ben"])
        await o.say("ben", group, mentions=["ben"])
        page = await o.chat.mentions.page("ben", group, None, 1)
        rest = await o.chat.mentions.page("ben", group, page.next_cursor, 1)
        assert [event.seq for event in (*page.items, *rest.items)] == [both.seq, first.seq]
        assert rest.next_cursor is None
        async with refused(Code.CHAT_NOT_A_MEMBER):
            await o.chat.mentions.page("eve", group, None, 1)
        await o.leave("ben", group)
        async with refused(Code.CHAT_NOT_A_MEMBER):
            await o.chat.mentions.page("ben", group, None, 1)
