"""The data folder: whose it is, who holds it, how much room is left, and the copies from before migrations."""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from secureconnect.backends.disk import DiskSpace, disk_space
from secureconnect.ops.doctor.finding import Finding, fail, ok, size, warn
from secureconnect.ops.doctor.patient import Patient
from secureconnect.settings import Settings
from secureconnect.wiring.prepare import NETWORK_FILE_SYSTEMS, file_system_of

INODES_PERCENT_MIN = 2
ROOM_TO_SPARE = 2


class FolderState(NamedTuple):
    """The data folder's mode bits, owner, whether this user may write there, and its file system."""

    path: Path
    mode: int
    owner: int
    writable: bool
    file_system: str | None


def judge_folder(folder: FolderState, user: int) -> list[Finding]:
    """Whether the node's data is safe from others and can be written."""
    found: list[Finding] = []
    if user not in (folder.owner, 0):
        fix = f"run secureconnect as the owner of {folder.path}, or chown -R it to this user"
        found.append(fail("data_dir", f"{folder.path} belongs to user {folder.owner}, this is user {user}", fix))
    elif not folder.writable:
        fix = "give its owner the right to write there; is the disk mounted read-only?"
        found.append(fail("data_dir", f"{folder.path} cannot be written", fix))
    if folder.mode & 0o077:
        told = f"{folder.path} is open to others (mode {stat.S_IMODE(folder.mode):04o})"
        found.append(warn("data_dir", told, f"chmod 700 {folder.path}"))
    if folder.file_system in NETWORK_FILE_SYSTEMS:
        told = f"{folder.path} lies on a network file system ({folder.file_system}), where databases are not safe"
        found.append(fail("data_dir", told, "move it to a local disk and set data_dir to it"))
    return found or [ok("data_dir", f"{folder.path} is writable, for its owner alone")]


async def check_folder(patient: Patient) -> list[Finding]:
    """Rights, file system and lock of the data folder."""
    path = patient.data_dir
    if not path.exists():
        fix = "start the server once (`secureconnect serve`), or set data_dir to where the data is"
        return [warn("data_dir", f"{path} is not there yet", fix)]
    about = path.stat()
    writable = os.access(path, os.W_OK | os.X_OK)
    state = FolderState(path, about.st_mode, about.st_uid, writable, file_system_of(path.resolve()))
    return [*judge_folder(state, os.geteuid()), _lock(patient)]


def _lock(patient: Patient) -> Finding:
    if patient.holder is None:
        return warn("node", "no node of this data_dir runs", "secureconnect serve")
    pid = patient.holder.pid
    return ok("node", f"runs with process id {pid}" if pid else "runs; its process id cannot be read")


def judge_disk(space: DiskSpace, settings: Settings) -> Finding:
    """The free space against what uploads and messages need."""
    disk = settings.disk
    uploads = max(disk.upload_free_bytes_min, space.total_bytes * disk.upload_free_percent_min // 100)
    messages = disk.message_free_bytes_min
    told = f"{size(space.free_bytes)} of {size(space.total_bytes)} free"
    fix = "make room on the disk of data_dir, or move data_dir to a larger one"
    if space.free_bytes < messages:
        return fail("disk", f"{told}: messages are refused below {size(messages)}", fix)
    if space.free_bytes < uploads:
        return fail("disk", f"{told}: uploads are refused below {size(uploads)}", fix)
    if space.free_bytes < ROOM_TO_SPARE * uploads:
        return warn("disk", f"{told}: uploads are refused below {size(uploads)}, which is near", fix)
    return ok("disk", f"{told}; uploads need {size(uploads)}, messages {size(messages)}")


def judge_inodes(free: int, total: int) -> Finding | None:
    """Whether the file system can still name new files; None when it can, or does not count them."""
    if total and free * 100 < total * INODES_PERCENT_MIN:
        fix = "delete small files on that disk, or make a file system with more inodes"
        return fail("disk", f"{free} of {total} inodes are free: no files can be made soon", fix)
    return None


async def check_disk(patient: Patient) -> list[Finding]:
    """Space and inodes of the data folder's file system."""
    path = patient.data_dir
    while not path.exists():
        path = path.parent
    told = os.statvfs(path)
    inodes = judge_inodes(told.f_favail, told.f_files)
    return [judge_disk(disk_space(path), patient.settings), *([inodes] if inodes else [])]


class BeforeCopy(NamedTuple):
    """The copies that were made before one release migrated: their size, and the file that cannot be read, if any."""

    name: str
    octets: int
    damaged: str | None


def judge_copies(copies: list[BeforeCopy], free_bytes: int) -> list[Finding]:
    """Whether the way back is there, and what it costs."""
    found = [
        fail(
            "copies",
            f"before/{copy.name}/{copy.damaged} cannot be read: there is no way back to before {copy.name}",
            "keep a backup of your own, and delete that folder when this release has proved itself",
        )
        for copy in copies
        if copy.damaged
    ]
    octets = sum(copy.octets for copy in copies)
    if copies and octets > free_bytes // 2:
        told = f"{len(copies)} copies from before migrations take {size(octets)}"
        found.append(warn("copies", told, "delete folders of data_dir/before whose way back you no longer need"))
    if found or not copies:
        return found or [ok("copies", "none: nothing was migrated yet")]
    names = ", ".join(copy.name for copy in copies)
    return [ok("copies", f"from before {names}: {size(octets)}")]


async def check_copies(patient: Patient) -> list[Finding]:
    """The copies that starts made before they migrated."""
    folder = patient.data_dir / "before"
    if not folder.is_dir():
        return judge_copies([], 0)
    copies = [_copy(path) for path in sorted(folder.iterdir()) if path.is_dir()]
    return judge_copies(copies, disk_space(folder).free_bytes)


def _copy(folder: Path) -> BeforeCopy:
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    damaged = next((path.name for path in files if path.suffix == ".db" and not _opens(path)), None)
    return BeforeCopy(folder.name, sum(path.stat().st_size for path in files), damaged)


def _opens(database: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)) as driver:
            driver.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.Error:
        return False
    return True
