"""Messages over HTTP: send, edit, delete, react, read."""

from collections.abc import AsyncIterator, Mapping, Sequence
from urllib.parse import quote

import msgspec
from msgspec import Raw

from secureconnect.client.paging import Listing
from secureconnect.client.transport import Http
from secureconnect.contracts.chat import ReactorAnswer, ReactorPage
from secureconnect.contracts.events import (
    DeleteRequest,
    EditRequest,
    Envelope,
    Event,
    EventPage,
    MemberBody,
    MessageBody,
    SendRequest,
    SentAnswer,
)

Content = str | Envelope
"""What a caller sends: a text, or an envelope of their own."""


def envelope_of(content: Content, files: Sequence[Mapping[str, object]] = ()) -> Envelope:
    """The envelope of a text (plain content v1), or the envelope itself."""
    if isinstance(content, Envelope):
        return content
    body: dict[str, object] = {"text": content}
    if files:
        body["files"] = [dict(file) for file in files]
    return Envelope(1, "plain", Raw(msgspec.json.encode(body)))


class _PlainBody(msgspec.Struct):
    text: str = ""


class _PlainEnvelope(msgspec.Struct):
    v: int
    scheme: str
    body: _PlainBody


def text_of(event: Event) -> str | None:
    """The text of a message that this client understands; None for all else, and for a deleted one."""
    if event.kind != "message":
        return None
    try:
        body = msgspec.json.decode(event.body, type=MessageBody)
        envelope = msgspec.json.decode(body.envelope, type=_PlainEnvelope)
    except msgspec.MsgspecError:
        return None
    return envelope.body.text if (envelope.v, envelope.scheme) == (1, "plain") else None


def departed(event: Event) -> str | None:
    """The account that an event tells to have left its conversation, or to have been removed."""
    if event.kind != "member":
        return None
    try:
        body = msgspec.json.decode(event.body, type=MemberBody)
    except msgspec.MsgspecError:
        return None
    return body.account if body.change in {"left", "removed"} else None


class Messages:
    """Messages of the conversations that one may read."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def send(
        self,
        conversation: str,
        content: Content,
        *,
        client_id: str | None = None,
        reply_to: str | None = None,
        file_ids: Sequence[str] = (),
        mentions: Sequence[str] = (),
    ) -> SentAnswer:
        """Send a message; the same `client_id` again gets the same answer."""
        body = SendRequest(
            client_id or self._http.ids.new(), envelope_of(content), reply_to, list(file_ids), list(mentions)
        )
        return await self._http.ask(SentAnswer, "POST", f"/v1/conversations/{conversation}/messages", body)

    async def edit(
        self, conversation: str, event_id: str, content: Content, *, client_id: str | None = None
    ) -> SentAnswer:
        """Put another content in place of a message's."""
        body = EditRequest(client_id or self._http.ids.new(), envelope_of(content))
        return await self._http.ask(SentAnswer, "PATCH", _at(conversation, event_id), body)

    async def delete(self, conversation: str, event_id: str, *, client_id: str | None = None) -> None:
        """Delete a message for all."""
        await self._http.tell("DELETE", _at(conversation, event_id), DeleteRequest(client_id or self._http.ids.new()))

    async def react(self, conversation: str, event_id: str, emoji: str, *, on: bool = True) -> None:
        """React with one emoji, or take it back."""
        path = f"{_at(conversation, event_id)}/reactions/{quote(emoji, safe='')}"
        await self._http.tell("PUT" if on else "DELETE", path)

    def reactions(self, conversation: str, event_id: str) -> Listing[ReactorAnswer]:
        """Who reacted with what."""
        return Listing(self._http, ReactorPage, f"{_at(conversation, event_id)}/reactions")

    async def page(
        self,
        conversation: str,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int | None = None,
        shown: bool | None = None,
    ) -> EventPage:
        """One page of a conversation's log, ascending: what follows `after`, or what stands before `before`."""
        query = {"after": after, "before": before, "limit": limit, "shown": shown}
        return await self._http.ask(EventPage, "GET", f"/v1/conversations/{conversation}/events", query=query)

    async def history(self, conversation: str, after: int = 0) -> AsyncIterator[Event]:
        """All events that follow `after`, page by page."""
        while True:
            page = await self.page(conversation, after=after)
            for event in page.events:
                yield event
            if not page.more or page.to_seq <= after:
                return
            after = page.to_seq


def _at(conversation: str, event_id: str) -> str:
    return f"/v1/conversations/{conversation}/messages/{event_id}"
