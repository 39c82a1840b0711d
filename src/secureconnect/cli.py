"""The command line: `secureconnect <verb>`."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Group, Parameter, validators

from secureconnect import __version__

ServiceName = Literal["gateway", "auth", "chat", "video", "storage"]
Config = Annotated[Path | None, Parameter(help="The settings file; without it `secureconnect.toml` here is read.")]
Set = Annotated[
    tuple[str, ...],
    Parameter(
        name="--set",
        negative="",
        show_default=False,
        help="A setting as `name=value`, over all other sources; may be given again.",
    ),
]
Json = Annotated[bool, Parameter(name="--json", negative="", show_default=False, help="Print JSON.")]
User = Annotated[str, Parameter(help="The username, or the account's id.")]
Flag = Parameter(negative="", show_default=False)
Limit = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=1_000_000), help="How many at most.")]

app = App(
    name="secureconnect",
    help="Self-hosted messaging, calls and files.",
    version=__version__,
    help_format="plaintext",
    group_commands=Group("Verbs", sort_key=0),
)
settings = App(name="config", help="What is set, and where it comes from.")
keys = App(name="keys", help="The keys of this deployment.")
user = App(name="user", help="The accounts of this deployment.")
audit = App(name="audit", help="What administrators and operators did.")
mail = App(name="mail", help="Letters to people.")
for group in (settings, keys, user, audit, mail):
    app.command(group)


@app.command
def serve(*services: ServiceName, config: Config = None, set_: Set = ()) -> int:
    """Run the services named, or all five, until SIGTERM or Ctrl-C.

    Exit codes: 0 stopped as asked, 2 could not start (the reason is printed).
    """
    from secureconnect.ops.serving import serve as run

    return run(tuple(dict.fromkeys(services)), config, set_)


@app.command
def migrate(*, check: Annotated[bool, Flag] = False, config: Config = None, set_: Set = ()) -> int:
    """Bring the databases up to date while no node runs.

    Parameters
    ----------
    check
        Only tell what is waiting; exit code 1 when something is.
    """
    from secureconnect.ops.migrating import migrate as run

    return run(config, set_, check)


@app.command
def doctor(
    *,
    data: Annotated[bool, Flag] = False,
    repair: Annotated[bool, Flag] = False,
    json: Json = False,
    config: Config = None,
    set_: Set = (),
) -> int:
    """Look at the whole deployment: a line for each thing, ok, warn or fail, and what mends it.

    Exit codes: 0 nothing failed, 1 something did, 2 it could not be looked at.

    Parameters
    ----------
    data
        Compare what is stored with the log and the files with their bytes; no node may run.
    repair
        The same, and mend what can be mended.
    """
    from secureconnect.ops.doctor.examining import doctor as run

    return run(config, set_, json=json, data=data, repair=repair)


@app.command
def openapi(
    *,
    out: Annotated[Path | None, Parameter(help="Write it to this file.")] = None,
    config: Config = None,
    set_: Set = (),
) -> int:
    """Print the API document of all five services (OpenAPI 3.1); nothing needs to run."""
    from secureconnect.ops.documents import openapi as run

    return run(config, set_, out)


@settings.command
def show(*, json: Json = False, config: Config = None, set_: Set = ()) -> int:
    """Every setting in force with its source; secrets are hidden."""
    from secureconnect.ops.configuring import show as run

    return run(config, set_, json)


@settings.command
def check(*, config: Config = None, set_: Set = ()) -> int:
    """Check all settings and secrets; every fault is listed (exit code 2)."""
    from secureconnect.ops.configuring import check as run

    return run(config, set_)


@settings.command
def docs() -> int:
    """The reference of all settings, as Markdown."""
    from secureconnect.ops.configuring import docs as run

    return run()


@keys.command(name="services")
def keys_services(
    *, out: Annotated[Path, Parameter(help="The folder that they are written to.")] = Path("keys")
) -> int:
    """Make a key for each service of a split deployment, and the file of their public keys."""
    from secureconnect.ops.keys import services as run

    return run(out)


@keys.command(name="rotate")
def keys_rotate(*, config: Config = None, set_: Set = ()) -> int:
    """Sign access tokens with a new key from now on; nobody is signed out, nothing is restarted."""
    from secureconnect.ops.keys import rotate as run

    return run(_source(config, set_))


@user.command(name="list")
def user_list(
    *,
    query: Annotated[str | None, Parameter(help="The beginning of a name or address.")] = None,
    limit: Limit = 200,
    json: Json = False,
    config: Config = None,
    set_: Set = (),
) -> int:
    """List accounts, newest first."""
    from secureconnect.ops.users import list_users as run

    return run(_source(config, set_), query, limit, json=json)


@user.command(name="create")
def user_create(
    username: Annotated[str, Parameter(help="The name to sign in by.")],
    /,
    *,
    display_name: Annotated[str | None, Parameter(help="The name that others see.")] = None,
    email: Annotated[str | None, Parameter(help="A mail address, taken as theirs on your word.")] = None,
    admin: Annotated[bool, Parameter(negative="", show_default=False, help="Make an administrator.")] = False,
    password_file: Annotated[
        Path | None, Parameter(allow_leading_hyphen=True, help="Holds the password alone; - is standard input.")
    ] = None,
    link: Annotated[
        bool, Parameter(negative="", show_default=False, help="Print a one-time link that sets the password.")
    ] = False,
    json: Json = False,
    config: Config = None,
    set_: Set = (),
) -> int:
    """Make an account; its password is asked for on the terminal, read from a file, or set by a one-time link."""
    from secureconnect.contracts.operator import NewUser
    from secureconnect.ops.users import create as run

    wanted = NewUser(username, display_name, email, admin)
    return run(_source(config, set_), wanted, password_file, link=link, json=json)


@user.command(name="import")
def user_import(
    file: Annotated[Path, Parameter(help="The CSV file, in UTF-8.")],
    /,
    *,
    out: Annotated[Path | None, Parameter(help="A new file for the one-time links (mode 0600).")] = None,
    check: Annotated[
        bool, Parameter(negative="", show_default=False, help="Only check the file; nothing is changed.")
    ] = False,
    show_links: Annotated[
        bool, Parameter(negative="", show_default=False, help="Print the one-time links here.")
    ] = False,
    skip_existing: Annotated[
        bool, Parameter(negative="", show_default=False, help="Pass over names that are taken.")
    ] = False,
    json: Json = False,
    config: Config = None,
    set_: Set = (),
) -> int:
    """Make many accounts from a CSV file with the columns username, display_name, email, admin.

    Every row is checked first; nothing is made while one is not right (exit code 1).
    """
    from secureconnect.ops.importing import import_users as run

    return run(
        _source(config, set_), file, out, check=check, show_links=show_links, skip_existing=skip_existing, json=json
    )


@user.command(name="disable")
def user_disable(user: User, /, *, json: Json = False, config: Config = None, set_: Set = ()) -> int:
    """Lock an account out at once; its messages stay, and `enable` takes it back."""
    return _change(user, "{} is disabled and signed out everywhere.", config, set_, json=json, disabled=True)


@user.command(name="enable")
def user_enable(user: User, /, *, json: Json = False, config: Config = None, set_: Set = ()) -> int:
    """Let a disabled account in again."""
    return _change(user, "{} may sign in again.", config, set_, json=json, disabled=False)


@user.command(name="set-admin")
def user_set_admin(
    user: User,
    /,
    *,
    off: Annotated[bool, Parameter(negative="", show_default=False, help="Take the role away.")] = False,
    json: Json = False,
    config: Config = None,
    set_: Set = (),
) -> int:
    """Make an account an administrator, or with `--off` an ordinary one."""
    told = "{} is an ordinary account now." if off else "{} is an administrator now."
    return _change(user, told, config, set_, json=json, admin=not off)


@user.command(name="end-sessions")
def user_end_sessions(user: User, /, *, json: Json = False, config: Config = None, set_: Set = ()) -> int:
    """Sign somebody out everywhere."""
    from secureconnect.ops.users import end_sessions as run

    return run(_source(config, set_), user, json=json)


@user.command(name="reset-link")
def user_reset_link(user: User, /, *, json: Json = False, config: Config = None, set_: Set = ()) -> int:
    """Print a one-time link by which somebody sets a password anew."""
    from secureconnect.ops.users import reset_link as run

    return run(_source(config, set_), user, json=json)


@user.command(name="delete")
def user_delete(
    user: User,
    /,
    *,
    delete_messages: Annotated[
        bool, Parameter(negative="", show_default=False, help="Delete what it wrote, too.")
    ] = False,
    yes: Annotated[bool, Parameter(negative="", show_default=False, help="Do not ask for the name again.")] = False,
    config: Config = None,
    set_: Set = (),
) -> int:
    """Close an account for ever; its name is never given again."""
    from secureconnect.ops.users import delete as run

    return run(_source(config, set_), user, delete_messages=delete_messages, yes=yes)


@audit.command(name="tail")
def audit_tail(
    *,
    limit: Limit = 50,
    json: Json = False,
    config: Config = None,
    set_: Set = (),
) -> int:
    """Print the last acts of administrators and operators, the newest at the end."""
    from secureconnect.ops.audit import tail as run

    return run(_source(config, set_), limit, json=json)


@mail.command(name="test")
def mail_test(
    to: Annotated[str, Parameter(help="The address that it goes to.")], /, *, config: Config = None, set_: Set = ()
) -> int:
    """Send one letter, to see whether mail works."""
    from secureconnect.ops.letters import test_mail as run

    return run(_source(config, set_), to)


def _change(user: str, told: str, config: Path | None, pairs: tuple[str, ...], *, json: bool, **wish: bool) -> int:
    from secureconnect.contracts.operator import UserChangeAsk
    from secureconnect.ops.users import change as run

    return run(_source(config, pairs), UserChangeAsk(user, **wish), told, json=json)


def _source(config: Path | None, pairs: tuple[str, ...]) -> Any:
    from secureconnect.ops.asking import Source

    return Source(config, pairs)


def main() -> None:
    """The entry point of the `secureconnect` command."""
    try:
        result = app(sys.argv[1:], exit_on_error=True, print_error=True)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has seen enough; what is left must not be told at the end of the process either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    raise SystemExit(result if isinstance(result, int) else 0)
