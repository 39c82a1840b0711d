"""Routes of a group's members."""

from typing import Any

from litestar import Response
from litestar.params import FromPath

from secureconnect.contracts.chat import MemberAnswer, MemberPage, MemberPatch, MemberRequest
from secureconnect.contracts.errors import Code
from secureconnect.edge.identity import Caller
from secureconnect.edge.routes import Policy, answer, route
from secureconnect.services.chat.members import Members
from secureconnect.services.chat.routes_conversations import MISSING, Cursor, Limit

CHANGES = [*MISSING, Code.CHAT_ROLE_TOO_LOW, Code.CHAT_MEMBERSHIP_CHANGED]


@route(
    "GET",
    "/v1/conversations/{conversation:str}/members",
    policy=Policy.ACCOUNT,
    rate="read",
    summary="Who is in a conversation",
    tag="chat",
    errors=MISSING,
)
async def list_members(
    conversation: FromPath[str], caller: Caller, members: Members, cursor: Cursor = None, limit: Limit = 50
) -> MemberPage:
    """The members in the order of their joining."""
    return await members.page(caller.account, conversation, cursor, limit)


@route(
    "POST",
    "/v1/conversations/{conversation:str}/members",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="Add somebody to a group",
    tag="chat",
    status=201,
    also={200: MemberAnswer},
    errors=[
        *CHANGES,
        Code.CHAT_MEMBERS_INVALID,
        Code.CHAT_NOT_ACCEPTED,
        Code.CHAT_TOO_MANY_MEMBERS,
        Code.CHAT_TOO_MANY_CONVERSATIONS,
    ],
    idempotent=True,
)
async def add_member(
    conversation: FromPath[str], data: MemberRequest, caller: Caller, members: Members
) -> MemberAnswer | Response[Any]:
    """Add an account, by owner and admins; an admin is added by the owner alone. One who is in is answered with 200."""
    member, added = await members.add(caller, conversation, data)
    return member if added else answer(member, 200)


@route(
    "PATCH",
    "/v1/conversations/{conversation:str}/members/{account:str}",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="Change a member's role",
    tag="chat",
    errors=[*CHANGES, Code.NOT_FOUND, Code.CHAT_LAST_OWNER],
)
async def set_member_role(
    conversation: FromPath[str], account: FromPath[str], data: MemberPatch, caller: Caller, members: Members
) -> MemberAnswer:
    """Change a role, by the owner; making another one the owner hands the ownership on."""
    return await members.set_role(caller, conversation, account, data.role)


@route(
    "DELETE",
    "/v1/conversations/{conversation:str}/members/{account:str}",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="Remove a member, or leave",
    tag="chat",
    status=204,
    errors=[*CHANGES, Code.NOT_FOUND, Code.CHAT_LAST_OWNER],
)
async def remove_member(conversation: FromPath[str], account: FromPath[str], caller: Caller, members: Members) -> None:
    """Remove a member of lower rank, or leave; the last owner hands over first."""
    await members.remove(caller, conversation, account)


ROUTES = [list_members, add_member, set_member_role, remove_member]
