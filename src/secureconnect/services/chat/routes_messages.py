"""Routes of messages and of the log that they stand in."""

from typing import Annotated, Any

from litestar import Request, Response
from litestar.params import FromPath, FromQuery, QueryParameter

from secureconnect.contracts.chat import ReactorPage
from secureconnect.contracts.errors import Code
from secureconnect.contracts.events import DeleteRequest, EditRequest, EventPage, SendRequest, SentAnswer
from secureconnect.edge.body import decode_body
from secureconnect.edge.identity import Caller
from secureconnect.edge.routes import Policy, answer, route
from secureconnect.services.chat.history import History
from secureconnect.services.chat.messages import Messages, sent_answer
from secureconnect.services.chat.reactions import Reactions
from secureconnect.services.chat.routes_conversations import MISSING, Cursor, Limit

WRITES = [*MISSING, Code.CHAT_BLOCKED, Code.CHAT_MEMBERSHIP_CHANGED, Code.DISK_FULL]
CONTENT = [Code.CHAT_SCHEME_INVALID, Code.CHAT_MESSAGE_TOO_LARGE, Code.CHAT_CLIENT_ID_REUSED]
POINTS = [Code.CHAT_EVENT_NOT_FOUND]
Place = Annotated[int | None, QueryParameter(ge=0, le=9_007_199_254_740_991)]


@route(
    "POST",
    "/v1/conversations/{conversation:str}/messages",
    policy=Policy.ACCOUNT,
    rate="send",
    summary="Send a message",
    tag="chat",
    status=201,
    also={200: SentAnswer},
    errors=[
        *WRITES,
        *CONTENT,
        *POINTS,
        Code.CHAT_NOT_ACCEPTED,
        Code.CHAT_FILE_INVALID,
        Code.CHAT_MENTION_INVALID,
    ],
    idempotent=True,
)
async def send_message(
    conversation: FromPath[str], data: SendRequest, caller: Caller, messages: Messages
) -> SentAnswer | Response[Any]:
    """Send a message; it is durable when this is answered. The same client_id again is answered with 200, as first."""
    appended = await messages.send(caller, conversation, data)
    sent = sent_answer(appended)
    return sent if appended.first else answer(sent, 200)


@route(
    "GET",
    "/v1/conversations/{conversation:str}/events",
    policy=Policy.ACCOUNT,
    rate="read",
    summary="A page of a conversation's log",
    tag="chat",
    errors=MISSING,
)
async def list_events(
    conversation: FromPath[str],
    caller: Caller,
    history: History,
    after: Place = None,
    before: Place = None,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 100,
    shown: FromQuery[bool] = False,
) -> EventPage:
    """The events above `after`, or the newest below `before`, ascending; with `shown` only what draws a line.

    `from_seq` and `to_seq` tell the range that the page covers: go on from there.
    """
    return await history.page(caller.account, conversation, after, before, limit, shown)


@route(
    "PATCH",
    "/v1/conversations/{conversation:str}/messages/{event_id:str}",
    policy=Policy.ACCOUNT,
    rate="send",
    summary="Edit a message",
    tag="chat",
    errors=[*WRITES, *CONTENT, *POINTS, Code.CHAT_NOT_YOURS, Code.CHAT_DELETED, Code.CHAT_NOT_ACCEPTED],
)
async def edit_message(
    conversation: FromPath[str], event_id: FromPath[str], data: EditRequest, caller: Caller, messages: Messages
) -> SentAnswer:
    """Put another content in place of one's own message's; the earlier content is erased."""
    return sent_answer(await messages.edit(caller, conversation, event_id, data))


@route(
    "DELETE",
    "/v1/conversations/{conversation:str}/messages/{event_id:str}",
    policy=Policy.ACCOUNT,
    rate="send",
    summary="Delete a message for all",
    tag="chat",
    status=204,
    errors=[*MISSING, *POINTS, Code.CHAT_NOT_YOURS, Code.CHAT_CLIENT_ID_REUSED, Code.CHAT_MEMBERSHIP_CHANGED],
)
async def delete_message(
    request: Request[Any, Any, Any],
    conversation: FromPath[str],
    event_id: FromPath[str],
    caller: Caller,
    messages: Messages,
) -> None:
    """Delete one's own message for all; its content is erased. A body `{"client_id": …}` may be given."""
    content = await request.body()
    asked = decode_body(DeleteRequest, content) if content else DeleteRequest()
    await messages.delete(caller, conversation, event_id, asked)


@route(
    "PUT",
    "/v1/conversations/{conversation:str}/messages/{event_id:str}/reactions/{emoji:str}",
    policy=Policy.ACCOUNT,
    rate="send",
    summary="React to a message",
    tag="chat",
    status=204,
    errors=[*WRITES, *POINTS, Code.CHAT_DELETED, Code.CHAT_REACTION_INVALID, Code.CHAT_NOT_ACCEPTED],
)
async def set_reaction(
    conversation: FromPath[str], event_id: FromPath[str], emoji: FromPath[str], caller: Caller, reactions: Reactions
) -> None:
    """React to a message with one emoji; several different ones may stand."""
    await reactions.react(caller, conversation, event_id, emoji, on=True)


@route(
    "DELETE",
    "/v1/conversations/{conversation:str}/messages/{event_id:str}/reactions/{emoji:str}",
    policy=Policy.ACCOUNT,
    rate="send",
    summary="Take a reaction back",
    tag="chat",
    status=204,
    errors=[*WRITES, *POINTS, Code.CHAT_DELETED, Code.CHAT_REACTION_INVALID, Code.CHAT_NOT_ACCEPTED],
)
async def end_reaction(
    conversation: FromPath[str], event_id: FromPath[str], emoji: FromPath[str], caller: Caller, reactions: Reactions
) -> None:
    """Take one's own reaction back."""
    await reactions.react(caller, conversation, event_id, emoji, on=False)


@route(
    "GET",
    "/v1/conversations/{conversation:str}/messages/{event_id:str}/reactions",
    policy=Policy.ACCOUNT,
    rate="read",
    summary="Who reacted to a message",
    tag="chat",
    errors=[*MISSING, *POINTS],
)
async def list_reactions(
    conversation: FromPath[str],
    event_id: FromPath[str],
    caller: Caller,
    reactions: Reactions,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ReactorPage:
    """Who reacted with what, in order."""
    return await reactions.reactors(caller, conversation, event_id, cursor, limit)


ROUTES = [
    send_message,
    list_events,
    edit_message,
    delete_message,
    set_reaction,
    end_reaction,
    list_reactions,
]
