"""Runs a verb that asks the deployment something, and tells what went wrong in sentences."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from secureconnect.backends.peers.port import Peers
from secureconnect.contracts.errors import Code, Fault
from secureconnect.ops.advice import told_fault
from secureconnect.ops.loading import Refusal, loaded_settings, quiet_logs, refuse
from secureconnect.ops.operator import operator_peers
from secureconnect.settings import Loaded

INTERRUPTED = 130
Work = Callable[[Peers, Loaded], Awaitable[int]]


@dataclass(frozen=True)
class Source:
    """Where a verb finds its settings: a file, and `name=value` pairs over all others."""

    config: Path | None = None
    pairs: Sequence[str] = ()


def asked(source: Source, work: Work, hints: dict[Code, str] | None = None) -> int:
    """Run `work` with the services and return its exit code; 2 after a refusal, with a hint by its code."""
    try:
        loaded = loaded_settings(source.config, source.pairs)
        quiet_logs()
        return asyncio.run(_work(loaded, work))
    except Refusal as refusal:
        return refuse(refusal)
    except Fault as fault:
        hint = (hints or {}).get(fault.code)
        return refuse(Refusal(told_fault(fault) + (f"\n{hint}" if hint else "")))
    except KeyboardInterrupt:
        print("secureconnect: interrupted; what was answered before is done.", file=sys.stderr)
        return INTERRUPTED


async def _work(loaded: Loaded, work: Work) -> int:
    async with operator_peers(loaded) as peers:
        return await work(peers, loaded)
