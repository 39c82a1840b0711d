"""`secureconnect config`: what is set, whether it is right, and the reference of it all."""

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from secureconnect.ops.loading import Refusal, loaded_settings, refuse, told
from secureconnect.settings import SERVICES, missing_secrets
from secureconnect.settings import show as rows_of
from secureconnect.settings.docs import reference
from secureconnect.wiring.prepare import not_yet


def show(config: Path | None, pairs: Sequence[str], json: bool) -> int:
    """Print every setting and secret with its source."""
    try:
        loaded = loaded_settings(config, pairs)
    except Refusal as refusal:
        return refuse(refusal)
    rows = rows_of(loaded)
    if json:
        print(msgspec.json.encode(rows).decode())
        return 0
    if not sys.stdout.isatty():
        print("\n".join(f"{row.name}\t{row.value}\t{row.source}" for row in rows))
        return 0
    table = Table("setting", "value", "source", box=None, header_style="bold")
    for row in rows:
        table.add_row(row.name, row.value, row.source)
    Console().print(table)
    return 0


def check(config: Path | None, pairs: Sequence[str]) -> int:
    """Tell every fault, or that there is none."""
    try:
        loaded = loaded_settings(config, pairs)
    except Refusal as refusal:
        return refuse(refusal)
    faults = [*missing_secrets(loaded.settings, loaded.secrets, SERVICES), *not_yet(loaded.settings)]
    if faults:
        return refuse(Refusal(told(faults)))
    for warning in loaded.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    print("All settings are right.")
    return 0


def docs() -> int:
    """Print the reference of all settings as Markdown."""
    sys.stdout.write(reference())
    return 0
