"""Settings for a verb of the command line, or a list of every fault and exit code 2."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from secureconnect.edge.logs import configure
from secureconnect.settings import FaultLine, Loaded, Settings, SettingsFault, load

REFUSED = 2


class Refusal(Exception):
    """A verb cannot go on; `str()` is what the person is told, `code` the exit code."""

    def __init__(self, told: str, code: int = REFUSED) -> None:
        super().__init__(told)
        self.code = code


def loaded_settings(config: Path | None, pairs: Sequence[str]) -> Loaded:
    """Load settings from all sources and `name=value` pairs. Raises Refusal that lists every fault."""
    try:
        return load(config, os.environ, overrides_of(pairs))
    except SettingsFault as fault:
        raise Refusal(told(fault.faults)) from None


def overrides_of(pairs: Sequence[str]) -> dict[str, str]:
    """The settings that stand on the command line. Raises Refusal for what is no `name=value`."""
    overrides: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise Refusal(f"--set {pair!r} is no `name=value`.")
        overrides[name.strip()] = value
    return overrides


def data_dir_of(settings: Settings) -> Path:
    """The data folder as an absolute path."""
    return Path(settings.data_dir).absolute()


def quiet_logs() -> None:
    """Let a verb's answer stand alone: only errors are logged, on standard error."""
    configure("text", "error", sys.stderr)


def told(faults: Sequence[FaultLine]) -> str:
    """Every fault in a line of its own, under a line that counts them."""
    count = "1 setting is" if len(faults) == 1 else f"{len(faults)} settings are"
    return f"{count} not right; nothing was started:\n{SettingsFault(list(faults))}"


def refuse(refusal: Refusal) -> int:
    """Tell a refusal on standard error; returns its exit code."""
    print(f"secureconnect: {refusal}", file=sys.stderr)
    return refusal.code
