"""Names that operators may have from before: understood, with a warning that says the new one."""

from collections.abc import Callable, Mapping

import msgspec

from secureconnect.settings.fields import fields

OLD_SECRETS: dict[str, str] = {
    "JWT_SECRET": "jwt_secret",
    "DB_PASSWORD": "db_password",
    "MINIO_ACCESS_KEY": "minio_access_key",
    "MINIO_SECRET_KEY": "minio_secret_key",
    "REDIS_PASSWORD": "redis_password",
    "CASSANDRA_USER": "cassandra_user",
    "CASSANDRA_PASSWORD": "cassandra_password",
    "FIREBASE_CREDENTIALS": "firebase_credentials",
}


def _database(host: str) -> str:
    return host if "://" in host else f"cockroachdb://{_with_port(host, 26257)}/secureconnect"


def _store(endpoint: str) -> str:
    return endpoint if "://" in endpoint else f"http://{endpoint}"


def _bus(host: str) -> str:
    return host if "://" in host else f"redis://{_with_port(host, 6379)}/0"


def _log(hosts: str) -> str:
    names = [host.strip() for host in hosts.split(",")]
    return f"cassandra://{','.join(_with_port(name, 9042) for name in names)}/secureconnect"


def _same(text: str) -> str:
    return text


def _with_port(host: str, port: int) -> str:
    return host if ":" in host else f"{host}:{port}"


OLD_SETTINGS: dict[str, tuple[str, Callable[[str], str]]] = {
    "COCKROACH_HOST": ("sql.url", _database),
    "MINIO_ENDPOINT": ("s3.endpoint", _store),
    "REDIS_HOST": ("redis.url", _bus),
    "CASSANDRA_HOST": ("log.url", _log),
    "CASSANDRA_HOSTS": ("log.url", _log),
    "FIREBASE_PROJECT_ID": ("firebase.project_id", _same),
}


class OldName(msgspec.Struct, frozen=True):
    """An old name found in the environment, and the setting or secret that it means today."""

    variable: str
    now: str
    by_file: bool
    secret: bool

    @property
    def warning(self) -> str:
        """The sentence that names the new one."""
        new = f"SECURECONNECT_{self.now.upper()}" if self.secret else fields()[self.now].environment
        return f"{self.variable} is an old name of {self.now}: use {new}{'_FILE' if self.by_file else ''} instead."


def old_names(environ: Mapping[str, str]) -> list[OldName]:
    """The old names that stand in the environment, those with _FILE after those without."""
    known = {name: (now, True) for name, now in OLD_SECRETS.items()}
    known |= {name: (now, False) for name, (now, _) in OLD_SETTINGS.items()}
    return [
        OldName(name + ending, now, bool(ending), secret)
        for ending in ("", "_FILE")
        for name, (now, secret) in known.items()
        if name + ending in environ
    ]


def translate(variable: str, text: str) -> str:
    """The text of an old setting (its variable without _FILE) in the form that the new one takes."""
    return OLD_SETTINGS[variable][1](text.strip()) if text.strip() else ""
