"""The files of the secrets: for their owner's eyes alone, and not older than a key should be."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from secureconnect.ops.doctor.finding import Finding, Level, fail, ok, warn
from secureconnect.ops.doctor.patient import Patient
from secureconnect.settings import SECRETS
from secureconnect.wiring.prepare import secret_file

CHECK = "secrets"
DAY_S = 86_400
KEY_DAYS_MAX = 365
ROTATED = frozenset({"jwt_secret"})


class SecretFile(NamedTuple):
    """A file that holds a secret: its mode bits, its owner, and when it was written (seconds since 1970)."""

    name: str
    path: Path
    mode: int
    owner: int
    written_s: float


def judge(file: SecretFile, user: int, now_s: float, *, production: bool) -> Finding | None:
    """What is wrong with one file; None when nothing is. Root reads everything, so an owner is only asked of others."""
    # A file of another owner (an orchestrator's, readable by our group) is judged by "everybody" alone.
    if file.mode & (0o077 if file.owner == user else 0o007):
        told = f"{file.path} can be read by others (mode {stat.S_IMODE(file.mode):04o})"
        return (fail if production else warn)(CHECK, told, f"chmod 600 {file.path}")
    days = (now_s - file.written_s) / DAY_S
    if file.name in ROTATED and days > KEY_DAYS_MAX:
        return warn(CHECK, f"{file.name} is {days:.0f} days old", "secureconnect keys rotate")
    return None


def judge_folder(path: Path, mode: int, owner: int, user: int) -> Finding | None:
    """What is wrong with the folder of the secrets that a first start made."""
    if mode & 0o077 and owner == user:
        return warn(CHECK, f"{path} is open to others (mode {stat.S_IMODE(mode):04o})", f"chmod 700 {path}")
    return None


async def check_secret_files(patient: Patient) -> list[Finding]:
    """Every file that a secret stands in."""
    now_s, user = patient.now_s, os.geteuid()
    production = patient.settings.profile == "production"
    folder = patient.data_dir / "secrets"
    found: list[Finding] = []
    try:
        files = list(_files(patient, folder))
        if folder.is_dir():
            about = folder.stat()
            found += [one for one in [judge_folder(folder, about.st_mode, about.st_uid, user)] if one]
    except PermissionError as error:
        fix = f"run doctor as the user who runs the node (the owner of {patient.data_dir})"
        return [fail(CHECK, f"{error.filename} cannot be looked at", fix)]
    found += [one for file in files if (one := judge(file, user, now_s, production=production))]
    if any(one.level is not Level.OK for one in found):
        return found
    if not files:
        return [ok(CHECK, "none yet; the first start makes what it needs")]
    oldest = max((now_s - file.written_s) / DAY_S for file in files)
    return [ok(CHECK, f"{len(files)} files, readable by their owner alone, the oldest {oldest:.0f} days old")]


def _files(patient: Patient, folder: Path) -> Iterable[SecretFile]:
    paths = {path.name: path for path in folder.iterdir()} if folder.is_dir() else {}
    for name in SECRETS:
        if name in patient.loaded.secrets and (path := secret_file(patient.loaded, name)) is not None:
            paths[name] = path
    for name, path in sorted(paths.items()):
        if path.is_file():
            about = path.stat()
            yield SecretFile(name, path, about.st_mode, about.st_uid, about.st_mtime)
