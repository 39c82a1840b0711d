"""Runs every check in turn and tells what each found, as lines or as JSON."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import msgspec
import structlog
from rich.console import Console
from rich.text import Text

from secureconnect.kit.lock import Holder, holder_of_folder
from secureconnect.ops.doctor.configuration import check_settings, of_faults
from secureconnect.ops.doctor.data import examine_data
from secureconnect.ops.doctor.databases import check_databases
from secureconnect.ops.doctor.finding import Finding, Level, fail, worst
from secureconnect.ops.doctor.folder import check_copies, check_disk, check_folder
from secureconnect.ops.doctor.listeners import check_listeners
from secureconnect.ops.doctor.machine import check_clock, check_files
from secureconnect.ops.doctor.patient import Patient
from secureconnect.ops.doctor.proxies import check_proxies
from secureconnect.ops.doctor.readiness import check_mail, check_operator, check_readiness
from secureconnect.ops.doctor.secret_files import check_secret_files
from secureconnect.ops.loading import Refusal, overrides_of, quiet_logs, refuse
from secureconnect.settings import Loaded, SettingsFault, load

Check = Callable[[Patient], Awaitable[list[Finding]]]
CHECKS: tuple[Check, ...] = (
    check_settings,
    check_secret_files,
    check_folder,
    check_disk,
    check_databases,
    check_copies,
    check_listeners,
    check_readiness,
    check_operator,
    check_mail,
    check_proxies,
    check_clock,
    check_files,
)
CHECK_S_MAX = 90.0
COLORS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}
NAMES_WIDTH = 18
log = structlog.get_logger("doctor")


def doctor(config: Path | None, pairs: Sequence[str], *, json: bool, data: bool, repair: bool) -> int:
    """Examine the deployment; 0 when nothing failed, 1 when something did, 2 when it could not be examined."""
    quiet_logs()
    try:
        loaded = load(config, os.environ, overrides_of(pairs))
    except SettingsFault as fault:
        return _tell_all(of_faults(fault), json=json)
    except Refusal as refusal:
        return refuse(refusal)
    try:
        return asyncio.run(_examine(loaded, json=json, data=data or repair, repair=repair))
    except Refusal as refusal:
        return refuse(refusal)


async def _examine(loaded: Loaded, *, json: bool, data: bool, repair: bool) -> int:
    found: list[Finding] = []
    if data:
        found += await examine_data(loaded, repair=repair)
    else:
        async for finding in findings(Patient(loaded, _holder(loaded)), CHECKS):
            found.append(finding)
            if not json:
                _tell(finding)
    return _tell_all(found, json=json, told=not data)


async def findings(patient: Patient, checks: Sequence[Check]) -> AsyncIterator[Finding]:
    """What each check found, as it comes; one that fails by itself or takes too long is told as such."""
    for check in checks:
        name = check.__name__.removeprefix("check_").replace("_", " ")
        try:
            async with asyncio.timeout(CHECK_S_MAX):
                found = await check(patient)
        except TimeoutError:
            found = [fail(name, f"no result within {CHECK_S_MAX:.0f} s", "see whether the machine is overloaded")]
        except Exception as error:
            log.debug("a check failed", check=name, exc_info=error)
            fix = "run doctor as the user who runs the node; if that changes nothing, report this line"
            found = [fail(name, f"could not be checked: {type(error).__name__}: {error}", fix)]
        for finding in found:
            yield finding


def _holder(loaded: Loaded) -> Holder | None:
    try:
        return holder_of_folder(Path(loaded.settings.data_dir).absolute())
    except OSError:
        return None


def _tell_all(found: Sequence[Finding], *, json: bool, told: bool = False) -> int:
    if json:
        print(msgspec.json.encode(found).decode())
    elif not told:
        for finding in found:
            _tell(finding)
    failed, warned = (sum(1 for one in found if one.level is level) for level in (Level.FAIL, Level.WARN))
    if not json and (failed or warned):
        print(f"\n{failed} failed, {warned} to look at, {len(found) - failed - warned} right.", file=sys.stderr)
    return 1 if worst(found) is Level.FAIL else 0


def line(finding: Finding) -> str:
    """One finding as one line of text."""
    fix = f"  -> {finding.fix}" if finding.fix else ""
    return f"{finding.level.value:<5}{finding.check:<{NAMES_WIDTH}} {finding.told}{fix}".replace("\n", " ")


def _tell(finding: Finding) -> None:
    if not sys.stdout.isatty():
        print(line(finding))
        return
    text = Text(line(finding))
    text.stylize(COLORS[finding.level], 0, 4)
    Console(highlight=False).print(text, soft_wrap=True)
