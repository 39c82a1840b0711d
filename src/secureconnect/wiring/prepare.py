"""Before anything is built: the data folder held, secrets made, databases brought up to date."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

import secureconnect.backends.log
import secureconnect.services
from secureconnect import __version__
from secureconnect.backends.peers.tokens import public_key_pem
from secureconnect.backends.sql.pending import MigrationPlan, pending
from secureconnect.kit.clock import SystemClock
from secureconnect.kit.ids import Ids
from secureconnect.kit.lock import FolderLock
from secureconnect.kit.secret import Secret
from secureconnect.settings import SECRETS, SERVICES, Loaded, Settings, SettingsFault, missing_secrets
from secureconnect.settings.faults import FaultLine, WrongValue
from secureconnect.settings.made import OPERATOR_KEY, make_missing, write_secret
from secureconnect.settings.secrets import usable

WITH_DATABASE = ("auth", "chat", "video", "storage")
NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "ceph", "glusterfs"})
NOT_YET = ("sql.url", "log.url", "redis.url", "s3.endpoint", "livekit.url", "firebase.project_id")


@dataclass(frozen=True)
class Migrations:
    """The plans that a start ran, and where the copies from before stand (None when there was nothing to copy)."""

    names: tuple[str, ...] = ()
    copies: Path | None = None


@dataclass(frozen=True)
class Prepared:
    """A data folder that is held, with the secrets that stand and the migrations that ran."""

    loaded: Loaded
    services: tuple[str, ...]
    data_dir: Path
    secrets: Mapping[str, Secret]
    lock: FolderLock
    migrated: Migrations
    incarnation: str

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.loaded.settings


def prepare(loaded: Loaded, services: tuple[str, ...] = SERVICES, *, migrate: bool = True) -> Prepared:
    """Hold the data folder, make the secrets that are missing, and bring the databases up to date.

    Raises SettingsFault, FolderLocked, OSError, SchemaTooNew, NoRoomToMigrate, MigrationFailed; nothing is held then.
    """
    settings = loaded.settings
    faults = [*missing_secrets(settings, loaded.secrets, services), *not_yet(settings)]
    data_dir = Path(settings.data_dir).absolute()
    network = file_system_of(data_dir.resolve())
    if network in NETWORK_FILE_SYSTEMS:
        wrong = f"lies on a network file system ({network}), where a database cannot be kept safe"
        faults.append(FaultLine("data_dir", loaded.sources["data_dir"], wrong, "choose a folder on a local disk"))
    if faults:
        raise SettingsFault(faults)
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FolderLock(data_dir)
    lock.take()
    try:
        found = make_missing(data_dir, loaded.secrets, services)
        migrated = _migrate(data_dir, services) if migrate else Migrations()
        return Prepared(loaded, services, data_dir, found, lock, migrated, _incarnation(data_dir))
    except BaseException:
        lock.release()
        raise


def _migrate(data_dir: Path, services: tuple[str, ...]) -> Migrations:
    wanted = plans(data_dir, services)
    if not pending(wanted):
        return Migrations()
    # What runs migrations is loaded only where there is something to run: it is a fifth of a start.
    from secureconnect.backends.sql.migrate import migrate_all

    report = migrate_all(wanted, data_dir, __version__)
    return Migrations(tuple(done.plan.name for done in report.migrated), report.copies)


def plans(data_dir: Path, services: tuple[str, ...] = SERVICES) -> list[MigrationPlan]:
    """Which database gets which migrations."""
    scripts = Path(secureconnect.services.__file__).parent
    found = [
        MigrationPlan(name, data_dir / f"{name}.db", scripts / name / "migrations")
        for name in WITH_DATABASE
        if name in services
    ]
    if "chat" in services:
        log_scripts = Path(secureconnect.backends.log.__file__).parent / "migrations"
        found.insert(0, MigrationPlan("log", data_dir / "chat.db", log_scripts, "log_schema"))
    return found


def waiting_migrations(data_dir: Path) -> list[str]:
    """The names of the plans that a start would run."""
    return [plan.name for plan in pending(plans(data_dir))]


def service_keys(prepared: Prepared) -> dict[str, str]:
    """The public key (PEM) of each service that may ask, and of the operator of this machine.

    Raises SettingsFault when the file of `node.service_keys` cannot be used.
    """
    keys = {"operator": public_key_pem(prepared.secrets[OPERATOR_KEY].reveal())}
    for name in prepared.services:
        keys[name] = public_key_pem(prepared.secrets[f"service_key_{name}"].reveal())
    named = prepared.settings.node.service_keys
    if named is not None:
        keys |= _keys_of(Path(named), prepared.loaded.sources["node.service_keys"])
    return keys


class _KeyFile(msgspec.Struct):
    """A JWK set; what its keys must be, joserfc says."""

    keys: list[dict[str, Any]]


def _keys_of(path: Path, source: str) -> dict[str, str]:
    try:
        named = msgspec.json.decode(path.read_bytes(), type=_KeyFile)
        found = KeySet.import_key_set({"keys": named.keys}).keys
        return {str(key.kid): key.as_pem(private=False).decode() for key in found if isinstance(key, ECKey)}
    except (OSError, ValueError, KeyError, JoseError, msgspec.MsgspecError) as error:
        wrong = f"names {path}, which is no JWK set that can be read ({type(error).__name__})"
        fix = "make it with `secureconnect keys services`"
        raise SettingsFault([FaultLine("node.service_keys", source, wrong, fix)]) from error


def fresh_secret(prepared: Prepared, name: str) -> str | None:
    """A secret as it stands now: one that stands in a file is read anew, so that a rotation needs no restart."""
    path = secret_file(prepared.loaded, name)
    if path is not None:
        try:
            return usable(SECRETS[name], path.read_text())
        except (OSError, UnicodeDecodeError, WrongValue):
            pass
    found = prepared.secrets.get(name)
    return None if found is None else found.reveal()


def secret_file(loaded: Loaded, name: str) -> Path | None:
    """The file that a secret is read from, that of `data_dir` where it was given nowhere; None when it stands in the
    environment itself, or the path of its file is not known."""
    if name not in loaded.secrets:
        return Path(loaded.settings.data_dir).absolute() / "secrets" / name
    _, _, path = loaded.sources[name].rpartition(" = ")
    return Path(path).absolute() if "/" in path else None


def file_system_of(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> str | None:
    """The type of the file system that holds a folder, None where it cannot be known."""
    best, kind = "", None
    try:
        rows = mounts.read_text().splitlines()
    except OSError:
        return None
    for row in rows:
        _, point, row_kind, *_ = row.split(" ")
        point = point.replace("\\040", " ")
        if len(point) >= len(best) and (folder == Path(point) or Path(point) in folder.parents):
            best, kind = point, row_kind
    return kind


def not_yet(settings: Settings) -> list[FaultLine]:
    """The settings that choose a backend which this version does not have."""
    faults: list[FaultLine] = []
    for name in NOT_YET:
        section, _, key = name.partition(".")
        if getattr(getattr(settings, section), key) is not None:
            wrong = "names a backend that this version does not have yet"
            faults.append(FaultLine(name, "settings", wrong, "leave it out: the embedded one is used"))
    return faults


def _incarnation(data_dir: Path) -> str:
    path = data_dir / "incarnation"
    if not path.exists():
        write_secret(path, Ids(SystemClock()).new() + "\n")
    return path.read_text().strip()
