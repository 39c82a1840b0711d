"""Conversations, their members, and one's own marks and preferences in them."""

from collections.abc import Sequence
from typing import Literal

from msgspec import UNSET, UnsetType

from secureconnect.client.paging import Listing
from secureconnect.client.transport import Http
from secureconnect.contracts.chat import (
    ConversationAnswer,
    ConversationPage,
    ConversationPatch,
    ConversationPreferences,
    ConversationRequest,
    CursorRequest,
    MarkAnswer,
    MarkPage,
    MemberAnswer,
    MemberPage,
    MemberPatch,
    MemberRequest,
    MentionPage,
    SyncAnswer,
)
from secureconnect.contracts.events import Event, History, Role


class Conversations:
    """Conversations of the signed-in account."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def direct(self, account: str) -> ConversationAnswer:
        """The direct conversation with somebody, made if there is none."""
        body = ConversationRequest("direct", [account])
        return await self._http.ask(ConversationAnswer, "POST", "/v1/conversations", body)

    async def group(self, title: str | None, members: Sequence[str] = ()) -> ConversationAnswer:
        """Make a group with these accounts beside oneself."""
        body = ConversationRequest("group", list(members), title)
        return await self._http.ask(ConversationAnswer, "POST", "/v1/conversations", body)

    def list(self) -> Listing[ConversationAnswer]:
        """One's conversations, newest activity first."""
        return Listing(self._http, ConversationPage, "/v1/conversations")

    async def get(self, conversation: str) -> ConversationAnswer:
        """One conversation."""
        return await self._http.ask(ConversationAnswer, "GET", f"/v1/conversations/{conversation}")

    async def change(
        self,
        conversation: str,
        *,
        title: str | UnsetType = UNSET,
        picture: str | None | UnsetType = UNSET,
        history: History | UnsetType = UNSET,
    ) -> ConversationAnswer:
        """Change a group's title, picture (the id of a file uploaded for it) or history rule."""
        body = ConversationPatch(title, picture, history)
        return await self._http.ask(ConversationAnswer, "PATCH", f"/v1/conversations/{conversation}", body)

    async def prefer(self, conversation: str, preferences: ConversationPreferences) -> None:
        """Replace one's preferences for a conversation."""
        await self._http.tell("PUT", f"/v1/conversations/{conversation}/preferences", preferences)

    def members(self, conversation: str) -> Listing[MemberAnswer]:
        """Who is in it."""
        return Listing(self._http, MemberPage, f"/v1/conversations/{conversation}/members")

    async def add(self, conversation: str, account: str, role: Literal["admin", "member"] = "member") -> MemberAnswer:
        """Add somebody."""
        body = MemberRequest(account, role)
        return await self._http.ask(MemberAnswer, "POST", f"/v1/conversations/{conversation}/members", body)

    async def set_role(self, conversation: str, account: str, role: Role) -> MemberAnswer:
        """Change somebody's role; making an owner hands the ownership on."""
        path = f"/v1/conversations/{conversation}/members/{account}"
        return await self._http.ask(MemberAnswer, "PATCH", path, MemberPatch(role))

    async def remove(self, conversation: str, account: str) -> None:
        """Remove somebody, or leave when it is oneself."""
        await self._http.tell("DELETE", f"/v1/conversations/{conversation}/members/{account}")

    async def mark(self, conversation: str, *, read_seq: int | None = None, delivered_seq: int | None = None) -> None:
        """Set one's marks; they never go back."""
        body = CursorRequest(read_seq, delivered_seq)
        await self._http.tell("PUT", f"/v1/conversations/{conversation}/cursor", body)

    def marks(self, conversation: str) -> Listing[MarkAnswer]:
        """How far its members have received and read, where they let it be seen."""
        return Listing(self._http, MarkPage, f"/v1/conversations/{conversation}/marks")

    def mentions(self, conversation: str) -> Listing[Event]:
        """Events that mention oneself, newest first."""
        return Listing(self._http, MentionPage, f"/v1/conversations/{conversation}/mentions")

    async def sync(self, token: str | None = None) -> SyncAnswer:
        """One page of what changed since the token; keep its token only together with its heads."""
        return await self._http.ask(SyncAnswer, "GET", "/v1/sync", query={"token": token})
