"""Who shares a conversation with whom, and when somebody was last seen."""

from collections.abc import Sequence

from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, select

from secureconnect.services.chat.store.tables import last_seen, members

_mine = members.alias("mine")
_theirs = members.alias("theirs")
_others: BindParameter[str] = bindparam("others", expanding=True)
_sharing = (
    select(_theirs.c.account)
    .join(_mine, _mine.c.conversation == _theirs.c.conversation)
    .where(
        _theirs.c.account.in_(_others),
        _theirs.c.last_seq.is_(None),
        _mine.c.account == bindparam("account"),
        _mine.c.last_seq.is_(None),
    )
    .distinct()
)
_seen = select(last_seen.c.account, last_seen.c.at).where(last_seen.c.account.in_(_others))
_forget = delete(last_seen).where(last_seen.c.account.in_(_others))
_keep = insert(last_seen)
Seen = tuple[str, int]
"""An account, and when it was seen, in milliseconds since 1970 UTC."""


def read_sharing(connection: Connection, account: str, others: Sequence[str]) -> set[str]:
    """Those of the others who are in a conversation with the account now."""
    return set(connection.execute(_sharing, {"account": account, "others": list(others)}).scalars())


def read_seen(connection: Connection, accounts: Sequence[str]) -> dict[str, int]:
    """When these were last seen; those who never were are left out."""
    return {row.account: row.at for row in connection.execute(_seen, {"others": list(accounts)})}


def write_seen(connection: Connection, seen: Sequence[Seen]) -> Sequence[None]:
    """Keep when these were seen, the later of two for the same account."""
    latest: dict[str, int] = {}
    for account, at in seen:
        latest[account] = max(at, latest.get(account, 0))
    if latest:
        connection.execute(_forget, {"others": list(latest)})
        connection.execute(_keep, [{"account": account, "at": at} for account, at in latest.items()])
    return [None] * len(seen)
