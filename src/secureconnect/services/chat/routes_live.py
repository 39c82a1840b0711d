"""Routes of the live side: marks and sync."""

from typing import Annotated

from litestar.params import FromPath, QueryParameter

from secureconnect.contracts.chat import CursorRequest, MarkPage, SyncAnswer
from secureconnect.contracts.errors import Code
from secureconnect.edge.identity import Caller
from secureconnect.edge.routes import Policy, route
from secureconnect.services.chat.cursors import cursor_of, key_of
from secureconnect.services.chat.receipts import Receipts
from secureconnect.services.chat.store.receipts import MarkAsk
from secureconnect.services.chat.sync import Sync

TOKEN_LENGTH_MAX = 256


@route(
    "PUT",
    "/v1/conversations/{conversation:str}/cursor",
    policy=Policy.ACCOUNT,
    rate="send",
    summary="Set one's marks",
    tag="chat",
    status=204,
    errors=[Code.CHAT_NOT_A_MEMBER, Code.CHAT_CURSOR_AHEAD],
)
async def set_cursor(conversation: FromPath[str], data: CursorRequest, caller: Caller, receipts: Receipts) -> None:
    """How far one has read and received; marks never go back, and they are durable when this is answered."""
    await receipts.set(MarkAsk(caller.account, conversation, data.read_seq or 0, data.delivered_seq or 0))


@route(
    "GET",
    "/v1/conversations/{conversation:str}/marks",
    policy=Policy.ACCOUNT,
    rate="read",
    summary="Who has read how far",
    tag="chat",
    errors=[Code.CHAT_NOT_A_MEMBER],
)
async def list_marks(
    conversation: FromPath[str],
    caller: Caller,
    receipts: Receipts,
    cursor: Annotated[str | None, QueryParameter(max_length=512)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> MarkPage:
    """The marks of those members who show them, to one who shows their own; always one's own."""
    after_account = key_of(cursor, tuple[str])[0] if cursor is not None else ""
    page = await receipts.page(caller.account, conversation, after_account, limit)
    return MarkPage(page.items, None if page.next_cursor is None else cursor_of(page.next_cursor))


@route(
    "GET",
    "/v1/sync",
    policy=Policy.ACCOUNT,
    rate="read",
    summary="What changed since a sync token",
    tag="chat",
    errors=[Code.CHAT_TOKEN_INVALID],
)
async def read_sync(
    caller: Caller,
    sync: Sync,
    token: Annotated[str | None, QueryParameter(max_length=TOKEN_LENGTH_MAX)] = None,
) -> SyncAnswer:
    """Heads that moved, also by one's own marks elsewhere, and conversations that were left; all without a token.

    Nothing is skipped, some may come again; the token is to be stored with the heads of its page.
    """
    return await sync.since(caller.account, token)


LIVE_ROUTES = [set_cursor, list_marks, read_sync]
