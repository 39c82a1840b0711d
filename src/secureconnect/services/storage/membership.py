"""Asks chat who may do what: whether an account is a member of a conversation, and whether it may read a file there."""

import re

from secureconnect.backends.peers.port import Peers
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import CHAT_FILE_READABLE, CHAT_MEMBERSHIP, FileReadableAsk, MembershipAsk

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


class Membership:
    """What chat says of accounts, conversations and files."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def require(self, account: str, conversation: str) -> None:
        """Return for a present member. Raises Fault(CHAT_NOT_A_MEMBER), also where there is no such conversation."""
        if _ID.fullmatch(conversation) is None:
            raise Fault(Code.CHAT_NOT_A_MEMBER)
        reply = await self._peers.ask(CHAT_MEMBERSHIP, MembershipAsk(conversation, account))
        if reply.role is None:
            raise Fault(Code.CHAT_NOT_A_MEMBER)

    async def may_read(self, account: str, file: str) -> bool:
        """Whether the account may read a message, or see a group, that carries the file."""
        return (await self._peers.ask(CHAT_FILE_READABLE, FileReadableAsk(account, file))).readable
