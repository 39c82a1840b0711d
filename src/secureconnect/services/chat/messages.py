"""Messages: what may be sent, edited and deleted, and the drafts that do it."""

from secureconnect.backends.log.port import Appended, Draft, Log, Stored
from secureconnect.contracts.errors import Code, Fault, invalid
from secureconnect.contracts.events import (
    SHOWN_KINDS,
    DeleteBody,
    DeleteRequest,
    EditBody,
    EditRequest,
    Kind,
    SendRequest,
    SentAnswer,
)
from secureconnect.contracts.frames import MessageSend
from secureconnect.edge.identity import Caller
from secureconnect.services.chat.appending import Appending
from secureconnect.services.chat.bodies import SentBody
from secureconnect.services.chat.drafts import NOTHING_BESIDE, Drafts
from secureconnect.services.chat.envelopes import kept_envelope
from secureconnect.services.chat.files import Files
from secureconnect.services.chat.limits import ChatLimits
from secureconnect.services.chat.membership import ConversationState, Member, Membership
from secureconnect.services.chat.standing import Standing

ALL = "all"
SHOWN = frozenset(kind.value for kind in SHOWN_KINDS)
Sending = SendRequest | MessageSend
"""A message as it comes over HTTP or by a socket; both have the same fields."""


def member_of(state: ConversationState, account: str) -> Member:
    """The account as a present member; raises Fault(CHAT_NOT_A_MEMBER)."""
    member = state.members.get(account)
    if member is None:
        raise Fault(Code.CHAT_NOT_A_MEMBER)
    return member


def visible(event: Stored | None, member: Member) -> Stored:
    """The event when the member may read it; raises Fault(CHAT_EVENT_NOT_FOUND) for both that and its absence."""
    if event is None or event.seq < member.first_seq:
        raise Fault(Code.CHAT_EVENT_NOT_FOUND)
    return event


def message_for(event: Stored | None, member: Member) -> Stored:
    """The event when it is a message that the member may read; raises Fault(CHAT_EVENT_NOT_FOUND)."""
    found = visible(event, member)
    if found.kind != Kind.MESSAGE.value:
        raise Fault(Code.CHAT_EVENT_NOT_FOUND)
    return found


def sent_answer(appended: Appended) -> SentAnswer:
    """Where an event stands, as it is answered and acknowledged."""
    event = appended.event
    return SentAnswer(event.conversation, event.seq, event.event_id, event.sent_at)


