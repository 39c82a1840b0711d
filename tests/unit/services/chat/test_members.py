"""Who may take in, promote, remove and leave."""

import asyncio
from pathlib import Path

import pytest

from secureconnect.contracts.chat import MemberRequest
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.events import Role
from secureconnect.services.chat.limits import ChatLimits
from tests.fixtures.chat_service import Office, caller, office, refused
from tests.fixtures.waiting import until

pytestmark = pytest.mark.anyio


async def roles(o: Office, group: str) -> dict[str, str]:
    state = await o.chat.membership.load(group)
    assert state is not None
    return {member.account: member.role for member in state.members.values()}


async def set_role(o: Office, by: str, group: str, account: str, role: Role) -> None:
    await o.chat.members.set_role(caller(by), group, account, role)
    await o.log.told()


async def remove(o: Office, by: str, group: str, account: str) -> None:
    await o.chat.members.remove(caller(by), group, account)
    await o.log.told()


async def full_group(o: Office) -> str:
    """ann owns, ben administers, cat and dan are members."""
    group = await o.group("ann", "ben", "cat", "dan")
    await set_role(o, "ann", group, "ben", "admin")
    return group


async def test_owner_and_admins_take_in(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await full_group(o)
        for by, asked, code in (
            ("cat", MemberRequest("eve"), Code.CHAT_ROLE_TOO_LOW),
            ("ben", MemberRequest("eve", "admin"), Code.CHAT_ROLE_TOO_LOW),
            ("eve", MemberRequest("eve"), Code.CHAT_NOT_A_MEMBER),
        ):
            async with refused(code):
                await o.chat.members.add(caller(by), group, asked)
        member, added = await o.chat.members.add(caller("ben"), group, MemberRequest("eve"))
        assert (member.account, member.username, member.role, added) == ("eve", "eve", "member", True)
        again, added = await o.chat.members.add(caller("ann"), group, MemberRequest("eve", "admin"))
        assert (again.role, added) == ("member", False)
        assert (await roles(o, group))["eve"] == "member"


async def test_taking_in_twice_at_once_stands_once(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        both = [o.chat.members.add(caller("ann"), group, MemberRequest("eve")) for _ in range(3)]
        answers = await asyncio.gather(*both)
        assert [added for _, added in answers].count(True) == 1
        assert [row["member_count"] for row in await o.log.rows("SELECT member_count FROM conversations")] == [3]


async def test_a_group_is_never_larger_than_it_may_be_even_at_once(tmp_path: Path) -> None:
    async with office(tmp_path, ChatLimits(members_max=3)) as o:
        group = await o.group("ann", "ben")
        both = [o.chat.members.add(caller("ann"), group, MemberRequest(name)) for name in ("cat", "dan", "eve")]
        answers = await asyncio.gather(*both, return_exceptions=True)
        refusals = [answer.code for answer in answers if isinstance(answer, Fault)]
        assert refusals == [Code.CHAT_TOO_MANY_MEMBERS] * 2


async def test_roles_are_the_owners_to_give(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await full_group(o)
        for by in ("ben", "cat"):
            async with refused(Code.CHAT_ROLE_TOO_LOW):
                await set_role(o, by, group, "dan", "admin")
        await set_role(o, "ann", group, "dan", "admin")
        await set_role(o, "ann", group, "dan", "member")
        assert await roles(o, group) == {"ann": "owner", "ben": "admin", "cat": "member", "dan": "member"}
        async with refused(Code.NOT_FOUND):
            await set_role(o, "ann", group, "eve", "admin")
        async with refused(Code.CHAT_LAST_OWNER):
            await set_role(o, "ann", group, "ann", "admin")


async def test_making_an_owner_hands_the_ownership_on(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await full_group(o)
        async with refused(Code.CHAT_LAST_OWNER):
            await o.leave("ann", group)
        await set_role(o, "ann", group, "cat", "owner")
        assert await roles(o, group) == {"ann": "admin", "ben": "admin", "cat": "owner", "dan": "member"}
        await o.leave("ann", group)
        async with refused(Code.CHAT_NOT_A_MEMBER):
            await set_role(o, "ann", group, "dan", "admin")


@pytest.mark.parametrize(
    ("by", "account", "code"),
    [
        ("ann", "ben", None),
        ("ann", "cat", None),
        ("ben", "cat", None),
        ("ben", "ann", Code.CHAT_ROLE_TOO_LOW),
        ("cat", "dan", Code.CHAT_ROLE_TOO_LOW),
        ("cat", "ben", Code.CHAT_ROLE_TOO_LOW),
        ("ann", "eve", Code.NOT_FOUND),
        ("eve", "cat", Code.CHAT_NOT_A_MEMBER),
    ],
)
async def test_one_removes_those_of_lower_rank(by: str, account: str, code: Code | None, tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await full_group(o)
        if code is None:
            await remove(o, by, group, account)
            assert account not in await roles(o, group)
        else:
            async with refused(code):
                await remove(o, by, group, account)


async def test_the_last_one_may_leave_and_video_is_told_of_each_departure(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann", "ben")
        await o.leave("ben", group)
        await o.leave("ann", group)
        assert await roles(o, group) == {}
        async with refused(Code.CHAT_NOT_A_MEMBER):
            await o.leave("ann", group)
        await until(lambda: len(o.others.departed) == 2)
        assert [(one.conversation, one.account) for one in o.others.departed] == [(group, "ben"), (group, "ann")]


async def test_direct_conversations_keep_their_two_members(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        direct = await o.direct("ann", "ben")
        async with refused(Code.CHAT_ROLE_TOO_LOW):
            await o.add("ann", direct, "cat")
        async with refused(Code.CHAT_ROLE_TOO_LOW):
            await o.leave("ann", direct)
        async with refused(Code.CHAT_ROLE_TOO_LOW):
            await set_role(o, "ann", direct, "ben", "admin")


async def test_members_are_listed_in_the_order_of_joining(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await full_group(o)
        first = await o.chat.members.page("dan", group, None, 3)
        second = await o.chat.members.page("dan", group, first.next_cursor, 3)
        listed = [*first.items, *second.items]
        assert [member.account for member in listed] == ["ann", "ben", "cat", "dan"]
        assert (listed[0].display_name, listed[1].role, listed[3].joined_seq) == ("Ann", "admin", 5)
        assert second.next_cursor is None
        await o.leave("dan", group)
        for account in ("dan", "eve"):
            async with refused(Code.CHAT_NOT_A_MEMBER):
                await o.chat.members.page(account, group, None, 3)


async def test_last_owner_and_newcomer_at_once_never_leave_a_group_without_owner(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        group = await o.group("ann")
        results = await asyncio.gather(
            o.chat.members.remove(caller("ann"), group, "ann"),
            o.chat.members.add(caller("ann"), group, MemberRequest("ben")),
            return_exceptions=True,
        )
        left = await roles(o, group)
        assert any(isinstance(result, Fault) for result in results)
        assert not left or "owner" in left.values()
