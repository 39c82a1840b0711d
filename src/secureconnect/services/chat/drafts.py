"""Drafts of all kinds of events, with their ids, times and fingerprints."""

import hashlib

from secureconnect.backends.log.port import Draft
from secureconnect.contracts.events import (
    CallBody,
    ConversationBody,
    DeleteBody,
    EditBody,
    Kind,
    MemberBody,
    ReactionBody,
)
from secureconnect.edge.identity import Caller
from secureconnect.kit.clock import Clock
from secureconnect.kit.ids import Ids
from secureconnect.services.chat.bodies import SentBody, changes_membership, encode

NOTHING_BESIDE = SentBody()
NOTHING_BESIDE_JSON = encode(NOTHING_BESIDE)
FINGERPRINT_BYTES = 16


class Drafts:
    """Makes drafts; what they may be is checked before."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids

    def message(
        self,
        caller: Caller,
        conversation: str,
        client_id: str,
        envelope: bytes,
        body: SentBody,
        member_version: int,
        origin: object | None,
    ) -> Draft:
        """A message; `envelope` is JSON."""
        plain = body is NOTHING_BESIDE
        encoded = NOTHING_BESIDE_JSON if plain else encode(body)
        return Draft(
            conversation=conversation,
            event_id=self._ids.new(),
            kind=Kind.MESSAGE.value,
            sender=caller.account,
            sent_at=self._clock.now_ms(),
            body=encoded,
            device=caller.device,
            client_id=client_id,
            envelope=envelope,
            member_version=member_version,
            fingerprint=fingerprint(encoded, envelope),
            origin=origin,
            project=body,
        )

    def edit(
        self, caller: Caller, conversation: str, client_id: str, envelope: bytes, body: EditBody, member_version: int
    ) -> Draft:
        """An edit of the message that `body` names; `envelope` is JSON."""
        encoded = encode(body)
        return Draft(
            conversation=conversation,
            event_id=self._ids.new(),
            kind=Kind.EDIT.value,
            sender=caller.account,
            sent_at=self._clock.now_ms(),
            body=encoded,
            device=caller.device,
            client_id=client_id,
            envelope=envelope,
            target=body.message,
            member_version=member_version,
            fingerprint=fingerprint(encoded, envelope),
            project=body,
        )

    def pointing(
        self,
        kind: Kind,
        sender: str,
        device: str | None,
        conversation: str,
        body: DeleteBody | ReactionBody,
        member_version: int | None,
        client_id: str | None = None,
    ) -> Draft:
        """A deletion of, or a reaction to, the message that `body` names."""
        encoded = encode(body)
        return Draft(
            conversation=conversation,
            event_id=self._ids.new(),
            kind=kind.value,
            sender=sender,
            sent_at=self._clock.now_ms(),
            body=encoded,
            device=device,
            client_id=client_id,
            target=body.message,
            member_version=member_version,
            fingerprint=fingerprint(encoded),
            project=body,
        )

    def change(
        self,
        sender: str,
        conversation: str,
        body: MemberBody | ConversationBody,
        member_version: int | None,
        device: str | None = None,
        opens: bool = False,
    ) -> Draft:
        """A change of the membership or of the conversation."""
        return Draft(
            conversation=conversation,
            event_id=self._ids.new(),
            kind=(Kind.MEMBER if isinstance(body, MemberBody) else Kind.CONVERSATION).value,
            sender=sender,
            sent_at=self._clock.now_ms(),
            body=encode(body),
            device=device,
            member_version=member_version,
            changes_members=changes_membership(body),
            opens=opens,
            project=body,
        )

    def call(self, sender: str, device: str, client_id: str, conversation: str, body: CallBody, version: int) -> Draft:
        """What a call leaves; `device` and `client_id` name the call's change, so that it stands once."""
        return Draft(
            conversation=conversation,
            event_id=self._ids.new(),
            kind=Kind.CALL.value,
            sender=sender,
            sent_at=self._clock.now_ms(),
            body=encode(body),
            device=device,
            client_id=client_id,
            member_version=version,
            project=body,
        )


def fingerprint(body: bytes, envelope: bytes = b"") -> bytes:
    """What tells the same content sent again from other content (16 bytes)."""
    return hashlib.blake2b(body + b"\n" + envelope, digest_size=FINGERPRINT_BYTES).digest()
