"""What the other services ask of chat."""

from collections.abc import Sequence

from secureconnect.backends.peers.port import AnsweredCall, answered
from secureconnect.contracts.peers import (
    CHAT_CALL_EVENT,
    CHAT_CONVERSATIONS,
    CHAT_FILE_READABLE,
    CHAT_INVITABLE,
    CHAT_JOIN,
    CHAT_MEMBERSHIP,
    CHAT_RETIRE,
    AccountOnly,
    ConversationIds,
    MembershipAsk,
    MembershipReply,
)
from secureconnect.services.chat.calls import Calls
from secureconnect.services.chat.files import Files
from secureconnect.services.chat.joining import Joining
from secureconnect.services.chat.membership import Membership
from secureconnect.services.chat.people import People
from secureconnect.services.chat.retirement import Retirements


class MembershipAnswers:
    """How an account stands in a conversation, for video and storage."""

    def __init__(self, membership: Membership, people: People) -> None:
        self._membership = membership
        self._people = people

    async def membership(self, ask: MembershipAsk) -> MembershipReply:
        """The role of a present member, with the others when asked; `blocked` in a direct conversation both ways.

        Raises Fault(UNAVAILABLE) when blocks must be asked for and auth does not answer.
        """
        state = await self._membership.load(ask.conversation)
        member = None if state is None else state.members.get(ask.account)
        if state is None or member is None:
            return MembershipReply(None)
        role, kind, other = member.role, state.kind, state.other_than(ask.account)
        members = list(state.members) if ask.with_members else []
        blocked = other is not None and (await self._people.blocks(ask.account)).between(other)
        return MembershipReply(role, kind, blocked, members)

    async def conversations(self, ask: AccountOnly) -> ConversationIds:
        """The conversations of which an account is a present member."""
        return ConversationIds(await self._membership.conversations_of(ask.account))


def answered_calls(
    membership: MembershipAnswers, files: Files, calls: Calls, joining: Joining, retirements: Retirements
) -> Sequence[AnsweredCall]:
    """The calls that chat answers, but for those of the sockets."""
    return [
        answered(CHAT_MEMBERSHIP, membership.membership),
        answered(CHAT_CONVERSATIONS, membership.conversations),
        answered(CHAT_FILE_READABLE, files.readable),
        answered(CHAT_CALL_EVENT, calls.stand),
        answered(CHAT_JOIN, joining.join),
        answered(CHAT_INVITABLE, joining.invitable),
        answered(CHAT_RETIRE, retirements.retire),
    ]