class Messages:
    """Checks and stands messages, edits and deletions.

    The hot path is `prepare`, then the log's `append`: nothing is awaited where the conversation is at hand. What
    `prepare` leaves open, and what the log refuses as MembershipChanged, goes to `send`.
    """

    def __init__(
        self,
        log: Log,
        appending: Appending,
        membership: Membership,
        standing: Standing,
        files: Files,
        drafts: Drafts,
        limits: ChatLimits,
    ) -> None:
        self._log = log
        self._appending = appending
        self._membership = membership
        self._standing = standing
        self._files = files
        self._drafts = drafts
        self._limits = limits

    def prepare(self, caller: Caller, conversation: str, request: Sending, origin: object = None) -> Draft | None:
        """The draft of a message when all that must be known is at hand, else None; `origin` is carried along.

        Raises Fault: CHAT_NOT_A_MEMBER, CHAT_BLOCKED, CHAT_NOT_ACCEPTED, CHAT_SCHEME_INVALID, CHAT_MESSAGE_TOO_LARGE,
        CHAT_MENTION_INVALID.
        """
        if request.reply_to is not None or request.file_ids:
            return None
        state = self._membership.get(conversation)
        if state is None:
            return None
        member = member_of(state, caller.account)
        if not self._standing.settled(state, caller.account):
            return None
        return self._draft(caller, state, member, request, origin)

    async def send(self, caller: Caller, conversation: str, request: Sending, origin: object = None) -> Appended:
        """Stand a message, asking what is not at hand and checking again when the membership changes before.

        Raises Fault as `prepare`, and CHAT_EVENT_NOT_FOUND (reply_to), CHAT_FILE_INVALID, CHAT_CLIENT_ID_REUSED,
        CHAT_MEMBERSHIP_CHANGED, DISK_FULL, UNAVAILABLE.
        """
        state = await self._appending.state(conversation)
        member_of(state, caller.account)
        self._check_counts(request)
        may_begin = await self._standing.clear(state, caller.account)
        replied = None if request.reply_to is None else await self._log.find(conversation, request.reply_to)
        if request.file_ids:
            await self._files.usable(caller.account, conversation, request.file_ids, "/file_ids/{}")

        def make(now: ConversationState) -> Draft:
            member = member_of(now, caller.account)
            if not may_begin and now.other_than(caller.account) not in now.spoke:
                raise Fault(Code.CHAT_NOT_ACCEPTED)
            if request.reply_to is not None and visible(replied, member).kind not in SHOWN:
                raise Fault(Code.CHAT_EVENT_NOT_FOUND)
            return self._draft(caller, now, member, request, origin)

        return (await self._appending.stand(conversation, make))[0]

    async def edit(self, caller: Caller, conversation: str, event_id: str, request: EditRequest) -> Appended:
        """Put another envelope in place of one's own message's; the earlier ones are erased.

        Raises Fault: CHAT_NOT_A_MEMBER, CHAT_EVENT_NOT_FOUND, CHAT_NOT_YOURS, CHAT_DELETED, CHAT_BLOCKED,
        CHAT_SCHEME_INVALID, CHAT_MESSAGE_TOO_LARGE, CHAT_CLIENT_ID_REUSED.
        """
        state = await self._appending.state(conversation)
        member_of(state, caller.account)
        await self._standing.clear(state, caller.account)
        target = await self._log.find(conversation, event_id)

        def make(now: ConversationState) -> Draft:
            message = own_message(target, now, caller.account)
            envelope = kept_envelope(request.envelope, now.scheme, self._limits.message_bytes_max)
            body = EditBody(message.event_id, message_seq=message.seq)
            return self._drafts.edit(caller, conversation, request.client_id, envelope, body, now.member_version)

        return (await self._appending.stand(conversation, make))[0]

    async def delete(self, caller: Caller, conversation: str, event_id: str, request: DeleteRequest) -> None:
        """Delete one's own message for all; one that was deleted already stays so.

        Raises Fault: CHAT_NOT_A_MEMBER, CHAT_EVENT_NOT_FOUND, CHAT_NOT_YOURS, CHAT_CLIENT_ID_REUSED.
        """
        state = await self._appending.state(conversation)
        member_of(state, caller.account)
        target = await self._log.find(conversation, event_id)

        def make(now: ConversationState) -> Draft:
            message = own_message(target, now, caller.account)
            body = DeleteBody(message.event_id, message.seq)
            return self._drafts.pointing(
                Kind.DELETE, caller.account, caller.device, conversation, body, now.member_version, request.client_id
            )

        try:
            await self._appending.stand(conversation, make)
        except Fault as fault:
            if fault.code is not Code.CHAT_DELETED:
                raise

    def _draft(
        self, caller: Caller, state: ConversationState, member: Member, request: Sending, origin: object
    ) -> Draft:
        envelope = kept_envelope(request.envelope, state.scheme, self._limits.message_bytes_max)
        body = NOTHING_BESIDE
        if request.mentions or request.file_ids or request.reply_to is not None:
            self._check_counts(request)
            _check_mentions(request.mentions, state, member)
            body = SentBody(
                request.reply_to, list(dict.fromkeys(request.file_ids)), list(dict.fromkeys(request.mentions))
            )
        return self._drafts.message(caller, state.id, request.client_id, envelope, body, state.member_version, origin)

    def _check_counts(self, request: Sending) -> None:
        if len(request.file_ids) > self._limits.files_per_message_max:
            raise invalid("/file_ids", f"at most {self._limits.files_per_message_max}")
        if len(request.mentions) > self._limits.mentions_per_message_max:
            raise invalid("/mentions", f"at most {self._limits.mentions_per_message_max}")


def own_message(target: Stored | None, state: ConversationState, account: str) -> Stored:
    """The message when it is the account's own; raises Fault(CHAT_EVENT_NOT_FOUND), Fault(CHAT_NOT_YOURS)."""
    message = message_for(target, member_of(state, account))
    if message.sender != account:
        raise Fault(Code.CHAT_NOT_YOURS)
    return message


def _check_mentions(mentions: list[str], state: ConversationState, member: Member) -> None:
    for at, account in enumerate(mentions):
        allowed = member.role in ("owner", "admin") if account == ALL else account in state.members
        if not allowed:
            raise invalid(f"/mentions/{at}", "may not be mentioned here", Code.CHAT_MENTION_INVALID)
