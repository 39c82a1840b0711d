"""The bodies of events between bytes and types: as the log keeps them, envelopes apart, and as clients read them."""

import msgspec
from msgspec import Raw, Struct

from secureconnect.backends.log.port import Appended, Stored
from secureconnect.contracts.events import (
    CallBody,
    ConversationBody,
    DeleteBody,
    EditBody,
    Kind,
    MemberBody,
    ReactionBody,
)


class SentBody(Struct, frozen=True, omit_defaults=True):
    """What a message says beside its envelope."""

    reply_to: str | None = None
    file_ids: list[str] = []
    mentions: list[str] = []


Body = SentBody | EditBody | DeleteBody | ReactionBody | MemberBody | ConversationBody | CallBody

TYPES: dict[str, type[Body]] = {
    Kind.MESSAGE.value: SentBody,
    Kind.EDIT.value: EditBody,
    Kind.DELETE.value: DeleteBody,
    Kind.REACTION.value: ReactionBody,
    Kind.MEMBER.value: MemberBody,
    Kind.CONVERSATION.value: ConversationBody,
    Kind.CALL.value: CallBody,
}
_decoders = {kind: msgspec.json.Decoder(body) for kind, body in TYPES.items()}
_encoder = msgspec.json.Encoder()
NO_BODY = Raw(b"null")
_ENVELOPED = frozenset({Kind.MESSAGE.value, Kind.EDIT.value})


def encode(body: Struct) -> bytes:
    """The body as JSON."""
    return _encoder.encode(body)


def body_of(event: Stored) -> Body:
    """The body of a stored event, its envelope apart; raises msgspec.MsgspecError for one that is not whole."""
    return _decoders[event.kind].decode(event.body)


def fresh_body(appended: Appended) -> Body:
    """The body of an event that was just appended, as its draft knows it."""
    known = appended.draft.project
    return known if isinstance(known, Body) else body_of(appended.event)


def wire_body(event: Stored) -> Raw:
    """The body as clients read it when the event is fresh: with the envelope in its place, nothing folded."""
    if event.kind not in _ENVELOPED:
        return event.body
    if event.envelope is None and event.kind == Kind.EDIT.value:
        return event.body
    envelope = bytes(event.envelope) if event.envelope is not None else b"null"
    rest = bytes(event.body)[1:]
    return Raw(b'{"envelope":' + envelope + (rest if rest == b"}" else b"," + rest))


def changes_membership(body: Body) -> bool:
    """Whether an event with this body raises the membership version: also a new rule for those who join later."""
    return isinstance(body, MemberBody) or (isinstance(body, ConversationBody) and body.history is not None)
