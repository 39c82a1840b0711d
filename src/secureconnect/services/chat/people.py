"""Other accounts as auth knows them, kept until they change there: names, privacy, blocks and friendships."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from secureconnect.backends.peers.port import Peers
from secureconnect.contracts.auth import Permission
from secureconnect.contracts.errors import Fault
from secureconnect.contracts.peers import (
    AUTH_ACCOUNTS,
    AUTH_BLOCKS,
    AUTH_RELATIONS,
    AccountAsk,
    AccountOnly,
    Change,
    PeerAccount,
    Relation,
    RelationsAsk,
)
from secureconnect.kit.clock import Clock

KEPT_S = 600.0
PEOPLE_MAX = 50_000
BLOCKS_MAX = 20_000
ASK_MAX = 1000
PROFILE_CHANGES = frozenset({"profile", "preferences", "role", "account_disabled", "account_enabled", "account_closed"})
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Blocks:
    """Whom an account blocks, and who blocks it."""

    blocks: frozenset[str]
    blocked_by: frozenset[str]

    def between(self, other: str) -> bool:
        """Whether one of the two has blocked the other."""
        return other in self.blocks or other in self.blocked_by


class Kept(Generic[Value]):
    """Values by account, the longest kept go first; one that grew too old is still there as a last resort."""

    def __init__(self, clock: Clock, entries_max: int, kept_s: float) -> None:
        self._clock = clock
        self._entries_max = entries_max
        self._kept_s = kept_s
        self._entries: OrderedDict[str, tuple[float, Value]] = OrderedDict()
        self._ends = 0

    @property
    def ends(self) -> int:
        """How many times something was dropped because it changed: what was asked before may be old."""
        return self._ends

    def fresh(self, account: str) -> Value | None:
        """The value when it is not too old."""
        entry = self._entries.get(account)
        return entry[1] if entry is not None and self._clock.monotonic_s() - entry[0] <= self._kept_s else None

    def any(self, account: str) -> Value | None:
        """The value however old."""
        entry = self._entries.get(account)
        return None if entry is None else entry[1]

    def keep(self, account: str, value: Value, ends: int) -> None:
        """Keep a value that was asked for when `ends` was this, unless something changed since."""
        if ends != self._ends:
            return
        self._entries.pop(account, None)
        self._entries[account] = (self._clock.monotonic_s(), value)
        if len(self._entries) > self._entries_max:
            self._entries.popitem(last=False)

    def drop(self, account: str | None) -> None:
        """Drop an account's value, or all."""
        self._ends += 1
        if account is None:
            self._entries.clear()
        else:
            self._entries.pop(account, None)


class People:
    """Asks auth about accounts, and hears of their changes by `hear` (a listener of the follower)."""

    def __init__(self, peers: Peers, clock: Clock, kept_s: float = KEPT_S) -> None:
        self._peers = peers
        self._accounts: Kept[PeerAccount] = Kept(clock, PEOPLE_MAX, kept_s)
        self._blocks: Kept[Blocks] = Kept(clock, BLOCKS_MAX, kept_s)

    def hear(self, change: Change) -> None:
        """Drop what a change at auth makes old."""
        if change.kind in PROFILE_CHANGES:
            self._accounts.drop(change.account)
        elif change.kind == "blocks":
            self._blocks.drop(change.account)
            self._blocks.drop(change.other)

    def known(self, account: str) -> PeerAccount | None:
        """The account when it is at hand."""
        return self._accounts.fresh(account)

    def known_blocks(self, account: str) -> Blocks | None:
        """The account's blocks when they are at hand."""
        return self._blocks.fresh(account)

    async def of(self, accounts: Iterable[str]) -> dict[str, PeerAccount]:
        """The accounts that exist, by id. Raises Fault(UNAVAILABLE) when auth must be asked and does not answer."""
        found, lacking = self._at_hand(accounts)
        for start in range(0, len(lacking), ASK_MAX):
            asked = lacking[start : start + ASK_MAX]
            ends = self._accounts.ends
            try:
                reply = await self._peers.ask(AUTH_ACCOUNTS, AccountAsk(asked))
            except Fault:
                old = {account: value for account in asked if (value := self._accounts.any(account)) is not None}
                if len(old) < len(asked):
                    raise
                found.update(old)
                continue
            for account in reply.accounts:
                self._accounts.keep(account.id, account, ends)
                found[account.id] = account
        return found

    async def of_reachable(self, accounts: Iterable[str]) -> dict[str, PeerAccount]:
        """Like `of`, with those left out that cannot be asked for now: for lists, which never fail for a name."""
        wanted = list(accounts)
        try:
            return await self.of(wanted)
        except Fault:
            return {account: value for account in wanted if (value := self._accounts.any(account)) is not None}

    async def blocks(self, account: str) -> Blocks:
        """Whom the account blocks and who blocks it. Raises Fault(UNAVAILABLE) as `of`."""
        known = self._blocks.fresh(account)
        if known is not None:
            return known
        ends = self._blocks.ends
        try:
            reply = await self._peers.ask(AUTH_BLOCKS, AccountOnly(account))
        except Fault:
            old = self._blocks.any(account)
            if old is None:
                raise
            return old
        blocks = Blocks(frozenset(reply.blocks), frozenset(reply.blocked_by))
        self._blocks.keep(account, blocks, ends)
        return blocks

    async def permits(
        self, account: str, others: Iterable[PeerAccount], permission_of: Callable[[PeerAccount], Permission]
    ) -> dict[str, bool]:
        """Whether each of the others permits something to the account, by the permission that they chose."""
        chosen = {other.id: permission_of(other) for other in others}
        asking = [other for other, permission in chosen.items() if permission == "friends"]
        relations = await self.relations(account, asking) if asking else {}
        return {
            other: permission == "everyone"
            or (permission == "friends" and other in relations and relations[other].friends)
            for other, permission in chosen.items()
        }

    async def relations(self, account: str, others: list[str]) -> dict[str, Relation]:
        """How the account stands to others, asked each time. Raises Fault(UNAVAILABLE)."""
        found: dict[str, Relation] = {}
        for start in range(0, len(others), ASK_MAX):
            reply = await self._peers.ask(AUTH_RELATIONS, RelationsAsk(account, others[start : start + ASK_MAX]))
            found.update({relation.account: relation for relation in reply.relations})
        return found

    def _at_hand(self, accounts: Iterable[str]) -> tuple[dict[str, PeerAccount], list[str]]:
        found: dict[str, PeerAccount] = {}
        lacking: list[str] = []
        for account in dict.fromkeys(accounts):
            value = self._accounts.fresh(account)
            if value is None:
                lacking.append(account)
            else:
                found[account] = value
        return found, lacking
