"""`secureconnect audit tail`: what administrators and operators did."""

import sys
from collections.abc import Mapping, Sequence

from secureconnect.backends.peers.port import Peers
from secureconnect.contracts.auth import AuditRow
from secureconnect.contracts.operator import AUDIT_TAIL, PAGE_MAX, AuditAsk
from secureconnect.contracts.peers import AUTH_ACCOUNTS, AccountAsk
from secureconnect.ops.asking import Source, asked
from secureconnect.ops.listing import Column, moment, print_list
from secureconnect.settings import Loaded

NAMED_MAX = 1000


def tail(source: Source, limit: int, *, json: bool) -> int:
    """Print the last acts, the newest at the end."""

    async def work(peers: Peers, _: Loaded) -> int:
        found: list[AuditRow] = []
        cursor: str | None = None
        while len(found) < limit:
            page = await peers.ask(AUDIT_TAIL, AuditAsk(cursor, min(PAGE_MAX, limit - len(found))))
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        names = {} if json else await _names(peers, found)
        print_list(found[::-1], columns(names), json=json, none="Nothing was done yet.")
        if cursor is not None:
            print(f"There are earlier ones; --limit {limit * 2} shows more of them.", file=sys.stderr)
        return 0

    return asked(source, work)


def columns(names: Mapping[str, str]) -> list[Column[AuditRow]]:
    """What is shown of an act; `names` are the usernames of accounts by their ids."""
    return [
        ("at", lambda row: moment(row.at)),
        ("by", lambda row: names.get(row.actor, row.actor)),
        ("act", lambda row: row.act),
        ("on", lambda row: names.get(row.subject or "", row.subject or "")),
        ("detail", lambda row: ", ".join(f"{name}={value}" for name, value in sorted(row.detail.items()))),
    ]


async def _names(peers: Peers, rows: Sequence[AuditRow]) -> dict[str, str]:
    """The usernames of those who acted and were acted on; closed accounts have none."""
    ids = {one for row in rows for one in (row.actor, row.subject) if one is not None}
    asked_for = AccountAsk(sorted(ids)[:NAMED_MAX])
    reply = await peers.ask(AUTH_ACCOUNTS, asked_for)
    return {one.id: one.username for one in reply.accounts if not one.closed}
