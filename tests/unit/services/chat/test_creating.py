"""Groups are made by anybody of whom everybody lets it happen; a pair has one direct conversation."""

import asyncio
from pathlib import Path

import pytest
from msgspec import structs

from secureconnect.contracts.auth import Privacy
from secureconnect.contracts.chat import ConversationRequest
from secureconnect.contracts.errors import Code
from secureconnect.services.chat.creating import direct_id
from secureconnect.services.chat.limits import ChatLimits
from tests.fixtures.chat_service import Office, caller, office, refused

pytestmark = pytest.mark.anyio


def privacy(o: Office, account: str, **chosen: str) -> None:
    known = o.others.accounts[account]
    o.others.accounts[account] = structs.replace(known, privacy=Privacy(**chosen))  # pyright: ignore[reportArgumentType]
    o.changed("preferences", account)


async def test_a_group_begins_with_its_maker_as_owner(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben", "ben", "ann", title="Choir")
        row = await o.row("ann", group)
        assert (row.kind, row.title, row.role, row.members, row.history) == ("group", "Choir", "owner", 2, "joined")
        assert (row.head_seq, row.first_seq, row.unread) == (3, 1, 0)
        assert (await o.row("ben", group)).role == "member"
        assert [event.kind for event in await o.events("ben", group)] == ["conversation", "member", "member"]


async def test_a_pair_has_one_direct_conversation_from_both_sides(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        asked = [("ann", "ben"), ("ben", "ann"), ("ann", "ben")]
        made = await asyncio.gather(
            *(o.chat.creating.create(caller(one), ConversationRequest("direct", [other])) for one, other in asked)
        )
        assert {conversation for conversation, _ in made} == {direct_id("ann", "ben")}
        assert [first for _, first in made].count(True) == 1
        assert direct_id("ann", "cat") != direct_id("ann", "ben") == direct_id("ben", "ann")
        again = await o.chat.creating.create(caller("ben"), ConversationRequest("direct", ["ann"]))
        assert again == (direct_id("ann", "ben"), False)


async def test_a_direct_conversation_that_is_there_is_answered_also_to_the_blocked(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        direct = await o.direct("ann", "ben")
        o.block("ben", "ann")
        assert await o.direct("ann", "ben") == direct
        async with refused(Code.CHAT_BLOCKED):
            o.block("cat", "ann")
            await o.direct("ann", "cat")


async def test_direct_names_one_other_who_exists(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        for named in ([], ["ann"], ["ben", "cat"], ["nobody"]):
            async with refused(Code.CHAT_MEMBERS_INVALID):
                await o.chat.creating.create(caller("ann"), ConversationRequest("direct", named))
        async with refused(Code.INVALID):
            await o.chat.creating.create(caller("ann"), ConversationRequest("direct", ["ben"], "Title"))


async def test_privacy_says_who_may_begin_to_write_and_who_may_add(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        privacy(o, "ben", write="friends", add_to_groups="friends")
        privacy(o, "cat", write="nobody", add_to_groups="nobody")
        for other in ("ben", "cat"):
            async with refused(Code.CHAT_NOT_ACCEPTED):
                await o.direct("ann", other)
            async with refused(Code.CHAT_NOT_ACCEPTED):
                await o.group("ann", other)
        o.others.friends |= {frozenset(("ann", "ben")), frozenset(("ann", "cat"))}
        await o.direct("ann", "ben")
        await o.group("ann", "ben")
        async with refused(Code.CHAT_NOT_ACCEPTED):
            await o.group("ann", "cat")


async def test_blocked_disabled_closed_and_unknown_people_are_not_taken_into_groups(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.block("ben", "ann")
        async with refused(Code.CHAT_NOT_ACCEPTED):
            await o.group("ann", "ben")
        for change in ({"closed": True}, {"disabled": True}):
            o.others.accounts["cat"] = structs.replace(o.others.accounts["cat"], **change)
            o.changed("account_disabled", "cat")
            async with refused(Code.CHAT_MEMBERS_INVALID):
                await o.group("ann", "cat")
        async with refused(Code.CHAT_MEMBERS_INVALID):
            await o.group("ann", "nobody")


async def test_conversations_have_limits(tmp_path: Path) -> None:
    async with office(tmp_path, ChatLimits(members_max=3, conversations_per_account_max=2)) as o:
        async with refused(Code.CHAT_TOO_MANY_MEMBERS):
            await o.group("ann", "ben", "cat", "dan")
        await o.group("ann", "ben", "cat")
        await o.group("ann", "ben")
        for one, others in (("ann", ()), ("dan", ("ben",))):
            async with refused(Code.CHAT_TOO_MANY_CONVERSATIONS):
                await o.group(one, *others)
        async with refused(Code.CHAT_TOO_MANY_CONVERSATIONS):
            await o.direct("dan", "ben")
