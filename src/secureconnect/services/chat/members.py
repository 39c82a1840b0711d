"""Members of a group: taking in, roles, the hand-over of the ownership, removing and leaving."""

from secureconnect.backends.log.port import Draft
from secureconnect.contracts.chat import MemberAnswer, MemberPage, MemberRequest
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.events import MemberBody, Role
from secureconnect.contracts.peers import PeerAccount
from secureconnect.edge.identity import Caller
from secureconnect.services.chat.admission import Admission
from secureconnect.services.chat.appending import Appending
from secureconnect.services.chat.conversations import check_leads
from secureconnect.services.chat.cursors import cursor_of, key_of
from secureconnect.services.chat.drafts import Drafts
from secureconnect.services.chat.membership import ConversationState, Member
from secureconnect.services.chat.messages import member_of
from secureconnect.services.chat.people import People

RANKS: dict[Role, int] = {"member": 0, "admin": 1, "owner": 2}


def first_seq_of(state: ConversationState) -> int | None:
    """From where one who joins now may read: the beginning, or their own coming (None)."""
    return 1 if state.history == "all" else None


def other_member(state: ConversationState, account: str) -> Member:
    """A member as named by another; raises Fault(NOT_FOUND)."""
    member = state.members.get(account)
    if member is None:
        raise Fault(Code.NOT_FOUND)
    return member


class Members:
    """Checks and stands changes of the membership."""

    def __init__(self, appending: Appending, people: People, admission: Admission, drafts: Drafts) -> None:
        self._appending = appending
        self._people = people
        self._admission = admission
        self._drafts = drafts

    async def page(self, account: str, conversation: str, cursor: str | None, limit: int) -> MemberPage:
        """The members in the order of their joining. Raises Fault: CHAT_NOT_A_MEMBER, INVALID."""
        after = (0, "") if cursor is None else key_of(cursor, tuple[int, str])
        state = await self._appending.state(conversation)
        member_of(state, account)
        ordered = sorted((member.joined_seq, member.account) for member in state.members.values())
        keys = [key for key in ordered if key > after]
        roles: dict[str, Role] = {account: state.members[account].role for _, account in keys[:limit]}
        people = await self._people.of_reachable(roles)
        items = [member_answer(people.get(one), one, roles[one], joined_seq) for joined_seq, one in keys[:limit]]
        return MemberPage(items, cursor_of(*keys[limit - 1]) if len(keys) > limit else None)

    async def add(self, caller: Caller, conversation: str, request: MemberRequest) -> tuple[MemberAnswer, bool]:
        """Take somebody in; False when they are in already, whose role then stays.

        Raises Fault: CHAT_NOT_A_MEMBER, CHAT_ROLE_TOO_LOW, CHAT_MEMBERS_INVALID, CHAT_NOT_ACCEPTED,
        CHAT_TOO_MANY_MEMBERS, CHAT_TOO_MANY_CONVERSATIONS, UNAVAILABLE.
        """
        state = await self._appending.state(conversation)
        check_leads(state, caller.account)
        known = state.members.get(request.account)
        if known is None:
            await self._admission.may_take(caller.account, [request.account], "/account")

        def make(now: ConversationState) -> Draft | None:
            check_leads(now, caller.account)
            if request.account in now.members:
                return None
            if request.role == "admin" and now.members[caller.account].role != "owner":
                raise Fault(Code.CHAT_ROLE_TOO_LOW)
            self._admission.check_size(len(now.members) + 1)
            body = MemberBody(request.account, "added", caller.account, request.role, first_seq_of(now))
            return self._change(caller, now, body)

        appended = await self._appending.stand(conversation, make)
        people = await self._people.of_reachable([request.account])
        person = people.get(request.account)
        if appended:
            return member_answer(person, request.account, request.role, appended[0].event.seq), True
        now = other_member(await self._appending.state(conversation), request.account)
        return member_answer(person, now.account, now.role, now.joined_seq), False

    async def set_role(self, caller: Caller, conversation: str, account: str, role: Role) -> MemberAnswer:
        """Change a member's role, by the owner; making an owner hands the ownership on, and the giver administers.

        Raises Fault: CHAT_NOT_A_MEMBER, CHAT_ROLE_TOO_LOW, NOT_FOUND, CHAT_LAST_OWNER (the owner's own role).
        """

        def make(now: ConversationState) -> list[Draft] | None:
            if now.kind == "direct" or member_of(now, caller.account).role != "owner":
                raise Fault(Code.CHAT_ROLE_TOO_LOW)
            member = other_member(now, account)
            if member.role == role:
                return None
            if account == caller.account and only_owner(now, account):
                raise Fault(Code.CHAT_LAST_OWNER)
            changes = [self._change(caller, now, MemberBody(account, "role", caller.account, role))]
            if role == "owner":
                stepping = MemberBody(caller.account, "role", caller.account, "admin")
                changes.append(self._drafts.change(caller.account, now.id, stepping, None, caller.device))
            return changes

        await self._appending.stand(conversation, make)
        state = await self._appending.state(conversation)
        member = other_member(state, account)
        joined_seq = member.joined_seq
        people = await self._people.of_reachable([account])
        return member_answer(people.get(account), account, role, joined_seq)

    async def remove(self, caller: Caller, conversation: str, account: str) -> None:
        """Remove a member of lower rank, or leave.

        Raises Fault: CHAT_NOT_A_MEMBER, CHAT_ROLE_TOO_LOW, NOT_FOUND, CHAT_LAST_OWNER (leaving others without one).
        """

        def make(now: ConversationState) -> Draft:
            acting = member_of(now, caller.account)
            if now.kind == "direct":
                raise Fault(Code.CHAT_ROLE_TOO_LOW)
            if account == caller.account:
                if only_owner(now, account) and len(now.members) > 1:
                    raise Fault(Code.CHAT_LAST_OWNER)
                return self._change(caller, now, MemberBody(account, "left", account))
            if acting.role == "member":
                raise Fault(Code.CHAT_ROLE_TOO_LOW)
            if RANKS[acting.role] <= RANKS[other_member(now, account).role]:
                raise Fault(Code.CHAT_ROLE_TOO_LOW)
            return self._change(caller, now, MemberBody(account, "removed", caller.account))

        await self._appending.stand(conversation, make)

    def _change(self, caller: Caller, state: ConversationState, body: MemberBody) -> Draft:
        return self._drafts.change(caller.account, state.id, body, state.member_version, caller.device)


def only_owner(state: ConversationState, account: str) -> bool:
    """Whether the account owns the group and nobody else does."""
    return [member.account for member in state.members.values() if member.role == "owner"] == [account]


def member_answer(person: PeerAccount | None, account: str, role: Role, joined_seq: int) -> MemberAnswer:
    """A member as answered; without names while auth cannot be asked."""
    if person is None:
        return MemberAnswer(account, "", "", role, joined_seq)
    return MemberAnswer(account, person.username, person.display_name, role, joined_seq, person.picture, person.closed)
