"""The command line: `secureconnect <verb>`."""

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Group, Parameter

from secureconnect import __version__

ServiceName = Literal["gateway", "auth", "chat", "video", "storage"]
Config = Annotated[Path | None, Parameter(help="The settings file; without it `secureconnect.toml` here is read.")]
Set = Annotated[
    tuple[str, ...],
    Parameter(name="--set", help="A setting as `name=value`, over all other sources; may be given again."),
]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]

app = App(
    name="secureconnect",
    help="Self-hosted messaging, calls and files.",
    version=__version__,
    help_format="plaintext",
    group_commands=Group("Verbs", sort_key=0),
)


@app.command
def serve(*services: ServiceName, config: Config = None, set_: Set = ()) -> int:
    """Run the services named, or all five, until SIGTERM or Ctrl-C.

    Exit codes: 0 stopped as asked, 2 could not start (the reason is printed).
    """
    from secureconnect.ops.serving import serve as run

    return run(tuple(dict.fromkeys(services)), config, set_)


@app.command
def migrate(config: Config = None, set_: Set = (), *, check: bool = False) -> int:
    """Bring the databases up to date while no node runs; `--check` only tells what is waiting (exit code 1)."""
    from secureconnect.ops.migrating import migrate as run

    return run(config, set_, check)


settings = App(name="config", help="What is set, and where it comes from.")
app.command(settings)


@settings.command
def show(config: Config = None, set_: Set = (), *, json: Json = False) -> int:
    """Every setting in force with its source; secrets are hidden."""
    from secureconnect.ops.configuring import show as run

    return run(config, set_, json)


@settings.command
def check(config: Config = None, set_: Set = ()) -> int:
    """Check all settings and secrets; every fault is listed (exit code 2)."""
    from secureconnect.ops.configuring import check as run

    return run(config, set_)


@settings.command
def docs() -> int:
    """The reference of all settings, as Markdown."""
    from secureconnect.ops.configuring import docs as run

    return run()


keys = App(name="keys", help="The keys of this deployment.")
app.command(keys)


@keys.command(name="services")
def keys_services(*, out: Path = Path("keys")) -> int:
    """Make a key for each service of a split deployment, and the file of their public keys."""
    from secureconnect.ops.keys import services as run

    return run(out)


def main() -> None:
    """The entry point of the `secureconnect` command."""
    result = app(sys.argv[1:], exit_on_error=True, print_error=True)
    raise SystemExit(result if isinstance(result, int) else 0)
