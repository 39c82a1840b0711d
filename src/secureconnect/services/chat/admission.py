"""Who may be taken into a conversation: they exist, they let it happen, and there is room."""

from collections.abc import Sequence

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Code, Fault, FieldFault
from secureconnect.contracts.peers import PeerAccount
from secureconnect.services.chat.limits import ChatLimits
from secureconnect.services.chat.people import People
from secureconnect.services.chat.standing import may_add
from secureconnect.services.chat.store.rows import any_full


class Admission:
    """Asks auth about those who are to be taken in."""

    def __init__(self, sql: Sql, people: People, limits: ChatLimits) -> None:
        self._sql = sql
        self._people = people
        self._limits = limits

    async def existing(self, accounts: Sequence[str], pointer: str) -> list[PeerAccount]:
        """The accounts, in order; raises Fault(CHAT_MEMBERS_INVALID) when one is not there, closed or disabled."""
        found = await self._people.of(accounts)
        people: list[PeerAccount] = []
        for at, account in enumerate(accounts):
            person = found.get(account)
            if person is None or person.closed or person.disabled:
                wrong = FieldFault(pointer.format(at), "no such account")
                raise Fault(Code.CHAT_MEMBERS_INVALID, errors=[wrong])
            people.append(person)
        return people

    async def may_take(self, by: str, accounts: Sequence[str], pointer: str) -> None:
        """Check that `by` may take these accounts into a group.

        Raises Fault: CHAT_MEMBERS_INVALID; CHAT_NOT_ACCEPTED for one who does not let it happen or where one of the
        two has blocked the other; CHAT_TOO_MANY_CONVERSATIONS; UNAVAILABLE.
        """
        people = await self.existing(accounts, pointer)
        blocks = await self._people.blocks(by)
        permitted = await self._people.permits(by, people, may_add)
        for at, person in enumerate(people):
            if blocks.between(person.id) or not permitted[person.id]:
                refused = FieldFault(pointer.format(at), "does not take this from you")
                raise Fault(Code.CHAT_NOT_ACCEPTED, errors=[refused])
        await self.have_room(accounts)

    async def have_room(self, accounts: Sequence[str]) -> None:
        """Raise Fault(CHAT_TOO_MANY_CONVERSATIONS) when one of them is in as many conversations as it may be."""
        if await self._sql.read(any_full, accounts, self._limits.conversations_per_account_max):
            raise Fault(Code.CHAT_TOO_MANY_CONVERSATIONS)

    def check_size(self, members: int) -> None:
        """Raise Fault(CHAT_TOO_MANY_MEMBERS) when a conversation would have more members than it may."""
        if members > self._limits.members_max:
            raise Fault(Code.CHAT_TOO_MANY_MEMBERS, f"at most {self._limits.members_max}")
