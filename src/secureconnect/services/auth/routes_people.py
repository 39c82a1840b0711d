"""The calls of auth about people: oneself, others, friends, blocks, invites."""

from typing import Annotated, Any

from litestar import Request, Response
from litestar.params import FromPath, Parameter, QueryParameter

from secureconnect.contracts.auth import (
    AccountRequest,
    BlockAnswer,
    BlockPage,
    CloseAccountRequest,
    FriendAnswer,
    FriendPage,
    InviteAnswer,
    InvitePage,
    InviteRequest,
    InviteView,
    OwnAccount,
    OwnAccountPatch,
    PersonAnswer,
    PersonPage,
    Preferences,
    SecretRequest,
)
from secureconnect.contracts.errors import Code, invalid
from secureconnect.edge.identity import Caller
from secureconnect.edge.passage import Passage
from secureconnect.edge.routes import Policy, answer, route
from secureconnect.services.auth.blocks import Blocks
from secureconnect.services.auth.closing import Closing
from secureconnect.services.auth.cookies import Cookies
from secureconnect.services.auth.friends import Friends
from secureconnect.services.auth.invites import Invites
from secureconnect.services.auth.people import People
from secureconnect.services.auth.pictures import Pictures
from secureconnect.services.auth.profile import Profile

TAG = "people"
Cursor = Annotated[str | None, Parameter(max_length=400)]
Limit = Annotated[int, Parameter(ge=1, le=200)]


@route("GET", "/v1/users/me", policy=Policy.ACCOUNT, rate="read", summary="Oneself", tag=TAG, errors=[Code.NOT_FOUND])
async def read_me(caller: Caller, profile: Profile) -> OwnAccount:
    """One's own account, with what only oneself and administrators see of it."""
    return await profile.me(caller.account)


@route(
    "PATCH",
    "/v1/users/me",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="Change how one is called, or one's address",
    tag=TAG,
    errors=[Code.NOT_FOUND, Code.AUTH_EMAIL_INVALID],
)
async def change_me(data: OwnAccountPatch, caller: Caller, profile: Profile) -> OwnAccount:
    """A new address is pending until the link that was sent there was followed; null removes the address."""
    return await profile.change(caller.account, data)


@route(
    "DELETE",
    "/v1/users/me",
    policy=Policy.ACCOUNT,
    rate="confirm",
    summary="Close one's account for ever",
    tag=TAG,
    status=204,
    errors=[Code.AUTH_CREDENTIALS_WRONG, Code.AUTH_LAST_ADMIN, Code.NOT_FOUND, Code.AUTH_BUSY],
)
async def close_me(
    data: CloseAccountRequest, caller: Caller, passage: Passage, closing: Closing, browser: Cookies
) -> Response[None]:
    """Sessions end, own files go, messages stay unless asked otherwise. The name is never given to anybody again."""
    await closing.close(caller, data, passage.client_ip)
    return Response(None, status_code=204, cookies=browser.cleared())


