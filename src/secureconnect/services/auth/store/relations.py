"""How accounts stand to each other: blocks and friendships, read for those who ask."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from secureconnect.services.auth.store.tables import blocks, friends

FRIENDS = "friends"


@dataclass(frozen=True)
class Standing:
    """Of those asked for: whom the account blocks, who blocks it, who its friends are."""

    blocks: frozenset[str]
    blocked_by: frozenset[str]
    friends: frozenset[str]


def between(connection: Connection, account: str, others: Sequence[str]) -> Standing:
    """How one account stands to these (at most 1,000)."""
    blocked = select(blocks.c.other).where(blocks.c.account == account, blocks.c.other.in_(others))
    blocked_by = select(blocks.c.account).where(blocks.c.other == account, blocks.c.account.in_(others))
    befriended = select(friends.c.other).where(
        friends.c.account == account, friends.c.other.in_(others), friends.c.state == FRIENDS
    )
    return Standing(*(frozenset(connection.execute(each).scalars()) for each in (blocked, blocked_by, befriended)))


def blocks_of(connection: Connection, account: str) -> tuple[list[str], list[str]]:
    """All whom an account blocks, and all who block it."""
    blocked = connection.execute(select(blocks.c.other).where(blocks.c.account == account)).scalars().all()
    blocked_by = connection.execute(select(blocks.c.account).where(blocks.c.other == account)).scalars().all()
    return list(blocked), list(blocked_by)
