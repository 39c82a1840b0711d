"""The machine: its clocks, and how many files and sockets a process may hold open."""

import asyncio
import resource
from datetime import UTC, datetime
from pathlib import Path

from secureconnect.kit.clock import Clock, SystemClock
from secureconnect.ops.doctor.finding import Finding, fail, ok, warn
from secureconnect.ops.doctor.patient import Patient
from secureconnect.ops.serving import FILES_BESIDE_SOCKETS

YEAR_MIN = 2025
YEAR_MAX = 2100
SAMPLE_S = 0.25
JUMP_MS_MAX = 50
AHEAD_S_MAX = 60
SET_CLOCK = "set the clock and let a time service keep it (timedatectl set-ntp true)"


def judge_clock(now_ms: int, drift_ms: float, newest_s: float) -> Finding:
    """The wall clock: its year, how it went against the monotonic one in a sample, and whether data is newer than now.

    `newest_s` is when the newest file of the data folder was written (seconds since 1970; 0 for none).
    """
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    if not YEAR_MIN <= now.year <= YEAR_MAX:
        return fail("clock", f"the clock says {now:%Y-%m-%d}: tokens and certificates cannot hold", SET_CLOCK)
    ahead_s = newest_s - now_ms / 1000
    if ahead_s > AHEAD_S_MAX:
        return fail("clock", f"data was written {ahead_s:.0f} s after now: the clock was set back", SET_CLOCK)
    if abs(drift_ms) > JUMP_MS_MAX:
        return warn("clock", f"the clock moved {drift_ms:+.0f} ms against the steady one within a moment", SET_CLOCK)
    return ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC, and it goes evenly")


async def check_clock(patient: Patient) -> list[Finding]:
    """The wall clock of this machine."""
    clock = SystemClock()
    drift_ms = await _drift_ms(clock)
    return [judge_clock(clock.now_ms(), drift_ms, _newest_s(patient.data_dir))]


async def _drift_ms(clock: Clock) -> float:
    wall_ms, steady_s = clock.now_ms(), clock.monotonic_s()
    await asyncio.sleep(SAMPLE_S)
    return (clock.now_ms() - wall_ms) - (clock.monotonic_s() - steady_s) * 1000


def _newest_s(folder: Path) -> float:
    try:
        return max((path.stat().st_mtime for path in folder.iterdir() if path.is_file()), default=0.0)
    except OSError:
        return 0.0


def judge_files(allowed: int, sockets_max: int, whose: str) -> Finding:
    """How many files a process may open against the sockets it is set to hold: each takes one, relayed ones two."""
    wanted = sockets_max + FILES_BESIDE_SOCKETS
    if allowed < wanted:
        told = f"{whose} may open {allowed} files, limits.sockets_max asks for {wanted}"
        fix = f"raise it (systemd: LimitNOFILE={wanted}; a shell: ulimit -n {wanted}), or lower limits.sockets_max"
        return warn("open files", told, fix)
    return ok("open files", f"{whose} may open {allowed}")


async def check_files(patient: Patient) -> list[Finding]:
    """The limit of open files: the running node's where it can be read, else this process's."""
    sockets_max = patient.settings.limits.sockets_max
    pid = patient.holder.pid if patient.holder is not None else None
    allowed = allowed_files(Path(f"/proc/{pid}/limits")) if pid is not None else None
    if allowed is not None:
        return [judge_files(allowed, sockets_max, "the node")]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]  # A start raises its own limit so far.
    allowed = 2**31 if hard == resource.RLIM_INFINITY else hard
    return [judge_files(allowed, sockets_max, "a node started here")]


def allowed_files(limits: Path) -> int | None:
    """The soft limit of open files in a process's table of limits; None when it cannot be read."""
    try:
        rows = limits.read_text().splitlines()
    except OSError:
        return None
    for row in rows:
        if row.startswith("Max open files"):
            soft = row.removeprefix("Max open files").split()[0]
            return int(soft) if soft.isdigit() else 2**31
    return None
