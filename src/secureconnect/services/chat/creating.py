"""Making conversations: groups, and direct ones of which there is one for each pair of accounts."""

import hashlib

from secureconnect.backends.log.port import ConversationExists, Draft, Log
from secureconnect.contracts.chat import ConversationRequest
from secureconnect.contracts.errors import Code, Fault, invalid
from secureconnect.contracts.events import ConversationBody, MemberBody, Role
from secureconnect.edge.identity import Caller
from secureconnect.kit.ids import Ids
from secureconnect.services.chat.admission import Admission
from secureconnect.services.chat.drafts import Drafts
from secureconnect.services.chat.membership import Membership
from secureconnect.services.chat.standing import Standing

FIRST_SEQ = 1


def direct_id(one: str, other: str) -> str:
    """The id of the direct conversation of two accounts, the same from both sides (a UUIDv8, RFC 9562 section 5.8)."""
    digest = hashlib.sha256("\n".join(["direct", *sorted((one, other))]).encode()).digest()[:16]
    value = int.from_bytes(digest, "big")
    value = value & ~(0xF << 76) & ~(0x3 << 62) | (0x8 << 76) | (0x2 << 62)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Creating:
    """Opens conversations' logs."""

    def __init__(
        self, log: Log, membership: Membership, standing: Standing, admission: Admission, drafts: Drafts, ids: Ids
    ) -> None:
        self._log = log
        self._membership = membership
        self._standing = standing
        self._admission = admission
        self._drafts = drafts
        self._ids = ids

    async def create(self, caller: Caller, request: ConversationRequest) -> tuple[str, bool]:
        """Make a conversation; returns its id, and False when it is a direct one that was there.

        Raises Fault: CHAT_MEMBERS_INVALID, CHAT_BLOCKED, CHAT_NOT_ACCEPTED, CHAT_TOO_MANY_MEMBERS,
        CHAT_TOO_MANY_CONVERSATIONS, INVALID, DISK_FULL, UNAVAILABLE.
        """
        others = [account for account in dict.fromkeys(request.member_ids) if account != caller.account]
        if request.kind == "direct":
            return await self._direct(caller, request, others)
        self._admission.check_size(len(others) + 1)
        await self._admission.have_room([caller.account])
        if others:
            await self._admission.may_take(caller.account, others, "/member_ids/{}")
        conversation = self._ids.new()
        opening = ConversationBody(caller.account, request.title, history="joined", scheme=request.scheme, kind="group")
        await self._open(caller, conversation, opening, "owner", others)
        return conversation, True

    async def _direct(self, caller: Caller, request: ConversationRequest, others: list[str]) -> tuple[str, bool]:
        if len(others) != 1:
            raise invalid("/member_ids", "name the one other member", Code.CHAT_MEMBERS_INVALID)
        if request.title is not None:
            raise invalid("/title", "a direct conversation has none")
        (other,) = others
        conversation = direct_id(caller.account, other)
        if await self._membership.load(conversation) is not None:
            return conversation, False
        await self._admission.existing([other], "/member_ids/{}")
        if not await self._standing.ask(caller.account, other):
            raise Fault(Code.CHAT_NOT_ACCEPTED)
        await self._admission.have_room([caller.account, other])
        opening = ConversationBody(caller.account, history="all", scheme=request.scheme, kind="direct")
        try:
            await self._open(caller, conversation, opening, "member", [other])
        except ConversationExists:
            return conversation, False
        return conversation, True

    async def _open(
        self, caller: Caller, conversation: str, opening: ConversationBody, role: Role, others: list[str]
    ) -> None:
        """Stand the first events: the conversation, its maker, and those who are in it from the beginning."""
        drafts: list[Draft] = [
            self._drafts.change(caller.account, conversation, opening, None, caller.device, opens=True)
        ]
        founder = MemberBody(caller.account, "joined", caller.account, role, FIRST_SEQ)
        added = [MemberBody(other, "added", caller.account, "member", FIRST_SEQ) for other in others]
        drafts += [
            self._drafts.change(caller.account, conversation, body, None, caller.device) for body in (founder, *added)
        ]
        await self._log.append_all(drafts)
