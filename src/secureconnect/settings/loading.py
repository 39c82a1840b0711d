"""Loads the settings and secrets from all their sources, or names every fault at once."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from secureconnect.kit.crashpoints import ENVIRONMENT_NAME as CRASHPOINTS
from secureconnect.kit.secret import HIDDEN, Secret
from secureconnect.settings.check import cross_faults, cross_warnings
from secureconnect.settings.faults import FaultLine, SettingsFault
from secureconnect.settings.fields import fields
from secureconnect.settings.old_names import old_names
from secureconnect.settings.schema import Settings
from secureconnect.settings.secrets import SECRETS, find_secrets
from secureconnect.settings.sources import gather

RUN_SECRETS = Path("/run/secrets")


class Loaded(msgspec.Struct, frozen=True):
    """The settings, the secrets that were found, where each value came from, and what should be said at the start."""

    settings: Settings
    secrets: dict[str, Secret]
    sources: dict[str, str]
    warnings: list[str]


class Row(msgspec.Struct, frozen=True):
    """One line of what is in force: the name, the value as text (a secret hidden), and its source."""

    name: str
    value: str
    source: str


def load(
    config_path: Path | None,
    environ: Mapping[str, str],
    overrides: Mapping[str, str],
    run_secrets: Path = RUN_SECRETS,
) -> Loaded:
    """Read everything; raises SettingsFault with all faults. Without `config_path`, `secureconnect.toml` here is read.

    `overrides` are dotted names with texts, from the command line. Nothing is written.
    """
    old = old_names(environ)
    gathered = gather(config_path, environ, old, run_secrets, overrides)
    settings = _build(gathered.values)
    found = find_secrets(
        environ, old, run_secrets, Path(settings.data_dir), production=settings.profile == "production"
    )
    faults = [*gathered.faults, *found.faults]
    faults += cross_faults(settings, gathered.sources, {fault.setting for fault in gathered.faults})
    if CRASHPOINTS in environ and settings.profile == "production":
        faults.append(
            FaultLine(CRASHPOINTS, "environment", "is refused in production: it is for tests", "leave it out")
        )
    if faults:
        raise SettingsFault(faults)
    sources = dict.fromkeys(fields(), "default") | gathered.sources | found.sources
    warnings = [*gathered.warnings, *found.warnings, *cross_warnings(settings)]
    return Loaded(settings, found.secrets, sources, warnings)


def show(loaded: Loaded) -> list[Row]:
    """Every setting and secret that is in force, secrets hidden, with the source of each."""
    rows = [Row(name, as_text(_value(loaded.settings, name)), loaded.sources[name]) for name in fields()]
    for name in SECRETS:
        there = name in loaded.secrets
        rows.append(Row(name, HIDDEN if there else "none", loaded.sources[name] if there else "nowhere"))
    return rows


def as_text(value: object) -> str:
    """A setting's value as one would write it in the environment."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return msgspec.json.encode(value).decode()
    if isinstance(value, float):
        return f"{value:.15g}"
    return "none" if value is None else str(value)


def _build(values: Mapping[str, object]) -> Settings:
    tree: dict[str, object] = {}
    sections: dict[str, dict[str, object]] = {}
    for name, value in values.items():
        section, dot, key = name.partition(".")
        if dot:
            sections.setdefault(section, {})[key] = value
        else:
            tree[name] = value
    return msgspec.convert(tree | sections, Settings)


def _value(settings: Settings, name: str) -> object:
    value: object = settings
    for part in name.split("."):
        value = getattr(value, part)
    return value
