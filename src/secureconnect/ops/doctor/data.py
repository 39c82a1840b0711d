"""`doctor --data`: what was made of the log against the log, and the rows of files against their bytes."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection

from secureconnect.backends.log.port import Stored
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Fault
from secureconnect.kit.clock import SystemClock
from secureconnect.ops.doctor.databases import MIGRATIONS, examine
from secureconnect.ops.doctor.finding import Finding, Level, fail, ok, warn, worst
from secureconnect.ops.progress import progress
from secureconnect.ops.serving import prepared_folder
from secureconnect.services.chat.repair import Difference, compare, rebuild
from secureconnect.services.storage import repair as files
from secureconnect.services.storage.repair import Damage
from secureconnect.settings import Loaded
from secureconnect.wiring.data import Data, open_data

SHOWN_MAX = 5
ANY_SIZE = 1 << 62
REPAIR = "secureconnect doctor --repair, while no node runs; a backup first is wise"


async def examine_data(loaded: Loaded, *, repair: bool) -> list[Finding]:
    """Compare all that is stored, and with `repair` mend what can be mended; no node may run meanwhile.

    Raises Refusal when one runs, or the data folder cannot be used.
    """
    prepared = prepared_folder(loaded, (), migrate=False)
    try:
        found = await asyncio.to_thread(examine, prepared.data_dir, ANY_SIZE)
        if worst(found) is Level.FAIL:
            return [*found, warn("data", "not compared while a database is not right", "mend that first")]
        if any(finding.check == MIGRATIONS and finding.level is not Level.OK for finding in found):
            return [*found, warn("data", "not compared while migrations wait", "secureconnect migrate")]
        async with open_data(prepared) as data:
            return [*found, *await _chat(data, repair=repair), *await _files(data, repair=repair)]
    except (Fault, sqlite3.Error, OSError) as error:
        return [fail("data", f"cannot be read: {error}", "the lines on data_dir and its databases may say why")]
    finally:
        prepared.lock.release()


async def _chat(data: Data, *, repair: bool) -> list[Finding]:
    if data.chat is None:
        return []
    uneven = await data.chat.read(data.log.uneven)
    total = await data.chat.read(data.log.count)
    with progress("reading the log", total) as seen:
        differences = await _differences(data.chat, data.log.events, seen, repair=repair)
    return [*judge_log(uneven, total), *judge_projections(differences, total, repaired=repair)]


async def _differences(
    sql: Sql, events: Callable[[Connection], Iterator[Stored]], seen: Callable[[], None], *, repair: bool
) -> list[Difference]:
    def counted(connection: Connection) -> Iterator[Stored]:
        for event in events(connection):
            seen()
            yield event

    def look(connection: Connection) -> list[Difference]:
        return compare(connection, counted(connection))

    def mend(connection: Connection) -> list[Difference]:
        return rebuild(connection, counted(connection))

    return await (sql.write(mend) if repair else sql.read(look))


async def _files(data: Data, *, repair: bool) -> list[Finding]:
    if data.storage is None:
        return []
    total = await files.count(data.storage)
    with progress("looking at files", total) as looked:
        if repair:
            damages = await files.mend(data.storage, data.blobs, looked, SystemClock().now_ms())
        else:
            damages = await files.compare(data.storage, data.blobs, looked)
    return judge_files(damages, total, repaired=repair)


def judge_log(uneven: Sequence[str], total: int) -> list[Finding]:
    """Whether every log is dense; nothing can be made of what is not there."""
    if not uneven:
        return [ok("log", f"{total} events, none missing")]
    told = f"{len(uneven)} conversations lack events, or have more than their head says: {_some(uneven)}"
    return [fail("log", told, "restore chat.db from a backup; keep the present one until that is done")]


def judge_projections(differences: Sequence[Difference], total: int, *, repaired: bool) -> list[Finding]:
    """Whether what was made of the log is what the log says."""
    if not differences:
        return [ok("projections", f"are what the log says, {total} events compared")]
    tables = Counter(difference.table for difference in differences)
    where = ", ".join(f"{count} in {table}" for table, count in sorted(tables.items()))
    some = _some([f"{one.table} of {one.conversation}: {one.what}" for one in differences])
    if repaired:
        return [ok("projections", f"{len(differences)} rows were rebuilt from the log ({where}): {some}")]
    return [fail("projections", f"{len(differences)} rows differ from the log ({where}): {some}", REPAIR)]


def judge_files(damages: Sequence[Damage], total: int, *, repaired: bool) -> list[Finding]:
    """Whether rows and bytes of files agree: one line for each kind of harm."""
    found: list[Finding] = []
    for harm in files.Harm:
        its = [damage for damage in damages if damage.harm is harm]
        if not its:
            continue
        told = f"{harm.value}: {len(its)} ({_some([f'{one.subject}: {one.told}' for one in its])})"
        if not its[0].mendable:
            found.append(fail("files", told, "restore the folder `files` from a backup made after they were uploaded"))
        elif repaired:
            found.append(ok("files", f"mended: {told}"))
        else:
            found.append(warn("files", told, REPAIR))
    return found or [ok("files", f"rows and bytes agree, {total} looked at")]


def _some(texts: Sequence[str]) -> str:
    shown = "; ".join(texts[:SHOWN_MAX])
    return shown if len(texts) <= SHOWN_MAX else f"{shown}; and {len(texts) - SHOWN_MAX} more"
