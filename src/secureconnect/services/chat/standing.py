"""Whether one may write to the other one of a direct conversation: blocks, closed accounts, whom the other lets."""

from secureconnect.contracts.auth import Permission
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import PeerAccount
from secureconnect.services.chat.membership import ConversationState
from secureconnect.services.chat.people import People


def may_write(person: PeerAccount) -> Permission:
    """Who may write to this person."""
    return person.privacy.write


def may_add(person: PeerAccount) -> Permission:
    """Who may add this person to groups."""
    return person.privacy.add_to_groups


class Standing:
    """Answers from what is at hand, or asks auth."""

    def __init__(self, people: People) -> None:
        self._people = people

    def settled(self, state: ConversationState, account: str) -> bool:
        """Whether the account may write here, as far as that is at hand: False says to `ask` first.

        Raises Fault(CHAT_BLOCKED) and Fault(CHAT_NOT_ACCEPTED). Who was written to may always answer.
        """
        other = state.other_than(account)
        if other is None:
            return True
        blocks, person = self._people.known_blocks(account), self._people.known(other)
        if blocks is None or person is None:
            return False
        if blocks.between(other):
            raise Fault(Code.CHAT_BLOCKED)
        if person.closed:
            raise Fault(Code.CHAT_NOT_ACCEPTED)
        return other in state.spoke or may_write(person) == "everyone"

    async def ask(self, account: str, other: str) -> bool:
        """Whether the other one lets the account write first.

        Raises Fault(CHAT_BLOCKED), Fault(CHAT_NOT_ACCEPTED) for a closed account, Fault(UNAVAILABLE).
        """
        if (await self._people.blocks(account)).between(other):
            raise Fault(Code.CHAT_BLOCKED)
        person = (await self._people.of([other])).get(other)
        if person is None or person.closed:
            raise Fault(Code.CHAT_NOT_ACCEPTED)
        return (await self._people.permits(account, [person], may_write))[other]

    async def clear(self, state: ConversationState, account: str) -> bool:
        """Like `settled`, asking where it must: False when the other one lets the account only answer."""
        if self.settled(state, account):
            return True
        other = state.other_than(account)
        return other is None or await self.ask(account, other)
