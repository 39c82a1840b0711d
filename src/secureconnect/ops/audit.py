"""`secureconnect audit tail`: what administrators and operators did."""

import sys

from secureconnect.backends.peers.port import Peers
from secureconnect.contracts.auth import AuditRow
from secureconnect.contracts.operator import AUDIT_TAIL, PAGE_MAX, AuditAsk
from secureconnect.ops.asking import Source, asked
from secureconnect.ops.listing import Column, moment, print_list
from secureconnect.settings import Loaded

COLUMNS: list[Column[AuditRow]] = [
    ("at", lambda row: moment(row.at)),
    ("by", lambda row: row.actor),
    ("act", lambda row: row.act),
    ("on", lambda row: row.subject or ""),
    ("detail", lambda row: ", ".join(f"{name}={value}" for name, value in sorted(row.detail.items()))),
]


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
        print_list(found[::-1], COLUMNS, json=json, none="Nothing was done yet.")
        if cursor is not None:
            print(f"There are earlier ones; --limit {limit * 2} shows more of them.", file=sys.stderr)
        return 0

    return asked(source, work)