@route(
    "PUT",
    "/v1/users/me/picture",
    policy=Policy.ACCOUNT,
    rate="create",
    summary="Set one's picture",
    tag=TAG,
    errors=[
        Code.MEDIA_TYPE_REFUSED,
        Code.BODY_TOO_LARGE,
        Code.TIMED_OUT,
        Code.AUTH_PICTURE_INVALID,
        Code.NOT_FOUND,
    ],
    raw_body=True,
    body_bytes_max=None,
    raw_types=("image/jpeg", "image/png", "image/webp", "image/gif"),
)
async def put_picture(request: Request[Any, Any, Any], caller: Caller, pictures: Pictures) -> OwnAccount:
    """The body is a JPEG, PNG, WebP or GIF. It is made anew: at most 512 by 512 pixels, upright, without metadata."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return await pictures.put(caller.account, media_type, request.stream())


@route(
    "DELETE",
    "/v1/users/me/picture",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="Take one's picture away",
    tag=TAG,
    status=204,
    errors=[Code.NOT_FOUND],
)
async def delete_picture(caller: Caller, pictures: Pictures) -> None:
    """Nothing happens when there is none."""
    await pictures.remove(caller.account)


@route(
    "PUT",
    "/v1/users/me/preferences",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="Set one's preferences",
    tag=TAG,
    status=204,
    errors=[Code.NOT_FOUND],
)
async def put_preferences(data: Preferences, caller: Caller, profile: Profile) -> None:
    """All of them are replaced; what is left out goes back to its default."""
    await profile.set_preferences(caller.account, data)


@route(
    "GET",
    "/v1/users/{account:str}",
    policy=Policy.ACCOUNT,
    rate="read",
    summary="Who is this",
    tag=TAG,
    errors=[Code.NOT_FOUND],
)
async def read_person(account: FromPath[str], people: People) -> PersonAnswer:
    """A closed account is told as closed, without names."""
    return await people.get(account)


@route("GET", "/v1/users", policy=Policy.ACCOUNT, rate="read", summary="Who are these; find people", tag=TAG)
async def list_people(
    caller: Caller,
    people: People,
    ids: Annotated[str | None, Parameter(max_length=8000)] = None,
    prefix: Annotated[str | None, QueryParameter(name="query", min_length=1, max_length=100)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> PersonPage:
    """By `ids` (up to 100, between commas) in their order, or by `query`: the beginning of a username or display name.

    Nobody finds whom they block, nor who blocks them.
    """
    if (ids is None) == (prefix is None):
        raise invalid("query:ids", "Give either ids or query.")
    if ids is not None:
        return await people.named(ids)
    return await people.search(caller.account, prefix or "", cursor, limit)


@route("GET", "/v1/friends", policy=Policy.ACCOUNT, rate="read", summary="Friends", tag=TAG)
async def list_friends(caller: Caller, friends: Friends, cursor: Cursor = None, limit: Limit = 50) -> FriendPage:
    """Friends, whom one asked (`asked`) and who asked oneself (`asking`), newest first."""
    return await friends.page(caller.account, cursor, limit)


@route(
    "POST",
    "/v1/friends",
    policy=Policy.ACCOUNT,
    rate="create",
    summary="Ask somebody to be friends",
    tag=TAG,
    status=201,
    errors=[Code.NOT_FOUND, Code.CONFLICT, Code.AUTH_TOO_MANY],
    also={200: FriendAnswer},
    idempotent=True,
)
async def ask_friend(data: AccountRequest, caller: Caller, friends: Friends) -> Response[FriendAnswer]:
    """Who was asked already is answered with 200; asking somebody who asked oneself accepts."""
    made, new = await friends.ask(caller.account, data.account)
    return answer(made, 201 if new else 200)


@route(
    "POST",
    "/v1/friends/{account:str}/accept",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="Accept somebody who asked",
    tag=TAG,
    errors=[Code.NOT_FOUND],
)
async def accept_friend(account: FromPath[str], caller: Caller, friends: Friends) -> FriendAnswer:
    """Accepting again changes nothing."""
    return await friends.accept(caller.account, account)


@route(
    "DELETE",
    "/v1/friends/{account:str}",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="End a friendship, or an asking",
    tag=TAG,
    status=204,
    errors=[Code.NOT_FOUND],
)
async def end_friend(account: FromPath[str], caller: Caller, friends: Friends) -> None:
    """One's own, or somebody else's who asked."""
    await friends.end(caller.account, account)


@route("GET", "/v1/blocks", policy=Policy.ACCOUNT, rate="read", summary="Whom one blocks", tag=TAG)
async def list_blocks(caller: Caller, blocks: Blocks, cursor: Cursor = None, limit: Limit = 50) -> BlockPage:
    """Newest first."""
    return await blocks.page(caller.account, cursor, limit)


@route(
    "POST",
    "/v1/blocks",
    policy=Policy.ACCOUNT,
    rate="create",
    summary="Block somebody",
    tag=TAG,
    status=201,
    errors=[Code.NOT_FOUND, Code.AUTH_TOO_MANY],
    also={200: BlockAnswer},
    idempotent=True,
)
async def block(data: AccountRequest, caller: Caller, blocks: Blocks) -> Response[BlockAnswer]:
    """A friendship ends by it. Who is blocked already is answered with 200."""
    made, new = await blocks.block(caller.account, data.account)
    return answer(made, 201 if new else 200)


@route(
    "DELETE",
    "/v1/blocks/{account:str}",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="Take a block back",
    tag=TAG,
    status=204,
    errors=[Code.NOT_FOUND],
)
async def unblock(account: FromPath[str], caller: Caller, blocks: Blocks) -> None:
    """A friendship that the block ended stays ended."""
    await blocks.unblock(caller.account, account)


@route(
    "POST",
    "/v1/invites",
    policy=Policy.ACCOUNT,
    rate="create",
    summary="Make an invite",
    tag=TAG,
    status=201,
    errors=[Code.AUTH_REGISTRATION_CLOSED, Code.AUTH_TOO_MANY, Code.CHAT_NOT_A_MEMBER, Code.NOT_FOUND],
)
async def make_invite(data: InviteRequest, caller: Caller, invites: Invites) -> InviteAnswer:
    """Its link stands in this answer alone. Its life is a week unless asked otherwise, and bounded by the server."""
    return await invites.make(caller.account, data)


@route(
    "GET",
    "/v1/invites",
    policy=Policy.ACCOUNT,
    rate="read",
    summary="Own invites",
    tag=TAG,
    errors=[Code.NOT_FOUND],
)
async def list_invites(caller: Caller, invites: Invites, cursor: Cursor = None, limit: Limit = 50) -> InvitePage:
    """Those that have not expired, newest first, without their links."""
    return await invites.page(caller.account, cursor, limit)


@route(
    "DELETE",
    "/v1/invites/{invite:str}",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="End an invite",
    tag=TAG,
    status=204,
    errors=[Code.NOT_FOUND],
)
async def end_invite(invite: FromPath[str], caller: Caller, invites: Invites) -> None:
    """Nobody can register by it any more."""
    await invites.end(caller.account, invite)


@route(
    "POST",
    "/v1/auth/invite",
    policy=Policy.PUBLIC,
    rate="public",
    summary="What an invite's page tells",
    tag=TAG,
    errors=[Code.AUTH_SECRET_INVALID],
)
async def view_invite(data: SecretRequest, invites: Invites) -> InviteView:
    """Inviter, server and conversations, by the secret of a join link; nothing is spent."""
    return await invites.view(data.secret)


ROUTES = [
    read_me,
    change_me,
    close_me,
    put_picture,
    delete_picture,
    put_preferences,
    read_person,
    list_people,
    list_friends,
    ask_friend,
    accept_friend,
    end_friend,
    list_blocks,
    block,
    unblock,
    make_invite,
    list_invites,
    end_invite,
    view_invite,
]
