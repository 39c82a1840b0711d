"""Routes of conversations: making, listing, changing them, and one's own preferences and mentions in them."""

from typing import Annotated, Any

from litestar import Request, Response
from litestar.params import FromPath, QueryParameter

from secureconnect.contracts.chat import (
    ConversationAnswer,
    ConversationPage,
    ConversationPatch,
    ConversationPreferences,
    ConversationRequest,
    MentionPage,
)
from secureconnect.contracts.errors import Code
from secureconnect.edge.idempotency import keep_no_answer
from secureconnect.edge.identity import Caller
from secureconnect.edge.routes import Policy, answer, route
from secureconnect.services.chat.conversations import Conversations
from secureconnect.services.chat.creating import Creating
from secureconnect.services.chat.listing import Listing
from secureconnect.services.chat.mentions import Mentions
from secureconnect.services.chat.preferences import Preferences

MISSING = [Code.CHAT_NOT_A_MEMBER]
Cursor = Annotated[str | None, QueryParameter(max_length=512)]
Limit = Annotated[int, QueryParameter(ge=1, le=200)]


@route(
    "POST",
    "/v1/conversations",
    policy=Policy.ACCOUNT,
    rate="create",
    summary="Make a conversation",
    tag="chat",
    status=201,
    also={200: ConversationAnswer},
    errors=[
        Code.CHAT_MEMBERS_INVALID,
        Code.CHAT_NOT_ACCEPTED,
        Code.CHAT_BLOCKED,
        Code.CHAT_TOO_MANY_MEMBERS,
        Code.CHAT_TOO_MANY_CONVERSATIONS,
        Code.DISK_FULL,
    ],
    idempotent=True,
)
async def create_conversation(
    request: Request[Any, Any, Any],
    data: ConversationRequest,
    caller: Caller,
    creating: Creating,
    listing: Listing,
) -> ConversationAnswer | Response[Any]:
    """A group, or the direct conversation with one other account, which is answered with 200 when there is one."""
    conversation, made = await creating.create(caller, data)
    row = await listing.one(caller.account, conversation)
    if made:
        return row
    keep_no_answer(request.scope)
    return answer(row, 200)


@route("GET", "/v1/conversations", policy=Policy.ACCOUNT, rate="read", summary="One's conversations", tag="chat")
async def list_conversations(
    caller: Caller, listing: Listing, cursor: Cursor = None, limit: Limit = 50
) -> ConversationPage:
    """One's conversations, newest activity first, also those that one has left."""
    return await listing.page(caller.account, cursor, limit)


@route(
    "GET",
    "/v1/conversations/{conversation:str}",
    policy=Policy.ACCOUNT,
    rate="read",
    summary="A conversation",
    tag="chat",
    errors=MISSING,
)
async def get_conversation(conversation: FromPath[str], caller: Caller, listing: Listing) -> ConversationAnswer:
    """A conversation that one is in, or was in until `last_seq`."""
    return await listing.one(caller.account, conversation)


@route(
    "PATCH",
    "/v1/conversations/{conversation:str}",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="Change a group",
    tag="chat",
    errors=[*MISSING, Code.CHAT_ROLE_TOO_LOW, Code.CHAT_FILE_INVALID, Code.CHAT_MEMBERSHIP_CHANGED, Code.DISK_FULL],
)
async def change_conversation(
    conversation: FromPath[str], data: ConversationPatch, caller: Caller, conversations: Conversations, listing: Listing
) -> ConversationAnswer:
    """Change a group's title, picture, or from where those who join read; by its owner and admins."""
    await conversations.change(caller, conversation, data)
    return await listing.one(caller.account, conversation)


@route(
    "PUT",
    "/v1/conversations/{conversation:str}/preferences",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="Choose one's preferences for a conversation",
    tag="chat",
    status=204,
    errors=MISSING,
)
async def set_conversation_preferences(
    conversation: FromPath[str], data: ConversationPreferences, caller: Caller, preferences: Preferences
) -> None:
    """Replace one's preferences for a conversation: what is not named goes back to its default."""
    await preferences.choose(caller.account, conversation, data)


@route(
    "GET",
    "/v1/conversations/{conversation:str}/mentions",
    policy=Policy.ACCOUNT,
    rate="read",
    summary="The messages that mention one",
    tag="chat",
    errors=MISSING,
)
async def list_mentions(
    conversation: FromPath[str], caller: Caller, mentions: Mentions, cursor: Cursor = None, limit: Limit = 50
) -> MentionPage:
    """The messages of others that mention one, or all, newest first."""
    return await mentions.page(caller.account, conversation, cursor, limit)


ROUTES = [
    create_conversation,
    list_conversations,
    get_conversation,
    change_conversation,
    set_conversation_preferences,
    list_mentions,
]
