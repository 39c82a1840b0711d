"""Gathers the settings from their sources, the later one winning, and keeps where each came from."""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import cast

import msgspec

from secureconnect.kit.crashpoints import ENVIRONMENT_NAME as CRASHPOINTS
from secureconnect.settings.faults import FaultLine, WrongValue, printable
from secureconnect.settings.fields import PREFIX, Field, fields
from secureconnect.settings.files import names_in, read_file, read_named, shown_path
from secureconnect.settings.old_names import OldName, translate
from secureconnect.settings.secrets import SECRETS
from secureconnect.settings.values import check, parse

CONFIG = Path("secureconnect.toml")
CONFIG_BYTES_MAX = 1024 * 1024
LINKED = re.compile(r"PORT(_\d+_(TCP|UDP)(_\w+)?)?|SERVICE_(HOST|PORT)(_\w+)?")


class Gathered(msgspec.Struct):
    """The values that were given, where each came from, what is wrong and what should be said."""

    values: dict[str, object] = msgspec.field(default_factory=dict[str, object])
    sources: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    faults: list[FaultLine] = msgspec.field(default_factory=list[FaultLine])
    warnings: list[str] = msgspec.field(default_factory=list[str])

    def take(self, field: Field, source: str, read: Callable[[], object]) -> None:
        """Keep what `read` gives for the setting, or the fault it raises."""
        try:
            self.values[field.name] = read()
            self.sources[field.name] = source
        except WrongValue as fault:
            self.fault(field.name, source, str(fault), fault.fix or f"give {field.expected}, or leave it out")

    def fault(self, name: str, source: str, wrong: str, fix: str) -> None:
        """Note a fault."""
        self.faults.append(FaultLine(name, source, wrong, fix))


def gather(
    config_path: Path | None,
    environ: Mapping[str, str],
    old: list[OldName],
    run_secrets: Path,
    overrides: Mapping[str, str],
) -> Gathered:
    """Read the TOML file, the environment (old names first), the files it names, the run secrets, the command line."""
    gathered = Gathered()
    _from_config(config_path, gathered)
    _from_old_names(environ, old, gathered)
    _from_environment(environ, gathered)
    _from_run_secrets(run_secrets, gathered)
    _from_overrides(overrides, gathered)
    return gathered


def _from_config(config_path: Path | None, gathered: Gathered) -> None:
    path = config_path or CONFIG
    if config_path is None and not path.exists():
        return
    try:
        table = tomllib.loads(read_file(path, CONFIG_BYTES_MAX).text)
    except WrongValue as fault:
        gathered.fault("the file of settings", str(path), str(fault), "give a TOML file that can be read")
        return
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        place = re.search(r"\(at [^()]*\)", str(fault))
        gathered.fault("the file of settings", str(path), f"is no TOML {place[0] if place else ''}".strip(), "mend it")
        return
    sections = {name.partition(".")[0] for name in fields() if "." in name}
    for name, value in _flat(table, sections):
        field = fields().get(name)
        if field:
            gathered.take(field, str(path), lambda field=field, value=value: check(field, value))
        elif name in sections:
            gathered.fault(name, str(path), "is a section, not a value", f"write [{name}] and its settings below it")
        else:
            _unknown(name, str(path), [*fields(), *sections], gathered)


def _flat(table: dict[str, object], sections: set[str]) -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if key in sections and isinstance(value, dict):
            yield from ((f"{key}.{inner}", one) for inner, one in cast("dict[str, object]", value).items())
        else:
            yield key, value


def _from_old_names(environ: Mapping[str, str], old: list[OldName], gathered: Gathered) -> None:
    for name in old:
        gathered.warnings.append(name.warning)
        if not name.secret:
            _take_old(name, environ[name.variable], gathered)


def _take_old(name: OldName, given: str, gathered: Gathered) -> None:
    field = fields()[name.now]
    source = f"{name.variable} = {shown_path(given)}" if name.by_file else f"environment {name.variable}"

    def read() -> object:
        text = read_named(given).text if name.by_file else given
        return parse(field, translate(name.variable.removesuffix("_FILE"), text))

    gathered.take(field, source, read)


def _from_environment(environ: Mapping[str, str], gathered: Gathered) -> None:
    plain = {field.environment: field for field in fields().values()}
    by_file = {f"{variable}_FILE": field for variable, field in plain.items()}
    secret = {spec.environment for spec in SECRETS.values()}
    secret |= {f"{variable}_FILE" for variable in secret}
    for variable in sorted(name for name in environ if name.startswith(PREFIX)):
        if variable in secret or variable in plain or variable in by_file or variable == CRASHPOINTS:
            continue
        if LINKED.search(variable) and environ[variable].startswith(("tcp://", "udp://")):
            fix = "Kubernetes put it there: set enableServiceLinks to false"
            gathered.fault(variable, "environment", "is no setting", fix)
        else:
            _unknown(variable, "environment", [*plain, *secret], gathered)
    for variable, field in plain.items():
        if variable in environ:
            gathered.take(
                field, f"environment {variable}", lambda field=field, text=environ[variable]: parse(field, text)
            )
    for variable, field in by_file.items():
        if variable in environ:
            source = f"{variable} = {shown_path(environ[variable])}"
            _take_file(field, source, environ[variable], gathered)


def _from_run_secrets(run_secrets: Path, gathered: Gathered) -> None:
    try:
        names = names_in(run_secrets)
    except WrongValue:
        return  # The secrets, which stand in the same folder, name this fault.
    for field in fields().values():
        if field.name in names:
            _take_file(field, str(run_secrets / field.name), str(run_secrets / field.name), gathered)


def _from_overrides(overrides: Mapping[str, str], gathered: Gathered) -> None:
    for name, text in overrides.items():
        field = fields().get(name)
        if field:
            gathered.take(field, "command line", lambda field=field, text=text: parse(field, text))
        else:
            _unknown(name, "command line", list(fields()), gathered)


def _take_file(field: Field, source: str, path: str, gathered: Gathered) -> None:
    gathered.take(field, source, lambda: parse(field, read_named(path).text))


def _unknown(name: str, source: str, known: list[str], gathered: Gathered) -> None:
    if name in SECRETS:
        fix = f"put it into a file and name that in {SECRETS[name].environment}_FILE"
        gathered.fault(name, source, "is a secret, which may not stand here", fix)
        return
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    fix = f"did you mean {near[0]}?" if near else "see `secureconnect config docs` for all of them"
    gathered.fault(printable(name), source, "is no setting", fix)
