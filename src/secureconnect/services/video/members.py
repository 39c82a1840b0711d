"""Who may be in a call: membership as chat tells it, blocks and privacy as auth does."""

from collections.abc import Sequence

from secureconnect.backends.peers.port import Peers
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import (
    AUTH_ACCOUNTS,
    AUTH_RELATIONS,
    CHAT_CONVERSATIONS,
    CHAT_MEMBERSHIP,
    AccountAsk,
    AccountOnly,
    MembershipAsk,
    MembershipReply,
    PeerAccount,
    Relation,
    RelationsAsk,
)
from secureconnect.services.video.announcement import AUDIENCE_MAX

ASKED_MAX = 4


class Members:
    """Asks the services that know."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def of(self, conversation: str, account: str, otherwise: Code) -> MembershipReply:
        """How the account stands in the conversation, with all members; raises Fault(otherwise) for no member."""
        reply = await self._peers.ask(CHAT_MEMBERSHIP, MembershipAsk(conversation, account, with_members=True))
        if reply.role is None:
            raise Fault(otherwise)
        return reply

    async def audience(self, conversation: str, accounts: Sequence[str]) -> list[str] | None:
        """The members of a conversation in which one of these accounts is; None when that cannot be known now."""
        for account in accounts[:ASKED_MAX]:
            try:
                return (await self.of(conversation, account, Code.CHAT_NOT_A_MEMBER)).members
            except Fault as fault:
                if fault.code is not Code.CHAT_NOT_A_MEMBER:
                    return None
        return None

    async def conversations(self, account: str) -> list[str]:
        """The conversations of which the account is a present member."""
        return (await self._peers.ask(CHAT_CONVERSATIONS, AccountOnly(account))).conversations

    async def callees(self, caller: str, membership: MembershipReply) -> list[str]:
        """Whom a call of this caller rings.

        In a group those who are blocked, blocked the caller, or do not let themselves be rung by the caller are left
        out, and nobody rings where there are too many. In a direct conversation that is refused: CHAT_NOT_ACCEPTED.
        """
        others = sorted(set(membership.members) - {caller})
        callees = [] if len(others) >= AUDIENCE_MAX else await self._ringable(caller, others)
        if membership.kind == "direct" and not callees:
            raise Fault(Code.CHAT_NOT_ACCEPTED)
        return callees

    async def blocked(self, account: str, other: str) -> bool:
        """Whether one of two has blocked the other."""
        reply = await self._peers.ask(AUTH_RELATIONS, RelationsAsk(account, [other]))
        return any(relation.blocks or relation.blocked_by for relation in reply.relations)

    async def _ringable(self, caller: str, others: Sequence[str]) -> list[str]:
        if not others:
            return []
        known = (await self._peers.ask(AUTH_ACCOUNTS, AccountAsk(list(others)))).accounts
        relations = (await self._peers.ask(AUTH_RELATIONS, RelationsAsk(caller, list(others)))).relations
        by_account = {relation.account: relation for relation in relations}
        return sorted(one.id for one in known if _may_ring(one, by_account.get(one.id)))


def _may_ring(callee: PeerAccount, relation: Relation | None) -> bool:
    if callee.closed or callee.disabled:
        return False
    if relation is not None and (relation.blocks or relation.blocked_by):
        return False
    wanted = callee.privacy.ring
    return wanted == "everyone" or (wanted == "friends" and relation is not None and relation.friends)
