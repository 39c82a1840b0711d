"""The HTTP side of video."""

from typing import Annotated

from litestar import Response
from litestar.params import FromPath, QueryParameter

from secureconnect.contracts.errors import Code
from secureconnect.contracts.video import CallAnswer, CallPage, CallRequest, CallStateWord, IceServersAnswer
from secureconnect.edge.identity import Caller
from secureconnect.edge.routes import Policy, answer, route
from secureconnect.services.video.announcement import answer_of
from secureconnect.services.video.calls import Calls
from secureconnect.services.video.ice import IceServers

TAG = "calls"
ENTERING = (
    Code.VIDEO_CALL_NOT_FOUND,
    Code.CHAT_BLOCKED,
    Code.VIDEO_WRONG_STATE,
    Code.VIDEO_FULL,
    Code.VIDEO_BUSY,
    Code.CONFLICT,
)


@route(
    "POST",
    "/v1/calls",
    policy=Policy.ACCOUNT,
    rate="ring",
    summary="Ring a conversation, or get the call that lives there",
    tag=TAG,
    status=201,
    also={200: CallAnswer},
    errors=[
        Code.CHAT_NOT_A_MEMBER,
        Code.CHAT_BLOCKED,
        Code.CHAT_NOT_ACCEPTED,
        Code.VIDEO_BUSY,
        Code.VIDEO_FULL,
        Code.CONFLICT,
    ],
    idempotent=True,
)
async def start_call(data: CallRequest, caller: Caller, calls: Calls) -> Response[CallAnswer]:
    """201 is a new call (one that ended as `busy` when the other one is in another call), 200 the one that lives there.

    In a direct conversation whose call rings the caller this accepts it: two who ring each other get one call.
    """
    answered = await calls.invite(caller, data.conversation, data.media)
    return answer(answer_of(answered.call, answered.room), 201 if answered.begun else 200)


@route(
    "GET",
    "/v1/calls",
    policy=Policy.ACCOUNT,
    rate="read",
    summary="Calls of one's conversations, newest first",
    tag=TAG,
)
async def list_calls(
    caller: Caller,
    calls: Calls,
    call_state: Annotated[CallStateWord | None, QueryParameter(name="state")] = None,
    cursor: Annotated[str | None, QueryParameter(max_length=128)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> CallPage:
    """Live and past calls of the conversations that one is a member of."""
    return await calls.page(caller.account, call_state, cursor, limit)


@route(
    "GET",
    "/v1/calls/ice-servers",
    policy=Policy.ACCOUNT,
    rate="read",
    summary="STUN and TURN servers, with credentials for a limited time",
    tag=TAG,
)
async def list_ice_servers(caller: Caller, ice: IceServers) -> IceServersAnswer:
    """Empty where no TURN server is set up."""
    return ice.for_account(caller.account)


@route(
    "GET",
    "/v1/calls/{call:str}",
    policy=Policy.ACCOUNT,
    rate="read",
    summary="A call",
    tag=TAG,
    errors=[Code.VIDEO_CALL_NOT_FOUND],
)
async def get_call(call: FromPath[str], caller: Caller, calls: Calls) -> CallAnswer:
    """The call as it stands."""
    return answer_of(await calls.get(caller.account, call))


@route(
    "POST",
    "/v1/calls/{call:str}/accept",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="Accept a ringing call on this device",
    tag=TAG,
    errors=ENTERING,
)
async def accept_call(call: FromPath[str], caller: Caller, calls: Calls) -> CallAnswer:
    """The account's other devices stop ringing."""
    answered = await calls.accept(caller, call)
    return answer_of(answered.call, answered.room)


@route(
    "POST",
    "/v1/calls/{call:str}/join",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="Join a live call",
    tag=TAG,
    errors=ENTERING,
)
async def join_call(call: FromPath[str], caller: Caller, calls: Calls) -> CallAnswer:
    """Any member of the conversation may, also after leaving or declining."""
    answered = await calls.join(caller, call)
    return answer_of(answered.call, answered.room)


@route(
    "POST",
    "/v1/calls/{call:str}/decline",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="Decline a ringing call for this account",
    tag=TAG,
    errors=[Code.VIDEO_CALL_NOT_FOUND, Code.VIDEO_WRONG_STATE, Code.CONFLICT],
)
async def decline_call(call: FromPath[str], caller: Caller, calls: Calls) -> CallAnswer:
    """All devices of the account stop ringing."""
    return answer_of((await calls.decline(caller, call)).call)


@route(
    "POST",
    "/v1/calls/{call:str}/hangup",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="Leave a call, or cancel it while it rings",
    tag=TAG,
    errors=[Code.VIDEO_CALL_NOT_FOUND, Code.VIDEO_WRONG_STATE, Code.CONFLICT],
)
async def hang_up_call(call: FromPath[str], caller: Caller, calls: Calls) -> CallAnswer:
    """A direct call ends by this; one of a group goes on until the last has left."""
    return answer_of((await calls.hang_up(caller, call)).call)


ROUTES = (
    start_call,
    list_calls,
    list_ice_servers,
    get_call,
    accept_call,
    join_call,
    decline_call,
    hang_up_call,
)
