"""What auth answers other services: who an account is, and how it stands to others."""

import msgspec

from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.auth import Preferences
from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import (
    AccountAsk,
    AccountOnly,
    BlocksReply,
    PeerAccount,
    PeerAccounts,
    Relation,
    Relations,
    RelationsAsk,
)
from secureconnect.services.auth.store import accounts, relations
from secureconnect.services.auth.store.accounts import AccountRow

IDS_MAX = 1000
_preferences = msgspec.json.Decoder(Preferences)


class PeerAnswers:
    """Answers from the store each time: caches are those who ask."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def accounts(self, ask: AccountAsk) -> PeerAccounts:
        """The accounts of these ids; raises Fault(INVALID) above 1,000."""
        found = await self._sql.read(accounts.by_ids, _bounded(ask.accounts))
        return PeerAccounts([_account(row) for row in found])

    async def relations(self, ask: RelationsAsk) -> Relations:
        """How an account stands to others, one row for each; raises Fault(INVALID) above 1,000."""
        others = _bounded(ask.others)
        found = await self._sql.read(relations.between, ask.account, others)
        return Relations(
            [
                Relation(other, other in found.blocks, other in found.blocked_by, other in found.friends)
                for other in others
            ]
        )

    async def blocks(self, ask: AccountOnly) -> BlocksReply:
        """Whom an account blocks and who blocks it."""
        blocks, blocked_by = await self._sql.read(relations.blocks_of, ask.account)
        return BlocksReply(blocks, blocked_by)


def _bounded(ids: list[str]) -> list[str]:
    if len(ids) > IDS_MAX:
        raise Fault(Code.INVALID, f"at most {IDS_MAX} accounts at a time")
    return list(dict.fromkeys(ids))


def _account(row: AccountRow) -> PeerAccount:
    return PeerAccount(
        id=row.id,
        username=row.username,
        display_name=row.display_name,
        picture=row.picture,
        closed=row.closed_at is not None,
        disabled=row.disabled_at is not None,
        admin=row.admin,
        privacy=_preferences.decode(row.preferences).privacy,
    )
