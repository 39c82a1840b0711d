"""What calls leave in a conversation's log: started, ended, missed; each change once."""

from secureconnect.backends.log.port import Draft
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import CallEventAsk, Done
from secureconnect.services.chat.appending import Appending
from secureconnect.services.chat.drafts import Drafts
from secureconnect.services.chat.membership import ConversationState
from secureconnect.services.chat.messages import member_of

DEVICE = "call"
"""Stands as the device of these events, so that a change of a call stands once whoever tells it."""


class Calls:
    """Answers video."""

    def __init__(self, appending: Appending, drafts: Drafts) -> None:
        self._appending = appending
        self._drafts = drafts

    async def stand(self, ask: CallEventAsk) -> Done:
        """Stand a call's change; the same again changes nothing.

        A call is started by a member; its end is told by one who is still there, since nothing of a former member
        stands after their leaving, and by nobody when all have left. Raises Fault(CHAT_NOT_A_MEMBER).
        """

        def make(now: ConversationState) -> Draft | None:
            if ask.body.change == "started":
                member_of(now, ask.account)
            sender = ask.account if ask.account in now.members else next(iter(now.members), None)
            if sender is None:
                return None
            once = f"{ask.body.call}.{ask.body.change}"
            return self._drafts.call(sender, DEVICE, once, now.id, ask.body, now.member_version)

        try:
            await self._appending.stand(ask.conversation, make)
        except Fault as fault:
            if fault.code is not Code.CHAT_CLIENT_ID_REUSED:
                raise
        return Done()
