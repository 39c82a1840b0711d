"""What invites of auth lead to: who may invite to which conversations, and joining by them."""

import structlog

from secureconnect.backends.log.port import Draft
from secureconnect.contracts.errors import Fault
from secureconnect.contracts.events import MemberBody
from secureconnect.contracts.peers import ConversationTitle, Done, InvitableAsk, InvitableReply, JoinAsk
from secureconnect.services.chat.admission import Admission
from secureconnect.services.chat.appending import Appending
from secureconnect.services.chat.conversations import check_leads
from secureconnect.services.chat.drafts import Drafts
from secureconnect.services.chat.members import first_seq_of
from secureconnect.services.chat.membership import ConversationState, Membership

log = structlog.get_logger("chat.joining")


class Joining:
    """Answers auth."""

    def __init__(self, appending: Appending, membership: Membership, admission: Admission, drafts: Drafts) -> None:
        self._appending = appending
        self._membership = membership
        self._admission = admission
        self._drafts = drafts

    async def invitable(self, ask: InvitableAsk) -> InvitableReply:
        """Those of the conversations that the account may invite to: groups that it owns or administers."""
        found: list[ConversationTitle] = []
        for conversation in ask.conversations:
            state = await self._membership.load(conversation)
            if state is not None and leads(state, ask.account):
                found.append(ConversationTitle(state.id, state.title or ""))
        return InvitableReply(found)

    async def join(self, ask: JoinAsk) -> Done:
        """Make the account a member wherever the inviter still may; where it is one already, nothing changes.

        A conversation that cannot be joined is passed over, so that an invite never fails for one of them. Raises
        Fault(UNAVAILABLE) when it should be asked again.
        """
        for conversation in ask.conversations:
            try:
                await self._join(ask.account, ask.by, conversation)
            except Fault as fault:
                if fault.code.status >= 500:
                    raise
                log.info("an invite led to no membership", conversation=conversation, code=fault.code.wire)
        return Done()

    async def _join(self, account: str, by: str, conversation: str) -> None:
        await self._admission.have_room([account])

        def make(now: ConversationState) -> Draft | None:
            check_leads(now, by)
            if account in now.members:
                return None
            self._admission.check_size(len(now.members) + 1)
            body = MemberBody(account, "joined", by, "member", first_seq_of(now))
            return self._drafts.change(account, conversation, body, now.member_version)

        await self._appending.stand(conversation, make)


def leads(state: ConversationState, account: str) -> bool:
    """Whether the account owns or administers the group."""
    try:
        check_leads(state, account)
    except Fault:
        return False
    return True
